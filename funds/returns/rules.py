"""Who may say what was solved with reinvested money: the staff of the place."""

from __future__ import annotations

import rules

from communities.people.rules import community_staff, reader, street

rules.add_perm("funds.view_reinvestment_use", reader)
rules.add_perm("funds.record_reinvestment_use", community_staff | street)
