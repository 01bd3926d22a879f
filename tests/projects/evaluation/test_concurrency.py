"""Many at once: a slip answers once, and nothing is answered behind the back of a collection that closes."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from projects.evaluation import operations
from projects.evaluation.computing import compute_chunk
from projects.evaluation.entering import enter_paper_answer
from projects.evaluation.models import EvaluationAnswer, EvaluationPlan, EvaluationTask
from tests.funds.charity.test_concurrency import THREADS, afresh, codes, together
from tests.projects.evaluation.conftest import slips

pytestmark = pytest.mark.django_db(transaction=True)
MARKS = {"1": 5, "2": 4}


def test_a_slip_answers_once(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> None:
    """On paper and on the web at the same moment."""
    [token] = slips(people, plan, now, 1)
    enter_paper_answer(by=people.street_officer, now=now, plan=plan, number=1, marks=MARKS)

    def answer(number: int) -> object:
        if number % 2:
            return operations.answer(now=now, token=token, marks=MARKS)
        staff = afresh(people.community_staff)
        return enter_paper_answer(by=staff, now=now, plan=plan, number=1, marks=MARKS)

    results = together(answer)

    assert codes(results) == ["token_used"] * (THREADS - 1)
    assert EvaluationAnswer.objects.count() == 1


def test_every_slip_has_a_number_of_its_own(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> None:
    together(
        lambda _number: operations.invite(
            by=afresh(people.street_officer),
            now=now,
            plan=plan,
            party="RESIDENTS",
            method="QUESTIONNAIRE",
            count=3,
        )
    )

    numbers = EvaluationTask.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 3 * THREADS + 1))


def test_what_was_answered_before_the_closing_counts(
    people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime
) -> None:
    """The last minute: whoever was taken is in the result, whoever was not is told so."""
    tokens = slips(people, plan, now, THREADS)
    after = plan.closes_on + dt.timedelta(days=1)

    def work(number: int) -> object:
        if number == 0:
            while not operations.close_due(by=people.system, now=now, today=after):
                pass  # a plan that somebody just answers is passed over until the clock's next minute
            return compute_chunk(by=people.system, plans=[plan.pk], now=now)
        return operations.answer(now=now, token=tokens[number], marks=MARKS)

    results = together(work)

    taken = sum(isinstance(result, EvaluationAnswer) for result in results)
    assert set(codes(results)) <= {"collection_over"}
    assert plan.results.get().answers == taken == EvaluationAnswer.objects.count()
