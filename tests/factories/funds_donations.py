"""Rows of the donations room. Traits walk a row on from its first status along the lifecycle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from funds.charity.models import DonationStation
from funds.donations.models import Donation
from funds.donations.promises import MatchingPromise
from funds.ledger.operations import Line, post_journal
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, DivisionFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory
from tests.factories.funds_enterprises import walk_to


class DonationFactory(DjangoModelFactory[Donation]):
    """A pledge of 1,000 yuan by a person who is not to be named; traits receive it and walk it on."""

    class Meta:
        model = Donation

    class Params:
        received = factory.Trait(walk=["RECEIVED"])
        receipted = factory.Trait(walk=["RECEIVED", "RECEIPTED"])
        published = factory.Trait(walk=["RECEIVED", "RECEIPTED", "PUBLISHED"])
        withdrawn = factory.Trait(walk=["WITHDRAWN"])

    walk = ()
    fund: Any = factory.SubFactory(CommunityFundFactory, active=True)
    charity: Any = factory.SelfAttribute("fund.charity")
    donor_kind = "PERSON"
    donor_name = "王小明"
    channel = "BANK"
    amount = Decimal("1000.00")
    reference = factory.Sequence("流水{:06d}".format)
    recorded_by: Any = factory.SubFactory(UserFactory)
    recorded_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs; what is received is posted."""
        row = super()._create(model_class, *args, **kwargs)
        if "RECEIVED" in walk:
            row.journal = posted(row)
            Donation.objects.filter(pk=row.pk).update(journal=row.journal, received_on=ENTERED_AT.date())
        if "RECEIPTED" in walk:
            Donation.objects.filter(pk=row.pk).update(receipt_number=f"票{row.pk}")
        walk_to(row, walk)
        return row


def posted(donation: Donation) -> Any:
    """Post the journal of a donation into the free pool."""
    book = donation.fund.book
    accounts = {account.code: account for account in book.accounts.all()}
    return post_journal(
        by=donation.recorded_by,
        book=book,
        kind="DONATION",
        key=f"donation:{donation.pk}",
        posted_on=ENTERED_AT.date(),
        memo="捐赠",
        lines=[Line(accounts["source:donor"], accounts["pool:free"], donation.amount)],
        now=ENTERED_AT,
    )


class MatchingPromiseFactory(DjangoModelFactory[MatchingPromise]):
    """A promise of one yuan to each yuan up to 1,000 yuan for the year 2026; the trait confirms its deposit."""

    class Meta:
        model = MatchingPromise

    class Params:
        funded = factory.Trait(walk=["FUNDED"])

    walk = ()
    fund: Any = factory.SubFactory(CommunityFundFactory, active=True)
    matcher = "自贡市某企业"
    ratio = Decimal("1.00")
    cap = Decimal("1000.00")
    starts_on = dt.date(2026, 1, 1)
    ends_on = dt.date(2026, 12, 31)
    proposed_by: Any = factory.SubFactory(UserFactory)
    proposed_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        if walk:
            MatchingPromise.objects.filter(pk=row.pk).update(reference="存入1")
        walk_to(row, walk)
        return row


class DonationStationFactory(DjangoModelFactory[DonationStation]):
    """A station of a charity in a place."""

    class Meta:
        model = DonationStation

    name = factory.Sequence("第{}捐赠接收站".format)
    charity: Any = factory.SubFactory(HostCharityFactory)
    division: Any = factory.SubFactory(DivisionFactory)
    place = "檀木林大街1号"
    hours = "周一至周五 9:00-17:00"
    contact = "0813-8000000"
    takes = "衣物、图书、现金"
    valid_from = dt.date(2026, 1, 1)
