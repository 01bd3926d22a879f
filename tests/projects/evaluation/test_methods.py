"""Methods that a template requires of each party: who lacks one is named everywhere, and the result has no grade."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
from collections.abc import Callable
from functools import reduce
from operator import add
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from projects.evaluation import operations, refusals
from projects.evaluation.computing import compute_chunk, results_of
from projects.evaluation.models import (
    AnswerExclusion,
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTemplate,
)
from projects.evaluation.policy import Answer, Template, by_party, compute, conclude, tally
from projects.evaluation.templating import correct_draft
from tests.factories.projects_evaluation import PlanFactory, TemplateFactory, answered, closed_plan, walk_to
from tests.people import desk_client, session_client
from tests.projects.evaluation.test_operations import refused
from tests.projects.evaluation.test_policy import CUTS_90_75_60, TEMPLATE, WEIGHTS_30_40_30, answer_lists, everybody
from tests.projects.evaluation.test_results import publicised
from tests.projects.evaluation.test_surfaces import browser, text
from tests.walls import alone

pytestmark = pytest.mark.django_db
METHODS = {"PARTY_ORGANIZATION": ["MEETING"], "THIRD_PARTY": ["INTERVIEW"]}
REQUIRED = (("PARTY_ORGANIZATION", "MEETING"), ("THIRD_PARTY", "INTERVIEW"))
STRICT = Template(TEMPLATE.key, TEMPLATE.version, TEMPLATE.questions, REQUIRED)
QUESTIONS = [("做得好吗？", 3, False), ("您满意吗？", 1, True)]


# --- The template


def test_a_template_says_by_which_methods_each_party_must_have_judged(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    draft = {"key": "strict", "title": "评估表", "subject_kind": "PROJECT", "questions": QUESTIONS}
    given_ = {"by": people.district_admin, "now": now}

    for unknown in ({"NOBODY": ["MEETING"]}, {"RESIDENTS": ["RUMOUR"]}):
        refused(
            refusals.MethodsUnknown,
            operations.draft_template,
            EvaluationTemplate,
            **draft,
            **given_,
            methods=unknown,
        )
    row = operations.draft_template(
        **draft, **given_, methods={"THIRD_PARTY": ["MEETING", "INTERVIEW"], "RESIDENTS": []}
    )
    assert row.methods == {"THIRD_PARTY": ["INTERVIEW", "MEETING"]}
    kept = correct_draft(**given_, template=row, title="评估表", questions=QUESTIONS)
    assert kept.methods == row.methods
    changed = correct_draft(**given_, template=row, title="评估表", questions=QUESTIONS, methods=METHODS)
    assert changed.methods == METHODS
    assert [(str(party), [str(one) for one in methods]) for party, methods in changed.required] == [
        ("PARTY_ORGANIZATION", ["MEETING"]),
        ("THIRD_PARTY", ["INTERVIEW"]),
    ]


@pytest.mark.django_db(transaction=True)
def test_what_a_template_in_use_requires_stays(owner: Callable[[], Any]) -> None:
    used, draft = TemplateFactory(methods=METHODS), TemplateFactory(drafted=True)
    statement = "UPDATE projects_evaluationtemplate SET {} WHERE id = %s"

    with owner():
        alone("evaluationtemplate:fixed_in_use", statement.format("methods = '{}'"), used.pk)
        for wrong in ('{"NOBODY": []}', '{"RESIDENTS": ["RUMOUR"]}', '{"RESIDENTS": "MEETING"}', "[]"):
            alone("evaluationtemplate_methods_are_known", statement.format(f"methods = '{wrong}'"), draft.pk)


# --- The pure function


def test_a_party_that_lacks_its_method_gives_no_grade_and_is_named() -> None:
    """Everybody answers by questionnaire: the party organization should have met, the third party have come and looked."""
    found = everybody(5, 5)
    terms: dict[str, Any] = {"minimum": 1, "cuts": CUTS_90_75_60}

    strict = compute(STRICT, WEIGHTS_30_40_30, found, **terms)
    without_third = compute(STRICT, by_party((60, 40, 0)), found, **terms)
    silent = compute(STRICT, WEIGHTS_30_40_30, [row for row in found if row.party != "THIRD_PARTY"], **terms)
    met = [Answer("PARTY_ORGANIZATION", "MEETING", (5, 5)), Answer("THIRD_PARTY", "INTERVIEW", (5, 5))]
    whole = compute(STRICT, WEIGHTS_30_40_30, [*found, *met], **terms)

    lacks = "METHOD_MISSING:PARTY_ORGANIZATION:MEETING"
    assert (strict.score, strict.grade) == (None, "INSUFFICIENT")
    assert strict.details["hindrances"] == [lacks, "METHOD_MISSING:THIRD_PARTY:INTERVIEW"]
    assert without_third.details["hindrances"] == [lacks]
    assert silent.details["hindrances"] == ["PARTY_MISSING:THIRD_PARTY", lacks]
    assert (whole.grade, whole.details["hindrances"], whole.details["form"]) == ("EXCELLENT", [], "evaluation/2")
    assert whole.details["required"] == [list(pair) for pair in REQUIRED]
    plain = compute(TEMPLATE, WEIGHTS_30_40_30, found, **terms)
    assert (plain.details["form"], "required" in plain.details) == ("evaluation/1", False)


@given(found=answer_lists, turn=st.integers(0, 60), size=st.integers(1, 7))
def test_required_methods_change_nothing_about_order_and_parts(found: list[Answer], turn: int, size: int) -> None:
    shuffled = [*found[turn:], *found[:turn]][::-1]
    whole = compute(STRICT, WEIGHTS_30_40_30, found, 1, CUTS_90_75_60)
    parts = [tally(shuffled[first : first + size]) for first in range(0, len(shuffled), size)]

    again = conclude(STRICT, WEIGHTS_30_40_30, reduce(add, parts, tally([])), 1, CUTS_90_75_60)

    assert again.canonical == whole.canonical


def test_any_order_and_any_chunking_of_plans_gives_the_same_bytes(people: SimpleNamespace, now: dt.datetime) -> None:
    """Plans of two templates, with and without grade, one with an answer left out: computed one by one, in any order, at once."""
    plans = [
        closed_plan(division=people.community, template=template, minimum_answers=minimum)
        for template in (TemplateFactory(), TemplateFactory(methods=METHODS))
        for minimum in (1, 3, 4)
    ]
    answer = EvaluationAnswer.objects.filter(plan=plans[0]).first()
    assert answer is not None
    AnswerExclusion.objects.create(answer=answer, reason="关系", excluded_at=now, excluded_by=people.street_reviewer)

    def digests(size: int, seed: int) -> dict[int, str]:
        keys = [plan.pk for plan in plans]
        random.Random(seed).shuffle(keys)
        found = {}
        for first in range(0, len(keys), size):
            rows = {row.pk: row for row in EvaluationPlan.objects.filter(pk__in=keys[first : first + size])}
            made = results_of([rows[key] for key in keys[first : first + size]], now=now, cause="CLOSING")
            found |= {result.plan_id: result.digest for result in made}
        return found

    whole = digests(len(plans), 0)

    assert len(set(whole.values())) == len(plans)
    assert all(digests(size, seed) == whole for size in (1, 2, 4, 6) for seed in (1, 2))


# --- What people see


@pytest.fixture
def here(people: SimpleNamespace) -> EvaluationPlan:
    """A plan of the strict template that collects answers in these days."""
    today = timezone.localdate()
    found: EvaluationPlan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        template=TemplateFactory(methods=METHODS),
        planned_by=people.street_officer,
        opens_on=today - dt.timedelta(days=1),
        closes_on=today + dt.timedelta(days=1),
    )
    return found


def test_a_plan_that_lacks_a_method_is_named_while_it_can_be_mended(
    people: SimpleNamespace, here: EvaluationPlan, english: None
) -> None:
    by, now = people.street_officer, timezone.now()
    address = here.get_absolute_url()
    before = text(browser(by).get(address))
    given_: dict[str, Any] = {"by": by, "now": now, "plan": here}
    operations.invite(**given_, party="RESIDENTS", method="QUESTIONNAIRE", count=3)
    operations.invite(**given_, party="PARTY_ORGANIZATION", method="MEETING", evaluators=[people.neighbor_resident])
    half = text(browser(by).get(address))
    waiting = list(EvaluationPlan.objects.to_invite_for())
    operations.invite(**given_, party="THIRD_PARTY", method="INTERVIEW", evaluators=[people.stranger])
    after = text(browser(by).get(address))

    assert "Nobody has been asked yet: community party organization · discussion meeting" in before
    assert "Nobody has been asked yet: professional third party · on-site look and interview" in half
    assert "Nobody has been asked yet: community party" not in half
    assert waiting == [here]
    assert "Nobody has been asked yet" not in after
    assert not EvaluationPlan.objects.to_invite_for().exists()


@pytest.mark.parametrize("weights", [(30, 40, 30), (60, 40, 0)])
def test_a_party_without_weight_needs_no_method(people: SimpleNamespace, weights: tuple[int, int, int]) -> None:
    party, residents, third = weights
    plan = PlanFactory(
        template=TemplateFactory(methods={"THIRD_PARTY": ["INTERVIEW"]}),
        weight_party=party,
        weight_residents=residents,
        weight_third=third,
    )
    answered(plan, "RESIDENTS", [(5, 5)])

    assert list(EvaluationPlan.objects.to_invite_for()) == ([plan] if third else [])


def test_a_result_that_lacks_a_method_says_so_on_every_surface(
    people: SimpleNamespace, now: dt.datetime, english: None
) -> None:
    plan = closed_plan(
        division=people.community,
        implementer=people.organization,
        planned_by=people.street_officer,
        template=TemplateFactory(methods={"THIRD_PARTY": ["INTERVIEW"]}),
    )
    publicised(people, plan, now)
    says = "has not judged by the method “on-site look and interview”"

    page = text(browser().get(plan.get_absolute_url()))
    account = text(browser().get(f"/divisions/{people.community.pk}/open-account/?year=2026"))
    sheet = browser().get(f"/divisions/{people.community.pk}/open-account.xlsx?year=2026")
    cells = [cell.value for row in load_workbook(io.BytesIO(sheet.content)).worksheets[0].iter_rows() for cell in row]
    shown = session_client(None).get(f"/api/v1/evaluations/{plan.pk}").json()["results"][0]

    result = EvaluationResult.objects.get()
    assert (result.grade, result.score) == ("INSUFFICIENT", None)
    assert page.count(says) == 2  # above the result, and in the calculation
    assert "No grade where a party with a weight has not judged by a method" in page
    assert says in account
    assert any(says in str(cell) for cell in cells)
    assert (shown["grade"], shown["hindrances"]) == ("INSUFFICIENT", ["METHOD_MISSING:THIRD_PARTY:INTERVIEW"])


def test_the_desk_and_the_api_take_the_methods(people: SimpleNamespace) -> None:
    client, add = desk_client(people.district_admin), "/desk/projects/evaluationtemplate/add/"
    body = {"key": "desk", "title": "评估表", "subject_kind": "PROJECT", "questions": "好吗？|2"}

    made = client.post(add, {**body, "methods": ["THIRD_PARTY:INTERVIEW", "RESIDENTS:QUESTIONNAIRE"]})
    wrong = client.post(add, {**body, "methods": ["THIRD_PARTY:RUMOUR"]})
    row = EvaluationTemplate.objects.get(key="desk")
    page = client.get(f"/desk/projects/evaluationtemplate/{row.pk}/change/")
    copied = client.get(f"{add}?copy={row.pk}").content.decode()
    correct = f"/desk/projects/evaluationtemplate/{row.pk}/deeds/correct/"
    corrected = client.post(correct, {"title": "评估表", "questions": "好吗？|2", "methods": ["RESIDENTS:MEETING"]})
    api = session_client(people.district_admin)
    sent = {
        "key": "api",
        "title": "评估表",
        "subject_kind": "PROJECT",
        "questions": [{"text": "好吗？", "weight": 1}],
        "methods": METHODS,
    }
    by_api = api.post("/api/v1/evaluation-templates", sent, format="json")
    unknown = api.post("/api/v1/evaluation-templates", {**sent, "methods": {"NOBODY": ["MEETING"]}}, format="json")

    assert (made.status_code, wrong.status_code, corrected.status_code) == (302, 200, 302)
    assert row.methods == {"RESIDENTS": ["QUESTIONNAIRE"], "THIRD_PARTY": ["INTERVIEW"]}
    assert page.status_code == 200
    ticked = re.findall(r'<input[^>]*value="(\w+:\w+)"[^>]*\schecked[\s>]', copied)
    assert ticked == ["RESIDENTS:QUESTIONNAIRE", "THIRD_PARTY:INTERVIEW"]
    row.refresh_from_db()
    assert row.methods == {"RESIDENTS": ["MEETING"]}
    assert (by_api.status_code, by_api.json()["methods"]) == (201, METHODS)
    assert (unknown.status_code, unknown.json()["code"]) == (400, "methods_unknown")


def test_a_method_that_was_left_out_lacks_again(people: SimpleNamespace, now: dt.datetime) -> None:
    plan = PlanFactory(
        division=people.community,
        planned_by=people.street_officer,
        template=TemplateFactory(methods={"THIRD_PARTY": ["INTERVIEW"]}),
        minimum_answers=1,
    )
    for party in ("PARTY_ORGANIZATION", "RESIDENTS", "THIRD_PARTY"):
        answered(plan, party, [(5, 5)])
    answered(plan, "THIRD_PARTY", [(5, 5)], method="INTERVIEW")
    walk_to(plan, ["CLOSED"])
    compute_chunk(by=people.system, plans=[plan.pk], now=now)
    first = plan.results.get()

    answer = plan.answers.get(method="INTERVIEW")
    second = operations.exclude_answer(by=people.street_reviewer, now=now, answer=answer, reason="评估员有关系")

    assert (first.grade, second.grade) == ("EXCELLENT", "INSUFFICIENT")
    assert second.hindrances == ["METHOD_MISSING:THIRD_PARTY:INTERVIEW"]
