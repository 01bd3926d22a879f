"""Who draws up questionnaires, answers them, enters answers of others and reads the words."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, holds
from consultation.matters.intake.queries import lives_in
from consultation.matters.models import FILE_READERS
from consultation.matters.rules import is_the_clock, recorder


@rules.predicate
def lives_in_its_place(user: Any, row: Any = None) -> bool:
    """Whether the person is registered as living where the questionnaire asks, or could be."""
    if not getattr(user, "is_authenticated", False):
        return False
    return row is None or lives_in(user, row.division)


rules.add_perm("consultation.view_survey", holds(*FILE_READERS))
rules.add_perm("consultation.run_survey", community_staff)
rules.add_perm("consultation.close_survey", community_staff | is_the_clock)
rules.add_perm("consultation.answer_survey", lives_in_its_place)
rules.add_perm("consultation.enter_survey_answer", recorder)
rules.add_perm("consultation.read_survey_words", community_staff | holds(Role.STREET_OFFICER, Role.STREET_REVIEWER))
rules.add_perm("consultation.strike_survey_answer", community_staff)
