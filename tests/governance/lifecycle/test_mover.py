"""The mover, shown on the machine of policy parameters: enter, approve, retire."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import rules
from django.db import IntegrityError, connection, transaction

from communities.policy.models import DocumentLevel, PolicyDocument, PolicyParameter
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory

PERMISSION = "communities.approve_parameter"


@pytest.fixture(autouse=True)
def _anyone_called_boss_may(monkeypatch: pytest.MonkeyPatch) -> None:
    granted = rules.predicate(lambda user, _row=None: user.username.startswith("boss"))
    monkeypatch.setitem(rules.permissions.permissions, PERMISSION, granted)


def _user(name: str, now: dt.datetime) -> User:
    return UserFactory.create(username=name, joined_at=now)


@pytest.fixture
def parameter(db: None, now: dt.datetime) -> PolicyParameter:
    author = _user("boss-author", now)
    document = PolicyDocument.objects.create(
        title="试行办法",
        issuer="区民政局",
        level=DocumentLevel.DISTRICT,
        effective_on=now,
        entered_at=now,
        entered_by=author,
    )
    return PolicyParameter.objects.create(
        key="k", value=1, unit="days", valid_from=now.date(), basis=document, entered_at=now, entered_by=author
    )


def test_a_move_changes_status_stamp_audit_and_outbox_together(parameter: PolicyParameter, now: dt.datetime) -> None:
    boss = _user("boss-other", now)

    moved = lifecycle.move(parameter, "approve", by=boss, now=now)

    assert (moved.status, moved.approved_by, moved.approved_at) == ("ACTIVE", boss, now)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.before, entry.after) == (
        "communities.parameter.approved",
        boss,
        {"status": "DRAFT"},
        {"status": "ACTIVE"},
    )
    assert OutboxEvent.objects.get().topic == "communities.parameter.approved"


@pytest.mark.parametrize(
    ("username", "move", "refusal"),
    [
        ("clerk", "approve", MoveForbidden),
        ("boss-author", "approve", SamePerson),
        ("boss-other", "retire", ReasonMissing),
    ],
)
def test_a_refused_move_changes_nothing(
    parameter: PolicyParameter, now: dt.datetime, username: str, move: str, refusal: type[DomainError]
) -> None:
    user = User.objects.filter(username=username).first() or _user(username, now)

    with pytest.raises(refusal):
        lifecycle.move(parameter, move, by=user, now=now)

    parameter.refresh_from_db()
    assert (parameter.status, parameter.approved_by) == ("DRAFT", None)
    assert AuditEntry.objects.count() == 0
    assert OutboxEvent.objects.count() == 0


def test_a_move_from_another_state_is_closed(parameter: PolicyParameter, now: dt.datetime) -> None:
    boss = _user("boss-other", now)
    lifecycle.move(parameter, "approve", by=boss, now=now)

    with pytest.raises(MoveClosed):
        lifecycle.move(parameter, "approve", by=boss, now=now)


def test_a_move_sets_only_its_own_fields(parameter: PolicyParameter, now: dt.datetime) -> None:
    with pytest.raises(TypeError, match="may not set key"):
        lifecycle.move(parameter, "approve", by=_user("boss-other", now), now=now, changes={"key": "x"})


def test_available_lists_open_and_closed_moves_with_reasons(parameter: PolicyParameter, now: dt.datetime) -> None:
    author = User.objects.get(username="boss-author")

    offers = {offer.move.name: offer for offer in lifecycle.available(parameter, author)}

    assert [(name, offer.is_open) for name, offer in offers.items()] == [("approve", False), ("retire", True)]
    assert offers["approve"].reason


def test_what_others_may_turn_down_is_no_next_step(parameter: PolicyParameter, now: dt.datetime) -> None:
    stranger = _user("stranger", now)

    offers = {offer.move.name: offer for offer in lifecycle.available(parameter, stranger)}

    assert {name: (offer.is_open, offer.is_next) for name, offer in offers.items()} == {
        "approve": (False, True),
        "retire": (False, False),
    }


def test_the_trigger_refuses_a_status_that_is_not_in_the_table(parameter: PolicyParameter) -> None:
    PolicyParameter.objects.filter(pk=parameter.pk).update(status="RETIRED")

    with pytest.raises(IntegrityError, match="No move leads from RETIRED to DRAFT"), connection.cursor() as cursor:
        cursor.execute("UPDATE communities_policyparameter SET status = 'DRAFT' WHERE id = %s", [parameter.pk])


def test_the_trigger_refuses_a_row_that_begins_elsewhere(parameter: PolicyParameter) -> None:
    columns = "key, value, unit, valid_from, basis_id, basis_article, entered_at, entered_by_id"

    with pytest.raises(IntegrityError, match="begins as DRAFT"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO communities_policyparameter ({columns}, status)"
            f" SELECT {columns}, 'RETIRED' FROM communities_policyparameter WHERE id = %s",
            [parameter.pk],
        )


@pytest.mark.django_db(transaction=True)
def test_of_twenty_approvals_at_once_one_succeeds(parameter: PolicyParameter, now: dt.datetime) -> None:
    bosses = [_user(f"boss-{number}", now) for number in range(20)]

    def approve(boss: User) -> Any:
        try:
            return lifecycle.move(parameter, "approve", by=boss, now=now).approved_by_id
        except MoveClosed:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(approve, bosses))

    winners = [answer for answer in answers if answer is not None]
    parameter.refresh_from_db()
    assert winners == [parameter.approved_by_id]
    assert AuditEntry.objects.count() == 1
