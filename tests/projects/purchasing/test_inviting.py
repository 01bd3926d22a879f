"""A negotiation or an inquiry asks bodies by name; the papers of offers are sealed with them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from communities.notices.models import Attachment
from communities.notices.policy import FileNotWhatItSays
from governance.accounts.models import User
from governance.errors import DomainError, NotAllowed
from governance.portal.worklist import asked_of
from projects.purchasing import operations
from projects.purchasing.awarding import offering, refusals
from projects.purchasing.awarding.files.models import OfferFile
from projects.purchasing.awarding.files.operations import take_paper
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.inviting.models import PurchaseInvitation
from projects.purchasing.inviting.operations import invite_bodies
from projects.purchasing.inviting.refusals import (
    BodyNotAble,
    InvitationsFixed,
    InvitedTwice,
    NotByInvitation,
    NotInvited,
    TooFewInvited,
)
from projects.purchasing.refusals import FieldUnknown
from socialorgs.register.queries import OrganizationHindered
from socialorgs.register.strengths.models import Capability
from tests.factories.communities import AttachmentFactory
from tests.factories.projects_contracts import in_force
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory, manager_of
from tests.people import desk_client, session_client, sign_in
from tests.projects.purchasing.conftest import DAY, Walk, closed, offer_of
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db
Owner = Callable[[], Any]
FIELD = "养老服务"
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def now() -> dt.datetime:
    """Pages ask the clock."""
    return timezone.now()


def browser(user: User | None = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def paper(name: str = "资质证书.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def able(people: SimpleNamespace, now: dt.datetime, *numbers: int) -> None:
    for number in numbers:
        Capability.objects.create(
            organization=people.organizations[number],
            field=FIELD,
            summary="上门照料",
            staff_count=6,
            area=people.places["street"],
            stated_at=now,
            stated_by=people.managers[number],
        )
    rows = Capability.objects.filter(field=FIELD, status="STATED")
    rows.update(status="CHECKED", checked_at=now, checked_by=people.street_reviewer, valid_to=now.date() + 300 * DAY)


def invite(people: SimpleNamespace, now: dt.datetime, purchase: Any, *numbers: int) -> list[PurchaseInvitation]:
    bodies = [people.organizations[number] for number in numbers]
    return invite_bodies(by=people.street_officer, now=now, purchase=purchase, organizations=bodies)


def unchanged(kind: type[DomainError], work: Callable[[], object]) -> None:
    before = list(PurchaseInvitation.objects.values_list("purchase", "organization"))
    offers, files = PurchaseOffer.objects.count(), OfferFile.objects.count()
    with pytest.raises(kind):
        work()
    assert list(PurchaseInvitation.objects.values_list("purchase", "organization")) == before
    assert (PurchaseOffer.objects.count(), OfferFile.objects.count()) == (offers, files)


# --- Inviting


def test_those_who_are_asked_offer_and_nobody_else(
    people: SimpleNamespace, walk: Walk, now: dt.datetime, english: None
) -> None:
    able(people, now, 0, 1, 2)
    row = walk("APPROVED", procedure="INQUIRY", field=FIELD).purchase
    invite(people, now, row, 0, 1, 2)
    other = OrganizationFactory(active=True, division=people.places["street"])
    people.organizations.append(other)
    people.managers.append(people.managers[0])

    row = operations.call_for_offers(by=people.street_officer, now=now, purchase=row, contact="街道办公室")
    mine = browser(people.managers[1])
    assert row.title in mine.get("/my/offers/").content.decode()
    assert "/offer/" in mine.get(row.get_absolute_url()).content.decode()
    assert people.organizations[2].name not in mine.get(row.get_absolute_url()).content.decode()
    assert people.organizations[2].name in browser(people.street_officer).get(row.get_absolute_url()).content.decode()

    assert row.title in [one.name for one in asked_of(people.managers[1], now.date())]
    stranger = manager_of(other)
    assert asked_of(stranger, now.date()) == []
    unchanged(
        NotInvited,
        lambda: offering.draft_offer(
            by=stranger, now=now, purchase=row, organization=other, offered=Offered(Decimal(70000), "上门")
        ),
    )
    assert "/offer/" not in browser(stranger).get(row.get_absolute_url()).content.decode()

    offers = [offer_of(people, now, row, number) for number in range(3)]
    assert row.title not in [one.title for one in mine.get("/my/offers/").context["asked"]]
    after = closed(people, row.notice)
    opened = operations.open_offers(by=people.street_officer, now=after, purchase=row)
    assert (opened.status, len(offers)) == ("OPENED", 3)


def test_invitations_that_are_refused(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("APPROVED", procedure="INQUIRY").purchase
    public = walk("APPROVED", amount=Decimal(10000)).purchase
    bodies = people.organizations

    unchanged(NotByInvitation, lambda: invite(people, now, public, 0, 1, 2))
    unchanged(TooFewInvited, lambda: invite(people, now, row, 0, 1))
    unchanged(InvitedTwice, lambda: invite(people, now, row, 0, 1, 1))
    unchanged(NotAllowed, lambda: invite_bodies(by=people.community_staff, now=now, purchase=row, organizations=bodies))
    in_force("purchase.least_invited", "2")
    assert len(invite(people, now, row, 0, 1)) == 2
    CreditListingFactory(organization=bodies[1])
    unchanged(
        OrganizationHindered,
        lambda: operations.call_for_offers(by=people.street_officer, now=now, purchase=row, contact="街道办公室"),
    )
    unchanged(OrganizationHindered, lambda: invite(people, now, row, 0, 1, 2))
    assert len(invite(people, now, row, 0, 2)) == 2
    row = operations.call_for_offers(by=people.street_officer, now=now, purchase=row, contact="街道办公室")
    unchanged(InvitationsFixed, lambda: invite(people, now, row))


def test_only_able_bodies_are_asked_where_a_field_is_named(people: SimpleNamespace, walk: Walk, plan: Any) -> None:
    now = timezone.now()
    able(people, now, 0, 1)
    row = walk("APPROVED", procedure="NEGOTIATION", procedure_reason="服务内容复杂", field=FIELD).purchase

    unchanged(BodyNotAble, lambda: invite(people, now, row, 0, 1, 2))
    with pytest.raises(FieldUnknown):
        operations.plan_purchase(by=people.street_officer, now=now, plan=plan(field="航天"))


def test_bodies_are_invited_on_the_page_and_through_the_api(people: SimpleNamespace, walk: Walk, english: None) -> None:
    now = timezone.now()
    able(people, now, 0, 1)
    row = walk("APPROVED", procedure="INQUIRY", field=FIELD).purchase
    address = f"/purchases/{row.pk}/invitations/"
    client = browser(people.street_officer)
    ticked = [body.pk for body in people.organizations[:2]]

    shown = client.get(address)
    few = client.post(address, {"organizations": ticked, "codes": ""})
    unknown = client.post(address, {"organizations": ticked, "codes": "52510302MJ0000000X"})
    Capability.objects.filter(organization=people.organizations[1]).update(area=people.places["district"])
    able(people, now, 2)
    made = client.post(address, {"organizations": ticked, "codes": people.organizations[2].credit_code})

    assert people.organizations[0].name in shown.content.decode()
    assert people.organizations[2].name not in shown.content.decode()
    assert (few.status_code, unknown.status_code, made.status_code) == (400, 400, 302)
    assert "at least 3" in few.content.decode()
    assert row.invitations.count() == 3
    assert "checked" in client.get(address).content.decode()
    assert browser(people.managers[0]).get(address).status_code == 404
    assert browser(people.community_staff).get(address).status_code == 403
    assert (
        "Invite bodies by name"
        in desk_client(people.street_officer).get(f"/desk/projects/purchase/{row.pk}/change/").content.decode()
    )

    base = f"/api/v1/purchases/{row.pk}"
    street = session_client(people.street_officer)
    refused_ = street.post(f"{base}/invite", {"organizations": ticked}, format="json")
    none = street.post(f"{base}/invite", {"organizations": []}, format="json")
    listed = session_client(people.street_reviewer).get(f"{base}/invitations").json()
    assert (refused_.status_code, refused_.json()["code"]) == (400, "too_few_invited")
    assert (none.status_code, listed) == (200, {"organizations": []})
    assert session_client(people.managers[0]).get(f"{base}/invitations").status_code in (403, 404)


# --- Papers


def test_papers_are_sealed_with_the_offer(people: SimpleNamespace, walk: Walk, english: None) -> None:
    row = walk("CALLED", bids=0).purchase
    client = browser(people.managers[0])
    given = {"organization": people.organizations[0].pk, "amount": "78000", "plan": "每周两次上门。"}

    wrong = client.post(f"/purchases/{row.pk}/offer/", {**given, "papers": [paper("证书.png")]})
    assert (wrong.status_code, PurchaseOffer.objects.count(), Attachment.objects.count()) == (400, 0, 0)
    made = client.post(f"/purchases/{row.pk}/offer/", {**given, "papers": [paper(), paper("业绩.pdf")]})
    offer = PurchaseOffer.objects.get()
    first, second = offer.files.all()
    taken = client.post(f"{second.get_absolute_url()}taken/")
    shown = client.get(offer.get_absolute_url()).content.decode()
    digest = hashlib.sha256(PDF).hexdigest()

    assert (made.status_code, taken.status_code, offer.files.count()) == (302, 302, 1)
    assert (first.attachment.sha256, first.attachment.visibility) == (digest, "SEALED")
    assert digest in shown
    assert "资质证书.pdf" in shown
    client.post(f"{offer.get_absolute_url()}acts/submit/")
    late = client.post(f"{first.get_absolute_url()}taken/")
    assert (late.status_code, offer.files.count()) == (400, 1)

    street, content = browser(people.street_officer), first.attachment.get_absolute_url()
    assert client.get(first.get_absolute_url()).content == PDF
    for stranger in (street, browser(people.managers[1]), browser(people.street_reviewer), browser(people.auditor)):
        assert stranger.get(first.get_absolute_url()).status_code == 404
        assert stranger.get(content).status_code == 404

    for number in (1, 2):
        offer_of(people, timezone.now(), row, number)
    after = closed(people, row.notice)
    operations.open_offers(by=people.street_officer, now=after, purchase=row)
    assert street.get(first.get_absolute_url()).content == PDF
    assert digest in street.get(offer.get_absolute_url()).content.decode()
    desk = desk_client(people.street_officer).get(f"/desk/projects/purchaseoffer/{offer.pk}/change/")
    assert digest in desk.content.decode()
    assert browser(people.managers[1]).get(first.get_absolute_url()).status_code == 404


def test_papers_that_are_refused(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("CALLED", bids=0).purchase
    in_force("purchase.offer_files", "2")

    def draft(*files: tuple[str, bytes]) -> PurchaseOffer:
        return offering.draft_offer(
            by=people.managers[0],
            now=now,
            purchase=row,
            organization=people.organizations[0],
            offered=Offered(Decimal(78000), "上门", files=files),
        )

    unchanged(FileNotWhatItSays, lambda: draft(("证书.png", PDF)))
    unchanged(refusals.TooManyPapers, lambda: draft(*[(f"{number}.pdf", PDF) for number in range(3)]))
    offer = draft(("1.pdf", PDF), ("2.pdf", PDF))
    more = Offered(Decimal(78000), "上门", files=[("3.pdf", PDF)])
    unchanged(
        refusals.TooManyPapers,
        lambda: offering.revise_offer(by=people.managers[0], now=now, offer=offer, offered=more),
    )
    file = offer.files.first()
    assert file is not None
    unchanged(NotAllowed, lambda: take_paper(by=people.managers[1], now=now, file=file))
    offering.submit_offer(by=people.managers[0], now=now, offer=offer)
    unchanged(refusals.OfferNotDraft, lambda: take_paper(by=people.managers[0], now=now, file=file))


def test_papers_through_the_api(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("CALLED", bids=0).purchase
    client = session_client(people.managers[0])
    body = {"purchase": row.pk, "organization": people.organizations[0].pk, "amount": "78000", "plan": "上门"}
    path = f"/api/v1/purchase-offers/{client.post('/api/v1/purchase-offers', body, format='json').json()['id']}"

    made = client.post(f"{path}/papers", {"file": paper()}, format="multipart")
    wrong = client.post(f"{path}/papers", {"file": paper("a.exe")}, format="multipart")
    foreign = session_client(people.managers[1]).post(f"{path}/papers", {"file": paper()}, format="multipart")

    assert made.status_code == 200, made.content
    assert [one["sha256"] for one in made.json()["files"]] == [hashlib.sha256(PDF).hexdigest()]
    assert (wrong.status_code, foreign.status_code) == (400, 404)


def test_a_body_without_checked_capability_is_told_to_who_judges(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    able(people, timezone.now(), 0)
    stage = walk("OPENED", field=FIELD)
    street = browser(people.street_officer)

    assert "was checked and reaches the place" in street.get(stage.offers[0].get_absolute_url()).content.decode()
    assert "No checked capability" in street.get(stage.offers[1].get_absolute_url()).content.decode()
    assert (
        "No checked capability"
        not in browser(people.managers[1]).get(stage.offers[1].get_absolute_url()).content.decode()
    )


@pytest.mark.django_db(transaction=True)
def test_each_wall_alone_refuses(people: SimpleNamespace, walk: Walk, now: dt.datetime, owner: Owner) -> None:
    row = walk("APPROVED", procedure="INQUIRY").purchase
    invite(people, now, row, 0, 1, 2)
    other = OrganizationFactory(active=True, division=people.places["street"])
    row = operations.call_for_offers(by=people.street_officer, now=now, purchase=row, contact="街道办公室")
    file = offering.draft_offer(
        by=people.managers[0],
        now=now,
        purchase=row,
        organization=people.organizations[0],
        offered=Offered(Decimal(78000), "上门", files=[("1.pdf", PDF), ("2.pdf", PDF)]),
    ).files.first()
    assert file is not None
    draft = file.offer
    handed_in, open_file = offer_of(people, now, row, 1), AttachmentFactory(visibility="INTERNAL")
    asked = row.invitations.first()
    assert asked is not None

    with owner():
        alone(
            "purchaseinvitation:fixed_with_the_call",
            "DELETE FROM projects_purchaseinvitation WHERE id = %s",
            asked.pk,
        )
        alone("purchaseoffer:of_the_invited", copied(draft, organization_id=other.pk))
        alone(
            "offerfile:fixed_with_the_offer",
            "UPDATE projects_offerfile SET offer_id = %s WHERE id = %s",
            handed_in.pk,
            file.pk,
        )
        alone(
            "offerfile:is_sealed",
            "INSERT INTO projects_offerfile (offer_id, attachment_id, added_at) VALUES (%s, %s, now())",
            draft.pk,
            open_file.pk,
        )
        alone("purchaseinvitation_once_each", copied(asked), beside=["purchaseinvitation:fixed_with_the_call"])
