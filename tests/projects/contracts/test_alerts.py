"""Whoever contracts with a body is told when its standing changes, and says once what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from governance import lifecycle
from governance.accounts.queries import system_actor
from governance.errors import NotAllowed
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from projects.contracts.alerts import hear
from projects.contracts.models import Contract
from projects.contracts.operations import sign_contract
from socialorgs.register import operations as register
from socialorgs.register.barring import operations as barring
from socialorgs.register.queries import OrganizationHindered
from socialorgs.supervision import operations
from socialorgs.supervision.models import StandingAlert
from socialorgs.supervision.refusals import AlertNoted
from tests.people import House, desk_client, sign_in

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def relay(now: dt.datetime) -> None:
    outbox.relay(by=system_actor(), now=now + dt.timedelta(minutes=1), limit=500)


def listed(house: House, now: dt.datetime, contract: Contract) -> None:
    register.record_listing(
        by=house.people["district_admin"],
        now=now,
        organization=contract.organization,
        credit_list="SERIOUS_BREACH",
        decision_number="自民失信〔2026〕9号",
        reason="提供虚假材料。",
        listed_on=now.date(),
    )
    relay(now)


def test_the_street_of_a_running_contract_is_told_once(walk: Walk, house: House, now: dt.datetime) -> None:
    contract = walk("RUNNING")
    listed(house, now, contract)
    hear(OutboxEvent.objects.get(topic="socialorgs.listing.recorded"), now)

    alert = StandingAlert.objects.get()
    assert (alert.cause, alert.division, alert.noted_at) == ("LISTED", contract.division, None)
    assert "自民失信〔2026〕9号" in alert.said
    assert alert.subject.startswith(contract.number)


def test_a_draft_raises_no_alert(walk: Walk, house: House, now: dt.datetime) -> None:
    listed(house, now, walk("DRAFT"))

    assert not StandingAlert.objects.exists()


def test_a_body_that_is_listed_between_award_and_signing_is_not_contracted(
    walk: Walk, house: House, people: SimpleNamespace, now: dt.datetime
) -> None:
    contract = walk("AGREED")
    listed(house, now, contract)

    with pytest.raises(OrganizationHindered):
        sign_contract(by=people.street_reviewer, now=now, today=now.date(), contract=contract)
    assert StandingAlert.objects.count() == 1


def test_an_alert_is_looked_at_once_and_stands_on_the_contract(
    walk: Walk, house: House, people: SimpleNamespace, now: dt.datetime
) -> None:
    contract = walk("RUNNING")
    ban = barring.propose_ban(
        by=house.people["street_officer"],
        now=now,
        organization=contract.organization,
        ground="CONTRACT_BREACH",
        reason="擅自停止服务。",
        decision_number="自民禁〔2026〕1号",
        starts_on=now.date(),
        ends_on=now.date() + dt.timedelta(days=365),
    )
    lifecycle.move(ban, "confirm", by=house.people["street_reviewer"], now=now)
    relay(now)
    alert = StandingAlert.objects.get()
    by = house.people["street_officer"]
    with pytest.raises(ReasonMissing):
        operations.note_alert(by=by, now=now, alert=alert, measures=" ")
    for who in (people.manager, house.people["other_street_officer"]):
        with pytest.raises(NotAllowed):
            operations.note_alert(by=who, now=now, alert=alert, measures="暂停付款。")
    desk = desk_client(by).get(f"/desk/socialorgs/standingalert/{alert.pk}/change/")
    assert contract.number in desk.content.decode()

    operations.note_alert(by=by, now=now, alert=alert, measures="暂停付款，限期说明。")

    with pytest.raises(AlertNoted):
        operations.note_alert(by=by, now=now, alert=alert, measures="再看。")
    client = Client()
    sign_in(client, people.manager)
    page = client.get(contract.get_absolute_url()).content.decode()
    assert "暂停付款，限期说明。" in page
    assert "暂停付款，限期说明。" not in Client().get(contract.get_absolute_url()).content.decode()


def test_a_body_that_is_revoked_alerts_its_contracts(walk: Walk, house: House, now: dt.datetime) -> None:
    contract = walk("RUNNING")
    register.revoke(
        by=house.people["district_admin"], now=now, organization=contract.organization, reason="登记被撤销。"
    )
    relay(now)

    assert StandingAlert.objects.get().cause == "ENDED"
