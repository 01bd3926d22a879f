"""Who may do what when a fund is closed: the charity settles, others audit, post and close."""

from __future__ import annotations

import rules

from communities.people.rules import auditor, community_staff, street, supervisor
from funds.charity.rules import charity_officer, finance, fund_supervisor

keeper = charity_officer | finance
"""Who keeps the account: officers of the charity, for public money the district's department."""

rules.add_perm("funds.view_fund_closure", rules.predicates.always_true)
rules.add_perm("funds.audit_closing", auditor | supervisor | fund_supervisor)
rules.add_perm("funds.propose_balance_use", keeper)
rules.add_perm("funds.post_closing", community_staff | street | finance)
rules.add_perm("funds.transfer_balance", keeper)
rules.add_perm("funds.report_closing", keeper | street)
