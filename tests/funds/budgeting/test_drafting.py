"""Drafting a participatory budget on its page, and changing the draft until proposals are called for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from funds.budgeting import refusals
from funds.budgeting.drafting.operations import amend_round
from funds.budgeting.models import BudgetRound
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.errors import DomainError, NotAllowed
from tests.funds.budgeting.conftest import ROUND, Story
from tests.people import desk_client, sign_in

RULE = {
    "ballot_method": "APPROVAL",
    "most_choices": 3,
    "method": "GREEDY",
    "stops": False,
    "utility": "COST",
    "completion": "ADD1_OVERSPENT",
    "then_greedy": True,
    "compares": False,
    "threshold_per_mille": 0,
}


def amend(story: Story, row: BudgetRound, **changes: Any) -> BudgetRound:
    """Change a draft."""
    given = {**{name: ROUND[name] for name in ("title", "text", "amount", "proposals_until")}, **changes}
    by = given.pop("by", story.people.community_staff)
    rule = given.pop("rule", {"most_choices": 5})
    return amend_round(by=by, now=story.now, budget_round=row, topic=story.people.topic, rule=rule, **given)


def form_of(row: BudgetRound | None, story: Story, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends."""
    given: dict[str, Any] = {name: getattr(row, name) if row else value for name, value in RULE.items()}
    given = {name: value for name, value in given.items() if value is not False}
    until = clock.today() + dt.timedelta(days=9)
    return {
        **given,
        "topic": story.people.topic.pk,
        "title": "微项目",
        "text": "请提出小项目。",
        "amount": "8000.00",
        "proposals_until": f"{until}",
        **changes,
    }


def test_a_draft_is_changed_until_it_is_called(story: Story) -> None:
    row = story.draft()

    changed = amend(story, row, title="改过的标题", amount=Decimal(8000))

    assert (changed.title, changed.amount, changed.most_choices) == ("改过的标题", Decimal(8000), 5)
    entry = AuditEntry.objects.get(verb="funds.budget_round.amended")
    assert (entry.before["amount"], entry.after["amount"]) == ("10000.00", "8000")
    called = story.called(amount=Decimal(1000))
    with pytest.raises(refusals.RoundCalled):
        amend(story, called)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Decimal(0)}, refusals.RoundUnfit),
        ({"proposals_until": dt.date(2020, 1, 1)}, refusals.RoundUnfit),
        ({"rule": {"most_choices": 0}}, refusals.RoundUnfit),
        ({"rule": {"threshold_per_mille": 1001}}, refusals.RoundUnfit),
    ],
)
def test_what_makes_no_round_is_refused(story: Story, changes: dict[str, Any], refusal: type[DomainError]) -> None:
    row = story.draft()

    with pytest.raises(refusal):
        amend(story, row, **changes)

    row.refresh_from_db()
    assert (row.amount, row.most_choices) == (Decimal(10000), 3)


def test_residents_change_nothing(story: Story) -> None:
    with pytest.raises(NotAllowed):
        amend(story, story.draft(), by=story.place.voters[0])


def browser(user: User) -> Client:
    """Return somebody's browser."""
    client = Client(headers={"accept-language": "en"})
    sign_in(client, user)
    return client


def test_street_staff_draft_and_change_on_the_page(story: Story, english: None) -> None:
    street, resident = browser(story.people.street_officer), browser(story.place.voters[0])
    new = reverse("funds:budget-round-new", args=[story.people.fund.pk])
    assert Client().get(new).status_code == 302
    assert resident.get(new).status_code == 403
    assert story.people.fund.name in street.get(reverse("funds:budget-round-list")).content.decode()
    assert "Draft a participatory budget" not in resident.get(reverse("funds:budget-round-list")).content.decode()
    assert street.get(new).status_code == 200
    empty = street.post(new, {})
    assert empty.status_code == 400
    wrong = street.post(new, form_of(None, story, amount="0"))
    assert wrong.status_code == 400
    assert "请提出小项目。" in wrong.content.decode()
    made = street.post(new, form_of(None, story))
    assert made.status_code == 302, made.content.decode()
    row = BudgetRound.objects.get()

    assert "Change the draft" in street.get(row.get_absolute_url()).content.decode()
    edit = reverse("funds:budget-round-edit", args=[row.pk])
    assert 'value="微项目"' in street.get(edit).content.decode()
    assert resident.get(edit).status_code in {403, 404}
    assert street.post(edit, form_of(row, story, title="微项目二期", amount="7000.00")).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.amount) == ("微项目二期", Decimal(7000))
    desk = desk_client(story.people.street_officer)
    assert edit in desk.get(reverse("admin:funds_budgetround_change", args=[row.pk])).content.decode()
