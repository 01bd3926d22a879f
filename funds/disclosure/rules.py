"""Who writes and who publishes the accounts of a fund: never the same person (Basis: separation of duties)."""

from __future__ import annotations

import rules

from communities.people.rules import community_staff, district_admin, street
from funds.charity.rules import charity_officer, finance

rules.add_perm("funds.view_disclosure", rules.predicates.always_true)
rules.add_perm("funds.write_disclosure", community_staff | street | charity_officer | finance)
# Publishing puts a notice up in the place of the fund, which is done by those who keep the place's notices.
rules.add_perm("funds.publish_disclosure", street | district_admin | finance)
