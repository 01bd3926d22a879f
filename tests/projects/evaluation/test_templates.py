"""Templates: drafted, corrected, taken into use by another; a change while answers come in is a new version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from governance.errors import NotAllowed
from governance.lifecycle import SamePerson
from projects.evaluation import operations, refusals
from projects.evaluation.computing import compute_chunk
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate, TemplateQuestion
from projects.evaluation.templating import as_lines, correct_draft
from tests.factories.projects_evaluation import TemplateFactory, answered
from tests.people import desk_client, session_client
from tests.walls import alone

pytestmark = pytest.mark.django_db
LINES = "巡查到位吗？ | 3 |  | 每日巡查责任网格 | 22\n居民满意吗？ | 1 | *"


def test_a_draft_is_corrected_and_taken_into_use_by_another(people: SimpleNamespace, now: dt.datetime) -> None:
    draft = TemplateFactory(drafted=True, drafted_by=people.district_officer)

    row = correct_draft(
        by=people.district_admin,
        now=now,
        template=draft,
        title="社区专职网格员考核表",
        questions=[("巡查到位吗？", 3, False, "每日巡查责任网格", 22), ("居民满意吗？", 1, True)],
    )

    assert as_lines(row) == LINES
    assert (row.drafted_by, row.title) == (people.district_admin, "社区专职网格员考核表")
    with pytest.raises(SamePerson):
        operations.publish_template(by=people.district_admin, now=now, template=row)
    used = operations.publish_template(by=people.second_admin, now=now, template=row)
    with pytest.raises(refusals.TemplateFixed):
        correct_draft(by=people.district_admin, now=now, template=used, title="x", questions=[("a", 1, False)])
    with pytest.raises(NotAllowed):
        correct_draft(by=people.street_officer, now=now, template=used, title="x", questions=[("a", 1, False)])
    assert used.questions.count() == 2


@pytest.mark.parametrize(
    "questions", [[], [("", 1, False)], [("a", 0, False)], [("a", 1, False, "", 3)], [("a", 1, False, "b", 0)]]
)
def test_an_empty_correction_changes_nothing(
    people: SimpleNamespace, now: dt.datetime, questions: list[tuple[Any, ...]]
) -> None:
    draft = TemplateFactory(drafted=True)

    with pytest.raises(refusals.QuestionUnfit if questions else refusals.QuestionsMissing):
        correct_draft(by=people.district_admin, now=now, template=draft, title="x", questions=questions)
    assert (draft.questions.count(), EvaluationTemplate.objects.get(pk=draft.pk).title) == (2, draft.title)


def test_a_template_changed_while_answers_come_in_leaves_the_plan_on_its_version(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    answered(plan, "RESIDENTS", [(5, 5)])
    old = plan.template

    new = operations.draft_template(
        by=people.district_admin,
        now=now,
        key=old.key,
        title=old.title,
        subject_kind="PROJECT",
        questions=[("换了的问题", 9, True)],
    )
    operations.publish_template(by=people.second_admin, now=now, template=new)
    for party in ("RESIDENTS", "PARTY_ORGANIZATION", "THIRD_PARTY"):
        answered(plan, party, [(4, 4)])
    after = now + dt.timedelta(days=30)
    operations.close_due(by=people.system, now=after, today=after.date())
    compute_chunk(by=people.system, plans=[plan.pk], now=after)

    plan.refresh_from_db()
    result = plan.results.get()
    assert (new.version, plan.template_id) == (2, old.pk)
    assert (result.details["template"]["version"], len(result.details["template"]["questions"])) == (1, 2)
    assert result.answers == 4


@pytest.mark.django_db(transaction=True)
def test_what_counts_says_what_it_counts(owner: Callable[[], Any]) -> None:
    question = TemplateFactory(drafted=True).questions.first()

    with owner():
        alone(
            "templatequestion_counts_a_duty",
            "UPDATE projects_templatequestion SET per_month = 3 WHERE id = %s",
            question.pk,
        )


def test_the_desk_corrects_and_copies(people: SimpleNamespace) -> None:
    draft = TemplateFactory(drafted=True)
    client = desk_client(people.district_admin)
    address = f"/desk/projects/evaluationtemplate/{draft.pk}/deeds/correct/"

    shown = client.get(address)
    wrong = client.post(address, {"title": "改", "questions": "问题 | 很重"})
    done = client.post(address, {"title": "改", "questions": LINES})
    used = TemplateFactory()
    copied = client.get(f"/desk/projects/evaluationtemplate/add/?copy={used.pk}")
    elsewhere = desk_client(people.street_officer).get(address)

    assert "做得好吗？ | 3" in shown.content.decode()
    assert "很重" in wrong.content.decode()
    assert done.status_code == 302
    assert list(TemplateQuestion.objects.filter(template=draft).values_list("duty", "per_month")) == [
        ("每日巡查责任网格", 22),
        ("", None),
    ]
    assert "您满意吗？ | 1 | *" in copied.content.decode()
    assert elsewhere.status_code in {403, 404}


@pytest.mark.parametrize("surface", ["desk", "api"])
def test_a_question_without_weight_is_named_and_takes_none(
    people: SimpleNamespace, surface: str, english: None
) -> None:
    head = {"key": "weights", "title": "评估表", "subject_kind": "PROJECT"}

    if surface == "desk":
        answer = desk_client(people.district_admin).post(
            "/desk/projects/evaluationtemplate/add/", {**head, "questions": "好吗？ | 2\n满意吗？ ｜ ｜ ＊"}
        )
    else:
        questions = [{"text": "好吗？", "weight": 2}, {"text": "满意吗？", "is_satisfaction": True}]
        answer = session_client(people.district_admin).post(
            "/api/v1/evaluation-templates", {**head, "questions": questions}, format="json"
        )

    said = "Question “2. 满意吗？”: it has no weight; 1 is usual, 2 counts double."
    assert said in answer.content.decode()
    assert not EvaluationTemplate.objects.filter(key="weights").exists()
