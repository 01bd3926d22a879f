"""Posting, taking and confirming small services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from communities.people.policy import PersonalNumbersFound
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing
from projects.market import delivering, operations, refusals
from projects.market.models import MarketBlock, MicroService, ServiceMatch
from projects.market.policy import percent, take_by_of
from projects.market.queries import figures_of, reach_for, reputations_of
from socialorgs.register.queries import OrganizationHindered
from socialorgs.register.strengths import operations as strengths
from socialorgs.register.strengths.models import Capability
from tests.factories.projects_contracts import in_force
from tests.factories.socialorgs_register import CreditListingFactory

pytestmark = pytest.mark.django_db


def refused(refusal: type[DomainError], operation: Callable[..., Any], *models: type[Model], **arguments: Any) -> Any:
    """Expect the refusal and nothing new in these tables or in the trail."""
    before = [model._default_manager.count() for model in (*models, AuditEntry)]
    with pytest.raises(refusal) as found:
        operation(**arguments)
    assert [model._default_manager.count() for model in (*models, AuditEntry)] == before
    return found.value


# --- What asks a capability


def able(people: SimpleNamespace, now: dt.datetime) -> Capability:
    """Let the organization's capability be checked for the street."""
    row = Capability.objects.create(
        organization=people.organization,
        field="养老服务",
        summary="居家探访",
        staff_count=4,
        area=people.places["street"],
        stated_at=now,
        stated_by=people.manager,
    )
    return strengths.check_capability(by=people.street_reviewer, now=now, capability=row)


def test_what_asks_a_capability_is_taken_by_bodies_that_have_it(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any
) -> None:
    row = posted(capability="养老服务", by=people.community_staff, is_for_community=True)
    by_body: dict[str, Any] = {"service": row, "by": people.manager, "organization": people.organization}
    refused(refusals.CapabilityMissing, taken, ServiceMatch, **by_body)
    refused(refusals.TakerUnfit, taken, ServiceMatch, service=row)
    able(people, at(12))

    assert taken(**by_body).status == "CONFIRMED"


def test_a_capability_that_no_longer_holds_or_is_of_another_field_does_not_count(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any
) -> None:
    checked = able(people, at(12))
    other = posted(capability="儿童服务")
    by_body: dict[str, Any] = {"by": people.manager, "organization": people.organization}
    refused(refusals.CapabilityMissing, taken, ServiceMatch, service=other, **by_body)
    later = checked.valid_to - timezone.localdate(at(12))
    starts = at(9, days=later.days + 2)
    row = posted(
        capability="养老服务",
        now=at(12, days=later.days),
        starts_at=starts,
        ends_at=starts + dt.timedelta(hours=1),
    )
    refused(refusals.CapabilityMissing, taken, ServiceMatch, service=row, now=at(13, days=later.days), **by_body)


def test_a_capability_is_asked_where_bodies_could_have_it(people: SimpleNamespace, posted: Any) -> None:
    for more in (
        {"capability": "造火箭"},
        {"capability": "养老服务", "side": "OFFER"},
        {"capability": "养老服务", "settlement": "POINTS", "points": 2},
    ):
        refused(refusals.CapabilityUnfit, posted, MicroService, **more)


# --- Posting


def test_a_resident_posts_what_is_wanted(people: SimpleNamespace, at: Any, posted: Any) -> None:
    row = posted()

    assert (row.status, row.poster_kind, row.choice, row.settlement) == ("POSTED", "RESIDENT", "FIRST_COME", "FREE")
    assert row.take_by == at(9, days=3)
    assert row.code not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    assert "302" not in str(list(AuditEntry.objects.values_list("after", flat=True)))


def test_seven_days_to_be_taken_and_never_after_the_beginning(at: Any) -> None:
    assert take_by_of(at(12), at(9, days=3), 7) == at(9, days=3)
    assert take_by_of(at(12), at(12, days=7), 7) == at(12, days=7)
    assert take_by_of(at(12), at(12, 1, days=7), 7) == at(12, days=7)


def test_who_may_post(people: SimpleNamespace, posted: Any) -> None:
    refused(refusals.MarketForResidents, posted, MicroService, by=people.minor)
    refused(refusals.MarketForResidents, posted, MicroService, by=people.stranger)
    refused(refusals.NotYourCommunity, posted, MicroService, division=people.places["neighbor"])
    refused(refusals.NotYourCommunity, posted, MicroService, division=people.places["street"])
    refused(refusals.PosterUnfit, posted, MicroService, is_for_community=True)
    refused(refusals.PosterUnfit, posted, MicroService, organization=people.organization)
    refused(refusals.PosterUnfit, posted, MicroService, by=people.other_community_staff, is_for_community=True)
    for_community = posted(by=people.community_staff, is_for_community=True)
    for_organization = posted(by=people.manager, organization=people.organization)
    assert (for_community.poster_kind, for_organization.poster_kind) == ("COMMUNITY", "ORGANIZATION")


def test_a_minor_takes_part_from_the_eighteenth_birthday_on(people: SimpleNamespace, at: Any, posted: Any) -> None:
    """Born on 5 March 2008: not on the 4th of March 2026, but on the 5th."""
    refused(refusals.MarketForResidents, posted, MicroService, by=people.minor, now=at(23, 59))
    assert posted(by=people.minor, now=at(0, days=1)).pk


@pytest.mark.parametrize(
    ("more", "refusal", "field"),
    [
        ({"ends_at": 0}, refusals.ServiceDatesUnfit, "ends_at"),
        ({"ends_at": 1441}, refusals.ServiceDatesUnfit, "ends_at"),
        ({"price": Decimal(1)}, refusals.PriceUnfit, "price"),
        ({"settlement": "OUTSIDE"}, refusals.PriceUnfit, "price"),
        ({"settlement": "OUTSIDE", "price": Decimal("500.01")}, refusals.PriceUnfit, "price"),
        ({"settlement": "POINTS"}, refusals.PriceUnfit, "points"),
        ({"settlement": "POINTS", "points": 21}, refusals.PriceUnfit, "points"),
        ({"settlement": "FUND", "price": Decimal(10)}, refusals.RequestUnfit, "request"),
        ({"text": "请打13812345678"}, PersonalNumbersFound, "text"),
    ],
)
def test_services_that_cannot_be(at: Any, posted: Any, more: Any, refusal: type[DomainError], field: str) -> None:
    if "ends_at" in more:
        more = {"ends_at": at(9, days=3) + dt.timedelta(minutes=more["ends_at"])}

    assert refused(refusal, posted, MicroService, **more).field == field


def test_the_beginning_lies_ahead(at: Any, posted: Any) -> None:
    refused(refusals.ServiceDatesUnfit, posted, MicroService, starts_at=at(12), ends_at=at(13))
    refused(
        refusals.ServiceDatesUnfit,
        posted,
        MicroService,
        starts_at=at(12, 1, days=180),
        ends_at=at(13, days=180),
    )
    assert posted(starts_at=at(12, 1), ends_at=at(13)).pk


def test_nobody_floods_the_market(people: SimpleNamespace, posted: Any) -> None:
    for _number in range(5):
        posted()

    refused(refusals.TooManyOpen, posted, MicroService)
    in_force("market.open_posts", 6)
    assert posted().pk


def test_a_listed_organization_takes_no_part(people: SimpleNamespace, posted: Any, taken: Any) -> None:
    service = posted()
    CreditListingFactory(organization=people.organization)

    refused(OrganizationHindered, posted, MicroService, by=people.manager, organization=people.organization)
    refused(
        OrganizationHindered, taken, ServiceMatch, service=service, by=people.manager, organization=people.organization
    )


# --- Taking


def test_first_come_first_served(people: SimpleNamespace, posted: Any, taken: Any) -> None:
    service = posted(places=2)
    first = taken(service)
    refused(refusals.TakenAlready, taken, ServiceMatch, service=service)
    second = taken(service, by=people.third)
    service.refresh_from_db()

    assert (first.status, second.status, service.status) == ("CONFIRMED", "CONFIRMED", "FILLED")
    assert first.confirmed_by == people.asker
    refused(
        refusals.AllPlacesTaken,
        taken,
        ServiceMatch,
        service=service,
        by=people.manager,
        organization=people.organization,
    )


def test_whoever_posted_it_chooses(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted(choice="CHOSEN")
    first, second = taken(service), taken(service, by=people.third)

    refused(MoveForbidden, operations.confirm_taking, by=people.helper, now=at(14), match=first)
    chosen = operations.confirm_taking(by=people.asker, now=at(14), match=second)
    refused(refusals.AllPlacesTaken, operations.confirm_taking, by=people.asker, now=at(14), match=first)
    refused(ReasonMissing, operations.decline_taking, by=people.asker, now=at(14), match=first, reason=" ")
    declined = operations.decline_taking(by=people.asker, now=at(14), match=first, reason="已请到邻居。")

    assert (chosen.status, declined.status, declined.ended_reason) == ("CONFIRMED", "DECLINED", "已请到邻居。")


def test_who_may_take(people: SimpleNamespace, posted: Any, taken: Any) -> None:
    service = posted()

    refused(refusals.OwnService, taken, ServiceMatch, service=service, by=people.asker)
    refused(refusals.MarketForResidents, taken, ServiceMatch, service=service, by=people.minor)
    refused(refusals.MarketForResidents, taken, ServiceMatch, service=service, by=people.stranger)
    refused(refusals.PosterUnfit, taken, ServiceMatch, service=service, organization=people.organization)
    match = taken(service, by=people.manager, organization=people.organization)
    assert (match.status, match.organization) == ("CONFIRMED", people.organization)


def test_taking_ends_with_its_last_moment(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted()
    last = at(9, days=3)

    refused(refusals.NotTakeable, taken, ServiceMatch, service=service, now=last)
    assert taken(service, now=last - dt.timedelta(seconds=1)).pk


def test_a_place_becomes_free_again(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted()
    match = taken(service)

    refused(
        refusals.MarketNotNow, operations.cancel_match, by=people.helper, now=at(9, days=3), match=match, reason="有事"
    )
    refused(MoveForbidden, operations.cancel_match, by=people.third, now=at(14), match=match, reason="有事")
    ended = operations.cancel_match(by=people.helper, now=at(14), match=match, reason="临时有事")
    service.refresh_from_db()

    assert (ended.status, ended.ended_by, service.status) == ("CANCELLED", people.helper, "POSTED")
    assert taken(service, by=people.third).status == "CONFIRMED"


def test_cancelling_a_posting_ends_its_takings(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted(places=2)
    match = taken(service)

    refused(MoveForbidden, operations.cancel_service, by=people.helper, now=at(14), service=service, reason="不要了")
    ended = operations.cancel_service(by=people.asker, now=at(14), service=service, reason="已经修好")
    match.refresh_from_db()

    assert (ended.status, match.status, match.ended_reason) == ("CANCELLED", "CANCELLED", "已经修好")
    refused(refusals.NotTakeable, taken, ServiceMatch, service=service, by=people.third)


def test_staff_take_down_what_has_no_place_here(people: SimpleNamespace, at: Any, posted: Any) -> None:
    service = posted()

    for person in (people.asker, people.other_community_staff, people.auditor):
        refused(MoveForbidden, operations.remove_service, by=person, now=at(14), service=service, reason="广告")
    row = operations.remove_service(by=people.community_staff, now=at(14), service=service, reason="商业广告")

    assert (row.status, MicroService.objects.visible_to(people.third).count()) == ("REMOVED", 0)
    refused(MoveClosed, operations.cancel_service, by=people.asker, now=at(14), service=row, reason="不要了")


# --- Privacy


def test_only_the_two_sides_see_how_to_reach_each_other(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any
) -> None:
    service = posted(choice="CHOSEN")
    match = taken(service)

    before = reach_for(people.helper, match)
    match = operations.confirm_taking(by=people.asker, now=at(14), match=match)
    to_helper, to_asker = reach_for(people.helper, match), reach_for(people.asker, match)
    to_others = [reach_for(person, match) for person in (people.third, people.community_staff, people.auditor)]
    ended = operations.cancel_match(by=people.asker, now=at(15), match=match, reason="不用了")

    assert (before, to_others) == (None, [None, None, None])
    assert to_helper is not None
    assert (to_helper.name, to_helper.phone, to_helper.contact) == ("孙桂芳", "13900000001", "12栋1单元302")
    assert to_asker is not None
    assert (to_asker.name, to_asker.phone, to_asker.contact) == ("钱大力", "13900000002", "")
    assert reach_for(people.helper, ended) is None


def test_who_blocked_whom_is_kept_apart_both_ways(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    match = taken(posted())
    refused(refusals.BlockUnfit, operations.block_person, MarketBlock, by=people.third, now=at(14), match=match)
    block = operations.block_person(by=people.asker, now=at(14), match=match)
    operations.block_person(by=people.asker, now=at(14), match=match)
    other, back = posted(), posted(by=people.helper)

    refused(refusals.KeptApart, taken, ServiceMatch, service=other)
    refused(refusals.KeptApart, taken, ServiceMatch, service=back, by=people.asker)
    assert not MicroService.objects.visible_to(people.helper).filter(pk=other.pk).exists()
    assert not MicroService.objects.visible_to(people.asker).filter(pk=back.pk).exists()
    assert MicroService.objects.visible_to(people.third).filter(pk__in=[other.pk, back.pk]).count() == 2
    refused(refusals.BlockUnfit, operations.unblock_person, MarketBlock, by=people.helper, now=at(14), block=block)
    operations.unblock_person(by=people.asker, now=at(14), block=block)
    assert taken(other).status == "CONFIRMED"


def test_visible_rows_and_rights_agree(people: SimpleNamespace, posted: Any, taken: Any) -> None:
    taken(posted())
    everybody = (people.asker, people.helper, people.third, people.community_staff, people.other_community_staff)
    seen = [ServiceMatch.objects.visible_to(person).count() for person in everybody]
    row = ServiceMatch.objects.get()

    assert seen == [int(person.has_perm("projects.view_service_match", row)) for person in everybody] == [1, 1, 0, 1, 0]


# --- Figures


def test_matches_are_counted_with_both_numbers(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any, done: Any
) -> None:
    done(posted())
    taken(posted(choice="CHOSEN"), by=people.third)
    posted(side="OFFER", field="CULTURE", title="教书法")
    figures = figures_of(people.community, at(0), at(0, days=1))

    assert [(line.label, line.posted, line.matched, line.share) for line in figures.lines] == [
        (figures.lines[0].label, 1, 0, Decimal("0.0")),
        (figures.lines[1].label, 2, 1, Decimal("50.0")),
    ]
    assert (figures.sums.posted, figures.sums.matched, figures.sums.done) == (3, 1, 1)
    assert (figures.takings, figures.confirmed, figures.share_confirmed) == (2, 1, Decimal("50.0"))


def test_what_is_short_of_all_is_never_shown_as_all() -> None:
    assert percent(1999, 2000) == Decimal("99.9")
    assert percent(9999, 10000) == Decimal("99.9")
    assert (percent(2000, 2000), percent(0, 0)) == (Decimal("100.0"), None)


def test_people_are_known_by_what_was_said_of_them(
    people: SimpleNamespace, at: Any, done: Any, posted: Any, django_assert_num_queries: Any
) -> None:
    match = done(posted())
    delivering.rate_match(by=people.asker, now=at(12, days=3), match=match, stars=4)
    delivering.rate_match(by=people.helper, now=at(12, days=3), match=match, stars=5)

    with django_assert_num_queries(2):
        found = reputations_of([people.asker.pk, people.helper.pk, people.third.pk])
    assert (found[people.helper.pk].mean, found[people.helper.pk].ratings, found[people.helper.pk].done) == (4, 1, 1)
    assert (found[people.asker.pk].mean, found[people.third.pk].mean) == (Decimal("5.0"), None)
