"""What an organization reads of its offers: who was chosen and what comes next, and until when offers are taken."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from governance.calendar.days import written_until
from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.awarding.queries import OfferOutcome, outcomes_of
from projects.purchasing.awarding.refusals import NoOffersTaken
from tests.people import session_client, sign_in
from tests.projects.purchasing.conftest import Stage, Walk, offer_of

pytestmark = pytest.mark.django_db
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def outcome(stage: Stage, number: int = 0) -> Any:
    offer = PurchaseOffer.objects.select_related("purchase").get(pk=stage.offers[number].pk)
    with override("en"):
        return outcomes_of([offer], stage.now)[offer.pk]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (dt.datetime(2026, 12, 3, 0, 0, tzinfo=SHANGHAI), "2026-12-02 24:00"),
        (dt.datetime(2026, 12, 2, 16, 0, tzinfo=dt.UTC), "2026-12-02 24:00"),
        (dt.datetime(2026, 12, 2, 17, 30, tzinfo=SHANGHAI), "2026-12-02 17:30"),
    ],
)
def test_midnight_is_written_as_the_end_of_the_day_before(moment: dt.datetime, said: str) -> None:
    assert written_until(moment) == said


@pytest.mark.parametrize(
    ("state", "own", "others"),
    [
        ("CALLED", OfferOutcome.SEALED, OfferOutcome.SEALED),
        ("OPENED", OfferOutcome.EXAMINED, OfferOutcome.EXAMINED),
        ("SCORED", OfferOutcome.JUDGED, OfferOutcome.JUDGED),
        ("PROPOSED", OfferOutcome.JUDGED, OfferOutcome.JUDGED),
        ("PUBLISHED", OfferOutcome.WON, OfferOutcome.LOST),
        ("FINAL", OfferOutcome.WON, OfferOutcome.LOST),
    ],
)
def test_an_offer_tells_what_came_of_it_once_it_is_public(walk: Walk, state: str, own: str, others: str) -> None:
    stage = walk(state)

    assert outcome(stage).code == own
    assert outcome(stage, 1).code == others


def test_who_won_reads_until_when_the_contract_is_signed(walk: Walk) -> None:
    stage = walk("FINAL")
    assert stage.award is not None
    assert outcome(stage).next == f"Sign the contract with {stage.award.buyer.name} by {stage.award.sign_by}."
    late = Stage(stage.purchase, stage.now + dt.timedelta(days=60), stage.offers, stage.award)

    assert "was to be signed" in outcome(late).next
    assert outcome(stage, 1).next == f"Awarded to {stage.award.organization.name} for 78,000.00 yuan."


def test_a_failed_purchase_and_a_refused_offer_say_so(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    offering.reject_offer(by=people.street_officer, now=stage.now, offer=stage.offers[0], reason="未附资质证明。")
    operations.declare_failed(by=people.district_officer, now=stage.now, purchase=stage.purchase, reason="响应不足。")

    assert (
        outcome(stage) == outcomes_of([PurchaseOffer.objects.get(pk=stage.offers[0].pk)], stage.now)[stage.offers[0].pk]
    )
    assert (outcome(stage).code, outcome(stage).next) == (OfferOutcome.REFUSED, "未附资质证明。")
    assert outcome(stage, 1).code == OfferOutcome.FAILED


def test_a_late_offer_is_told_when_the_time_was_over_and_stays_a_draft(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("CALLED", bids=0)
    until = stage.purchase.offers_until
    assert until is not None
    draft = offering.draft_offer(
        by=people.managers[0],
        now=stage.now,
        purchase=stage.purchase,
        organization=people.organizations[0],
        offered=Offered(stage.purchase.amount, "每周两次上门。"),
    )

    with override("en"), pytest.raises(NoOffersTaken, match=r"took offers until \d{4}-\d\d-\d\d 24:00; a late offer"):
        offering.submit_offer(by=people.managers[0], now=until, offer=draft)

    draft.refresh_from_db()
    assert draft.status == "DRAFT"
    late = Stage(stage.purchase, until, (draft,))
    assert (outcome(late).code, outcome(late).next) == (
        OfferOutcome.LATE,
        f"Offers were taken until {written_until(until)}.",
    )


class TestSurfaces:
    """The pages and the API of the organization."""

    @pytest.fixture
    def now(self) -> dt.datetime:
        """The surfaces ask the clock."""
        return timezone.now()

    def test_my_offers_says_who_won_and_what_comes_next(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("FINAL")
        assert stage.award is not None
        winner, loser = Client(), Client()
        sign_in(winner, people.managers[0])
        sign_in(loser, people.managers[1])

        won = winner.get("/my/offers/").content.decode()
        lost = loser.get("/my/offers/").content.decode()
        page = winner.get(stage.offers[0].get_absolute_url()).content.decode()

        for shown in (won, page):
            assert "badge--good" in shown
            assert str(stage.award.sign_by) in shown
        assert "badge--LOST" in lost
        assert stage.award.organization.name in lost
        told = session_client(people.managers[1]).get(f"/api/v1/purchase-offers/{stage.offers[1].pk}/outcome").json()
        assert (told["code"], told["url"]) == ("LOST", stage.award.get_absolute_url())

    def test_a_call_ends_at_the_end_of_its_last_day_everywhere(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("CALLED", bids=0)
        assert stage.purchase.notice is not None
        said = f"{stage.purchase.notice.ends_on} 24:00"
        offer_of(people, stage.now, stage.purchase)
        manager = Client()
        sign_in(manager, people.managers[1])

        for address in ("/purchases/", stage.purchase.get_absolute_url(), f"/purchases/{stage.purchase.pk}/offer/"):
            shown = manager.get(address).content.decode()
            assert said in shown, address
            assert not re.search(r"\d{4}-\d\d-\d\d 00:00", shown), address

    def test_a_draft_is_changed_over_the_api(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("CALLED", bids=0)
        manager = session_client(people.managers[0])
        given = {"purchase": stage.purchase.pk, "organization": people.organizations[0].pk}
        made = manager.post(
            "/api/v1/purchase-offers", {**given, "amount": "79000.00", "plan": "每周两次。"}, format="json"
        )
        address = f"/api/v1/purchase-offers/{made.json()['id']}/revise"

        changed = manager.post(address, {"amount": "78500.00", "plan": "每周三次。"}, format="json")
        refused = {
            text: manager.post(address, {"amount": text, "plan": "每周三次。"}, format="json").status_code
            for text in ("1e5", "-1", "0", "78500.001", "80000.01")
        }

        assert (changed.json()["amount"], changed.json()["plan"]) == ("78500.00", "每周三次。")
        assert set(refused.values()) == {400}
        assert PurchaseOffer.objects.get(pk=made.json()["id"]).plan == "每周三次。"

    def test_who_has_made_an_offer_is_led_to_it(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("CALLED", bids=1)
        manager, other = Client(), Client()
        sign_in(manager, people.managers[0])
        sign_in(other, people.managers[1])
        new, mine = f"/purchases/{stage.purchase.pk}/offer/", stage.offers[0].get_absolute_url()

        own, others = (client.get(stage.purchase.get_absolute_url()).content.decode() for client in (manager, other))

        assert mine in own
        assert new not in own
        assert new in others
        assert manager.get(new).headers["location"] == mine

    def test_the_page_of_a_purchase_says_who_was_chosen(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("FINAL")
        officer = Client()
        sign_in(officer, people.street_officer)

        page = officer.get(stage.purchase.get_absolute_url())

        shown = {offer.organization_id: badge for offer, (_label, badge) in page.context["offers"]}
        assert shown == {body.pk: "good" if number == 0 else "" for number, body in enumerate(people.organizations)}
        assert officer.get(stage.offers[0].purchase.awards.get().get_absolute_url()).status_code == 200
