"""Bidders ask about a purchase; the buyer answers all of them at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.outbox import operations as outbox
from projects.purchasing.asking import refusals
from projects.purchasing.asking.models import PurchaseQuestion
from projects.purchasing.lifecycle import ANSWERING
from projects.purchasing.models import Purchase
from projects.purchasing.policy import QUERY_DAYS
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from governance.accounts.models import User

LONGEST = 500
LONGEST_ANSWER = 5000
MOST_WAITING = 3
"""Questions of one person on one purchase that wait for their answer."""


def ask_question(*, by: User, now: dt.datetime, purchase: Purchase, text: str) -> PurchaseQuestion:
    """Ask something about an announced purchase; it is answered within the working days of the law, to everybody.

    Raises:
        NoBidder: `by` acts for no organization. NoQuestionsTaken: the purchase is not announced, or over.
        QuestionEmpty, TooManyQuestions, PersonalNumbersFound.
    Basis: Government Procurement Law art. 51; Regulations for it art. 52.
    """
    said = text.strip()
    if not organizations_of(by):
        raise refusals.NoBidder
    if not 1 <= len(said) <= LONGEST:
        raise refusals.QuestionEmpty(field="text", limit=LONGEST)
    refuse_personal_numbers(text=said)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = Purchase.objects.select_for_update(of=("self",), no_key=True).select_related("buyer").get(pk=purchase.pk)
        if row.status not in ANSWERING:
            raise refusals.NoQuestionsTaken(status=row.get_status_display())
        waiting = row.questions.filter(asked_by=by, answered_at=None).count()
        if waiting >= MOST_WAITING:
            raise refusals.TooManyQuestions(count=waiting)
        question = PurchaseQuestion(
            purchase=row,
            text=said,
            asked_at=now,
            asked_by=by,
            due_on=add_days(today, value(QUERY_DAYS, row.buyer, today), DayKind.WORKING).on,
        )
        question.full_clean()
        question.save(force_insert=True)
        audit.record(by=by, verb="projects.purchase_question.asked", row=question, now=now)
        outbox.emit(by=by, topic="projects.purchase_question.asked", row=question, now=now)
    return question


def answer_question(*, by: User, now: dt.datetime, question: PurchaseQuestion, answer: str) -> PurchaseQuestion:
    """Answer a question once, for everybody to read; an answer that comes late is written down as late.

    Raises:
        NotAllowed: `by` does not buy for the place. QuestionAnswered, AnswerEmpty, PersonalNumbersFound.
    """
    require(by, "projects.plan_purchase", question)
    said = answer.strip()
    if not 1 <= len(said) <= LONGEST_ANSWER:
        raise refusals.AnswerEmpty(field="answer", limit=LONGEST_ANSWER)
    refuse_personal_numbers(answer=said)
    with transaction.atomic():
        rows = PurchaseQuestion.objects.select_for_update(of=("self",)).select_related("purchase__buyer")
        row = rows.get(pk=question.pk)
        if row.answered_at is not None:
            raise refusals.QuestionAnswered
        row.answer, row.answered_at, row.answered_by = said, now, by
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        after = {"is_late": timezone.localdate(now) > row.due_on}
        audit.record(by=by, verb="projects.purchase_question.answered", row=row, now=now, after=after)
        outbox.emit(by=by, topic="projects.purchase_question.answered", row=row, now=now)
    return row
