"""Who may do what in the policy room (Basis: the district's lead department keeps the parameters)."""

import rules

from communities.people.rules import district_admin, district_officer, reader, street, street_reviewer

rules.add_perm("communities.enter_document", district_admin | district_officer | street)
rules.add_perm("communities.enter_parameter", district_admin | district_officer | street_reviewer)
rules.add_perm("communities.enter_national_parameter", district_admin | district_officer)
rules.add_perm("communities.approve_parameter", district_admin)
rules.add_perm("communities.confirm_rule", district_admin)
rules.add_perm("communities.view_policydocument", reader)
rules.add_perm("communities.view_policyparameter", reader)
rules.add_perm("communities.view_decisionrule", reader)
