"""Who may do what in the decisions room."""

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, holds, reader, street, supervisor

rules.add_perm("consultation.view_decision", reader)
rules.add_perm("consultation.manage_decision", community_staff | street)
rules.add_perm("consultation.judge_result", rules.is_authenticated)
rules.add_perm("consultation.accept_decision", supervisor | holds(Role.RESIDENT_REPRESENTATIVE))
