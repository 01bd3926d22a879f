"""Who may do what in the conventions room."""

import rules

from communities.people.rules import community_staff, reader, street, street_reviewer

rules.add_perm("consultation.view_convention", reader)
rules.add_perm("consultation.view_conventionversion", reader)
rules.add_perm("consultation.manage_convention", community_staff)
rules.add_perm("consultation.check_convention", street_reviewer)
rules.add_perm("consultation.file_convention", street)
