"""Changing the draft of a participatory budget, until proposals are called for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from funds.budgeting import refusals
from funds.budgeting.lifecycle import RoundStatus
from funds.budgeting.marks import check_marks
from funds.budgeting.models import BudgetRound
from governance.accounts.masking import mask_text
from governance.accounts.queries import require
from governance.audit import operations as audit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from consultation.topics.models import Topic
    from governance.accounts.models import User


def amend_round(
    *,
    by: User,
    now: dt.datetime,
    budget_round: BudgetRound,
    topic: Topic,
    title: str,
    text: str,
    amount: Decimal,
    proposals_until: dt.date,
    rule: Mapping[str, Any],
) -> BudgetRound:
    """Change what a drafted round says, its fund apart; what residents were called to stays.

    Raises:
        NotAllowed: neither staff of the community nor of the street.
        RoundCalled: proposals are called for already.
        TopicUnfit, RoundUnfit, PersonalNumbersFound.
    """
    require(by, "funds.manage_budget_round", budget_round)
    with transaction.atomic():
        rows = BudgetRound.objects.select_for_update(of=("self",)).select_related("fund__division")
        row = rows.get(pk=budget_round.pk)
        if row.status != RoundStatus.DRAFT:
            raise refusals.RoundCalled
        if not topic.division.path.startswith(row.fund.division.path):
            raise refusals.TopicUnfit(field="topic", topic=topic.title)
        if amount <= 0:
            raise refusals.RoundUnfit(field="amount", reason=_("Enter how much is to be allocated."))
        if proposals_until < timezone.localdate(now):
            raise refusals.RoundUnfit(field="proposals_until", reason=_("The last day of the call lies in the past."))
        refuse_personal_numbers(title=title, text=text)
        before = {"amount": row.amount, "title": mask_text(row.title), "method": row.method}
        given = {"topic": topic, "title": title.strip(), "text": text.strip(), "amount": amount, **rule}
        for name, value in {**given, "proposals_until": proposals_until}.items():
            setattr(row, name, value)
        check_marks(row)
        row.full_clean()
        row.save(update_fields=[*given, "proposals_until"])
        after = {"amount": amount, "title": mask_text(row.title), "method": row.method}
        audit.record(by=by, verb="funds.budget_round.amended", row=row, now=now, before=before, after=after)
    return row
