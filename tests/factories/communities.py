"""Rows of the communities floor. A division's path needs its id, so divisions draw theirs before the INSERT."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from django.db import connection
from factory.django import DjangoModelFactory

from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Attachment, Objection, PublicNotice, Visibility
from communities.people.models import Post, Resident, Role
from communities.policy.models import DecisionRule, DocumentLevel, PassBase, PolicyDocument, PolicyParameter, RuleBase
from communities.territory.models import CodeSystem, Division, DivisionCode, DivisionLevel, Tier
from communities.venues.models import Venue
from communities.venues.policy import LINE_OF, PropertyClass
from tests.factories.accounts import UserFactory

LONG_AGO = dt.date(2020, 1, 1)
ENTERED_AT = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)


def next_ids(count: int) -> list[int]:
    """Draw ids of divisions; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('communities_division', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [int(row[0]) for row in cursor.fetchall()]


def path_below(parent: Division | None, key: int) -> str:
    """Return the path of a division below its parent."""
    return f"{parent.path if parent else '/'}{key}/"


class DivisionFactory(DjangoModelFactory[Division]):
    """A community without a parent; give `parent` and `tier` for a place in a tree."""

    class Meta:
        model = Division

    id = factory.LazyFunction(lambda: next_ids(1)[0])
    name = factory.Sequence(lambda number: f"第{number}社区居民委员会")
    short_name = factory.LazyAttribute(lambda made: made.name.removesuffix("居民委员会"))
    tier = Tier.COMMUNITY
    level = DivisionLevel.COMMUNITY
    parent: Any = None
    path = factory.LazyAttribute(lambda made: path_below(made.parent, made.id))
    valid_from = LONG_AGO


class DivisionCodeFactory(DjangoModelFactory[DivisionCode]):
    """A code of the statistical edition 2023."""

    class Meta:
        model = DivisionCode

    division: Any = factory.SubFactory(DivisionFactory)
    system = CodeSystem.NBS
    edition = 2023
    code = factory.Sequence(lambda number: f"9{number:011d}")


class PostFactory(DjangoModelFactory[Post]):
    """A post of community staff, held since long ago."""

    class Meta:
        model = Post

    user: Any = factory.SubFactory(UserFactory)
    role = Role.COMMUNITY_STAFF
    division: Any = factory.SubFactory(DivisionFactory)
    valid_from = LONG_AGO
    appointed_by: Any = factory.SubFactory(UserFactory, system=True)
    appointed_at = ENTERED_AT


class ResidentFactory(DjangoModelFactory[Resident]):
    """A person without a log-in, not yet confirmed."""

    class Meta:
        model = Resident

    division: Any = factory.SubFactory(DivisionFactory)
    name = "王小明"
    registered_at = ENTERED_AT
    registered_by: Any = factory.SubFactory(UserFactory)


class PolicyDocumentFactory(DjangoModelFactory[PolicyDocument]):
    """A national document."""

    class Meta:
        model = PolicyDocument

    title = factory.Sequence(lambda number: f"关于社区治理的意见（{number}）")
    document_number = "自府发〔2025〕1号"
    issuer = "区人民政府"
    level = DocumentLevel.NATIONAL
    effective_on = LONG_AGO
    entered_at = ENTERED_AT
    entered_by: Any = factory.SubFactory(UserFactory)


class PolicyParameterFactory(DjangoModelFactory[PolicyParameter]):
    """A draft of the term of committees, for the whole country."""

    class Meta:
        model = PolicyParameter

    key = "committee.term_years"
    value: Any = 5
    unit = "years"
    valid_from = LONG_AGO
    basis: Any = factory.SubFactory(PolicyDocumentFactory)
    entered_at = ENTERED_AT
    entered_by: Any = factory.SubFactory(UserFactory)


class DecisionRuleFactory(DjangoModelFactory[DecisionRule]):
    """More than half of the members present, more than half of those present in favor."""

    class Meta:
        model = DecisionRule

    key = factory.Sequence(lambda number: f"rule_{number}")
    family = factory.SelfAttribute("key")
    name = "过半数"
    base = RuleBase.MEMBERS
    quorum_numerator = 1
    quorum_denominator = 2
    quorum_is_strict = True
    pass_base = PassBase.PRESENT
    pass_numerator = 1
    pass_denominator = 2
    pass_is_strict = True
    valid_from = LONG_AGO
    basis = "测试"


class AttachmentFactory(DjangoModelFactory[Attachment]):
    """The row of a public file; no file is written."""

    class Meta:
        model = Attachment

    name = "公示.pdf"
    file = "attachments/2026/01/notice.pdf"
    content_type = "application/pdf"
    size = 1000
    sha256 = "0" * 64
    visibility = Visibility.PUBLIC
    division: Any = factory.SubFactory(DivisionFactory)
    uploaded_at = ENTERED_AT
    uploaded_by: Any = factory.SubFactory(UserFactory)


class PublicNoticeFactory(DjangoModelFactory[PublicNotice]):
    """A draft of a notice of five calendar days; `posted=day` puts it up on that day."""

    class Meta:
        model = PublicNotice
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"关于第{number}号事项的公示")
    body = "现予公示。"
    division: Any = factory.SubFactory(DivisionFactory)
    minimum_days = 5
    contact = "社区办公室"
    drafted_at = ENTERED_AT
    drafted_by: Any = factory.SubFactory(UserFactory)

    @factory.post_generation
    def posted(self, create: bool, extracted: dt.date | None, **kwargs: Any) -> None:
        """Take the row along the one legal pair."""
        if create and extracted:
            assert isinstance(self, PublicNotice)
            self.starts_on, self.ends_on = extracted, extracted + dt.timedelta(days=self.minimum_days)
            self.status, self.posted_at = NoticeStatus.POSTED, ENTERED_AT
            self.save()


class ObjectionFactory(DjangoModelFactory[Objection]):
    """An objection without an answer; the notice must run on the day."""

    class Meta:
        model = Objection

    notice: Any = factory.SubFactory(PublicNoticeFactory, posted=ENTERED_AT.date())
    objector: Any = factory.SubFactory(UserFactory, resident=True)
    text = "对公示内容有异议。"
    raised_at = ENTERED_AT


class BodyFactory(DjangoModelFactory[Body]):
    """A residents' committee in its first term."""

    class Meta:
        model = Body

    kind = BodyKind.RESIDENTS_COMMITTEE
    name = factory.Sequence(lambda number: f"第{number}居民委员会")
    division: Any = factory.SubFactory(DivisionFactory)
    term_from = LONG_AGO


class BodyMembershipFactory(DjangoModelFactory[BodyMembership]):
    """A seat of a resident without a log-in."""

    class Meta:
        model = BodyMembership

    body: Any = factory.SubFactory(BodyFactory)
    name = "李华"
    seat = Seat.RESIDENT
    valid_from = LONG_AGO


class VenueFactory(DjangoModelFactory[Venue]):
    """A venue of public benefit."""

    class Meta:
        model = Venue

    division = factory.SubFactory(DivisionFactory)
    name = factory.Sequence(lambda number: f"社区活动中心{number}")
    address = "檀木林街1号"
    property_class = PropertyClass.PUBLIC
    operating_line = factory.LazyAttribute(lambda made: LINE_OF[PropertyClass(made.property_class)])
    entered_at = ENTERED_AT
    entered_by = factory.SubFactory(UserFactory)
