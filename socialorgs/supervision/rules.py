"""Who does what in supervision: the body reports and applies, the street looks first, the registrar's side decides."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer, holds, reader, street
from socialorgs.register.rules import organization_person, registrar
from socialorgs.supervision.illegal.models import READERS

district = district_admin | district_officer
handler = holds(*READERS)

rules.add_perm("socialorgs.view_year_report", reader | organization_person)
rules.add_perm("socialorgs.read_supervision", reader)
rules.add_perm("socialorgs.submit_year_report", organization_person)
rules.add_perm("socialorgs.forward_year_report", street)
rules.add_perm("socialorgs.check_year_report", street | registrar)
rules.add_perm("socialorgs.view_rectification", reader | organization_person)
rules.add_perm("socialorgs.draft_rectification", street | registrar)
rules.add_perm("socialorgs.issue_rectification", registrar)
rules.add_perm("socialorgs.report_rectification", organization_person)
rules.add_perm("socialorgs.accept_rectification", registrar)
rules.add_perm("socialorgs.view_credit_repair", reader | organization_person)
rules.add_perm("socialorgs.apply_for_repair", organization_person)
rules.add_perm("socialorgs.view_alert", reader)
rules.add_perm("socialorgs.note_alert", street | registrar)
rules.add_perm("socialorgs.view_assessment", rules.predicates.always_true)
rules.add_perm("socialorgs.apply_for_grade", organization_person)
rules.add_perm("socialorgs.score_assessment", street | district)
rules.add_perm("socialorgs.decide_assessment", district)
rules.add_perm("socialorgs.question_grade", street | registrar)
rules.add_perm("socialorgs.view_illegal_case", rules.predicates.always_true)
rules.add_perm("socialorgs.read_illegal_cases", handler)
rules.add_perm("socialorgs.open_illegal_case", handler)
rules.add_perm("socialorgs.handle_illegal_case", handler)
rules.add_perm("socialorgs.decide_illegal_case", district)
rules.add_perm("socialorgs.read_illegal_tips", handler)
rules.add_perm("socialorgs.reveal_tip_giver", district_admin)
