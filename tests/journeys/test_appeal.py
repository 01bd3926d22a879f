"""An appeal against an evaluation, over HTTP alone: a resident objects to the posted result, the tie is found to be true,
the answer is left out, and the new version is posted beside the old one.
"""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from governance.calendar import clock
from projects.evaluation.models import EvaluationPlan
from tests.factories.accounts import UserFactory
from tests.factories.projects_evaluation import PlanFactory
from tests.journeys.test_incubation import signed_in
from tests.journeys.test_loop import slips, wake
from tests.journeys.walking import Person
from tests.people import desk_client
from tests.projects.evaluation.conftest import people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
__all__ = ["people"]

GOOD, FAIR = {"question_1": "5", "question_2": "5"}, {"question_1": "3", "question_2": "3"}
OBJECTION = "一名第三方评估人十八个月前在该机构任职。"


@pytest.fixture
def plan(people: SimpleNamespace, settings: Any) -> EvaluationPlan:
    """A project whose evaluation takes answers since yesterday."""
    settings.DEMONSTRATION = True
    today = clock.today()
    made: EvaluationPlan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        template=people.template,
        planned_by=people.street_officer,
        opens_on=today - dt.timedelta(days=1),
        closes_on=today + dt.timedelta(days=1),
    )
    return made


def pass_until(address: str, words: str, person: Person) -> None:
    """Let days pass by the button on the page until this person reads the words there."""
    for _day in range(30):
        Person().go("/answers/").press("Next day")
        wake()
        if words in person.go(address).badges():
            return
    pytest.fail(f"{address} does not say “{words}”")


def test_an_appeal_makes_a_new_version_that_is_posted_beside_the_old_one(
    people: SimpleNamespace, plan: EvaluationPlan
) -> None:
    page = plan.get_absolute_url()
    street, reviewer = signed_in(people.street_officer), signed_in(people.street_reviewer)
    tied, free, secretary = people.stranger, UserFactory(resident=True), UserFactory(resident=True)

    # Three parties judge; the one who worked there says nothing and is found out too late.
    for party, method, person, marks in (
        ("THIRD_PARTY", "INTERVIEW", tied, GOOD),
        ("THIRD_PARTY", "INTERVIEW", free, FAIR),
        ("PARTY_ORGANIZATION", "MEETING", secretary, FAIR),
    ):
        street.go(page).follow("Invite and print slips")
        street.press("Invite", party=party, method=method, evaluators=person.username)
        signed_in(person).go("/evaluation-invitations/").follow("Judge").press("Hand in", **marks)
    street.go(page).follow("Invite and print slips")
    street.press("Invite", party="RESIDENTS", method="QUESTIONNAIRE", count="2")
    for address, _token in slips(street):
        Person().go(address).press("Hand in", **FAIR)

    pass_until(page, "computed", reviewer)
    Person().go(page, status=404)
    reviewer.press("Confirm the result", note="计算无误。")
    street.go(page).press("Publicise")
    # 0.3 x 50 + 0.4 x 50 + 0.3 x (100 + 50) / 2
    visitor = Person().go(page).sees("57.50")

    # A resident objects to the notice; the community answers that it is so, and the street writes the tie down.
    notice = EvaluationPlan.objects.get(pk=plan.pk).notice
    assert notice is not None
    resident = signed_in(people.resident).go(notice.get_absolute_url()).press("Raise an objection", text=OBJECTION)
    signed_in(people.community_staff).go(resident.path).press("Answer", outcome="UPHELD", reply="情况属实，重新复核。")
    ended = clock.today() - dt.timedelta(days=548)
    desk = Person(desk_client(people.street_officer)).add("/desk/projects/evaluatortie/")
    desk.press(
        "Save",
        organization=str(people.organization.pk),
        user=tied.username,
        kind="EMPLOYED",
        valid_from=str(ended - dt.timedelta(days=700)),
        valid_to=str(ended),
    )
    pass_until(page, "computed", reviewer)
    visitor.go(page).sees("An objection to this result was upheld", "57.50", "Version 1").misses("Version 2")

    # Its answer is left out by who reviews; until it is posted, everybody reads the old version and no other.
    number = str(plan.tasks.get(evaluator=tied).number)
    reviewer.go(page).press("Leave an answer out and compute again", number="99", reason="有关系", refused="number 99")
    reviewer.press("Leave an answer out and compute again", number=number, reason="该评估人曾受雇于该机构。")
    visitor.go(page).sees("57.50").misses("50.00 points", "Version 3")
    reviewer.go(page).press("Confirm the result", note="已剔除有利害关系的评分。")
    street.go(page).press("Publicise")

    # Old and new stand beside one another, on the page and in the API, and the new one is posted anew.
    visitor.go(page).sees("Version 3", "50.00 points", "an answer was left out", "Version 1", "57.50 points")
    visitor.sees("Answer left out").misses(str(tied))
    told = APIClient().get(f"/api/v1{page.rstrip('/')}").json()
    assert [(row["version"], row["cause"], row["score"], row["answers"]) for row in told["results"]] == [
        (3, "EXCLUSION", "50.00", 4),
        (2, "OBJECTION", "57.50", 5),
        (1, "CLOSING", "57.50", 5),
    ]
    assert told["notice"] != notice.pk
    assert re.search(r"50\.00", Person().go(f"/notices/{told['notice']}/").page.text)
    street.go(f"{page}invitations/").press(
        "Invite", party="THIRD_PARTY", method="QUESTIONNAIRE", evaluators=tied.username, refused="invites nobody"
    )
