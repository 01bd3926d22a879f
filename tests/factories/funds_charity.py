"""Rows of the charity room. Traits walk a row on from its first status along the lifecycle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.bodies.models import Body, BodyKind, Seat
from funds.charity.models import CharityAppointment, CommunityFund, HostCharity
from funds.ledger.models import Book
from funds.ledger.operations import open_account, open_book
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, BodyFactory, BodyMembershipFactory, DivisionFactory
from tests.factories.funds_enterprises import credit_code, walk_to
from tests.factories.funds_ledger import OPENED_ON

VOTING = (Seat.COMMUNITY, Seat.RESIDENT, Seat.RESIDENT, Seat.CHARITY, Seat.STREET)


class HostCharityFactory(DjangoModelFactory[HostCharity]):
    """A charity of a place of its own."""

    class Meta:
        model = HostCharity

    name = factory.Sequence("第{}慈善会".format)
    credit_code = factory.Sequence(lambda number: credit_code(number, "51510302MJ"))
    division: Any = factory.SubFactory(DivisionFactory)


class CharityAppointmentFactory(DjangoModelFactory[CharityAppointment]):
    """An officer of a charity."""

    class Meta:
        model = CharityAppointment

    charity: Any = factory.SubFactory(HostCharityFactory)
    user: Any = factory.SubFactory(UserFactory)
    valid_from = LONG_AGO


def officer_of(charity: HostCharity) -> User:
    """Return a new user who acts for the charity."""
    appointment: CharityAppointment = CharityAppointmentFactory(charity=charity)
    return appointment.user


def committee_of(fund: CommunityFund, *voters: User) -> Body:
    """Seat a chair, four more members and a supervisor; the users given take the first seats."""
    body: Body = BodyFactory(kind=BodyKind.FUND_COMMITTEE, division=fund.division, name=fund.short_name)
    people = [*voters, *[None] * (len(VOTING) - len(voters))]
    for number, (seat, user) in enumerate(zip(VOTING, people, strict=True)):
        BodyMembershipFactory(body=body, seat=seat, user=user, name=f"委员{number}", is_chair=number == 0)
    BodyMembershipFactory(body=body, seat=Seat.SUPERVISOR, name="监督员")
    CommunityFund.objects.filter(pk=fund.pk).update(committee=body)
    fund.committee = body
    return body


def book_of(made: Any) -> Book:
    """Open the book of a fund with its standard accounts."""
    return open_book(
        by=made.applied_by,
        code=f"book-{made.name}",
        name=made.name,
        division=made.division,
        opened_on=OPENED_ON,
        now=ENTERED_AT,
    )


class CommunityFundFactory(DjangoModelFactory[CommunityFund]):
    """A fund that is applied for, with a book and without a committee; traits walk it on."""

    class Meta:
        model = CommunityFund

    class Params:
        agreed = factory.Trait(walk=["AGREED"])
        active = factory.Trait(walk=["AGREED", "ACTIVE"])
        rectifying = factory.Trait(walk=["AGREED", "ACTIVE", "RECTIFYING"])
        closing = factory.Trait(walk=["AGREED", "ACTIVE", "CLOSING"])
        closed = factory.Trait(walk=["AGREED", "ACTIVE", "CLOSING", "CLOSED"])

    walk = ()
    name = factory.Sequence("第{}社区慈善基金（全称）".format)
    short_name = factory.Sequence("第{}社区慈善基金".format)
    charity: Any = factory.SubFactory(HostCharityFactory)
    division: Any = factory.SubFactory(DivisionFactory)
    purpose = "帮困、环境、公共空间维护"
    applied_by: Any = factory.SubFactory(UserFactory)
    applied_at = ENTERED_AT
    book: Any = factory.LazyAttribute(book_of)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs, each step by another person."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk, agreement_number="慈协字〔2026〕1号")
        return row


def use_account(fund: CommunityFund, now: dt.datetime) -> Any:
    """Return an account for uses of the fund's money."""
    return open_account(by=fund.applied_by, book=fund.book, code="use:test", kind="SINK", name="环境整治", now=now)
