"""From sealed offers to the award: each who has a part in it reads what is done, and what comes first."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from governance import lifecycle
from governance.portal.worklist import asked_of
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.awarding.queries import outcomes_of, stage_of
from projects.purchasing.models import Purchase
from tests.people import desk_client, sign_in
from tests.projects.purchasing.conftest import Stage, Walk, points_for

pytestmark = pytest.mark.django_db


def reason_against(people: SimpleNamespace, stage: Stage, name: str) -> str | None:
    """Return why a move is closed to the officer, None where it is open."""
    row = Purchase.objects.get(pk=stage.purchase.pk)
    with override("en"):
        found = {offer.move.name: offer for offer in lifecycle.available(row, people.street_officer)}
    return None if found[name].is_open else str(found[name].reason)


def examine(people: SimpleNamespace, stage: Stage, *offers: PurchaseOffer) -> None:
    for offer in offers:
        offering.qualify_offer(by=people.street_officer, now=stage.now, offer=offer)


def appoint(people: SimpleNamespace, stage: Stage) -> None:
    members = [(judge, "EXPERT") for judge in people.judges]
    offering.appoint_committee(by=people.street_officer, now=stage.now, purchase=stage.purchase, members=members)


def score(people: SimpleNamespace, stage: Stage, *judges: Any) -> None:
    given = points_for(stage.purchase, stage.offers, (48, 29), (40, 25), (45, 20))
    for judge in judges:
        offering.score_offers(by=judge, now=stage.now, purchase=stage.purchase, points=given)


def read(user: Any, address: str) -> str:
    client = Client()
    sign_in(client, user)
    client.cookies["django_language"] = "en"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).content.decode()))


def test_offers_are_opened_when_the_announcement_has_closed(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("CALLED")

    assert re.fullmatch(r"Offers are taken until \S+ 24:00\.", reason_against(people, stage, "open_offers") or "")


def test_a_call_that_is_over_says_what_comes_next(
    people: SimpleNamespace, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = walk("CALLED")
    page, until = stage.purchase.get_absolute_url(), stage.purchase.offers_until
    assert until is not None
    monkeypatch.setattr("governance.calendar.clock.now", lambda: until - dt.timedelta(minutes=1))
    open_still = read(people.resident, page)
    monkeypatch.setattr("governance.calendar.clock.now", lambda: until)

    assert "Next the buyer opens them." in read(people.resident, page)
    assert "Next the buyer opens them." not in open_still


def test_the_award_says_what_is_done_first(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    said = [reason_against(people, stage, "propose")]
    examine(people, stage, *stage.offers)
    said.append(reason_against(people, stage, "propose"))
    appoint(people, stage)
    score(people, stage, people.judges[0])
    said.append(reason_against(people, stage, "propose"))
    score(people, stage, *people.judges[1:])

    assert said == [
        "First admit the offers or not, each on its own page: 3 are left.",
        "First appoint the committee.",
        "2 members of the committee have not scored yet.",
    ]
    assert reason_against(people, stage, "propose") is None


def test_where_nobody_competes_no_committee_is_waited_for(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED", bids=1, procedure="SINGLE_SOURCE", procedure_reason="唯一供应商。")
    examine(people, stage, *stage.offers)

    assert reason_against(people, stage, "propose") is None


def test_members_are_asked_to_score_when_all_was_examined(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    judge, address = people.judges[0], f"/purchases/{stage.purchase.pk}/score/"
    appoint(people, stage)
    examine(people, stage, *stage.offers[:2])

    def wanted() -> list[str]:
        return [asked.address for asked in asked_of(judge, stage.now.date())]

    early = read(judge, address)
    before, _done = wanted(), examine(people, stage, stage.offers[2])
    then = wanted()
    score(people, stage, judge)

    assert "1 offer is still being examined" in early
    assert "Hand in the scores" not in early
    assert (before, then, wanted()) == ([], [address], [])
    assert "You have handed in your scores" in read(judge, stage.purchase.get_absolute_url())


def test_an_opened_offer_is_not_called_sealed(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    offer = PurchaseOffer.objects.select_related("purchase").get(pk=stage.offers[0].pk)
    with override("en"):
        shown = stage_of(offer)

    assert shown == "opened, being examined"
    for address in (stage.purchase.get_absolute_url(), offer.get_absolute_url()):
        page = read(people.street_officer, address)
        assert (shown in page, "submitted, sealed" in page) == (True, False)


def test_the_desk_leads_from_the_purchase_to_its_offers_committee_and_award(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    stage = walk("PUBLISHED")
    assert (award := stage.award) is not None
    desk = desk_client(people.street_officer)

    shown = desk.get(f"/desk/projects/purchase/{stage.purchase.pk}/change/").content.decode()

    for offer in stage.offers:
        assert f"/desk/projects/purchaseoffer/{offer.pk}/change/" in shown
    for judge in people.judges:
        assert f"{judge} · " in shown
    assert f"/desk/projects/purchaseaward/{award.pk}/change/" in shown


def test_the_desk_tells_of_no_offer_that_is_sealed(people: SimpleNamespace, walk: Walk, english: None) -> None:
    stage = walk("CALLED")

    shown = desk_client(people.street_officer).get(f"/desk/projects/purchase/{stage.purchase.pk}/change/")

    assert all(offer.organization.name not in shown.content.decode() for offer in stage.offers)


def test_a_committee_that_has_begun_is_not_changed_at_the_desk(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    stage = walk("OPENED")
    examine(people, stage, *stage.offers)
    appoint(people, stage)
    score(people, stage, people.judges[0])

    shown = desk_client(people.street_officer).get(f"/desk/projects/purchase/{stage.purchase.pk}/change/")

    assert "The committee has begun to score and stays as it is." in shown.content.decode()


def test_who_was_not_chosen_reads_until_when_to_object(walk: Walk) -> None:
    stage = walk("PUBLISHED")
    assert stage.award is not None
    assert stage.award.notice is not None
    offer = PurchaseOffer.objects.select_related("purchase").get(pk=stage.offers[1].pk)
    with override("en"):
        told = outcomes_of([offer], stage.now)[offer.pk]

    assert f"Objections can be raised until {stage.award.notice.ends_on}" in told.next
