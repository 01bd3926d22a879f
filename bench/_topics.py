"""Topics with what hangs on them, and a directory of organizations: finished rows, made by the models without chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from bench._people import account
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import PublicNotice
from communities.territory.models import Division
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, OpinionSupport, PhaseKind, Stance, Topic, TopicMatter, TopicPhase
from governance.accounts.models import UserKind
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import OrganizationType, SocialOrganization, Standing

GUARDED = (PublicNotice, Matter, Topic, TopicPhase, TopicMatter, Opinion, OpinionSupport, SocialOrganization)
BATCH = 5000
SUPPORTERS = 5
PHASES = ((PhaseKind.DISCUSSION, -5, 5), (PhaseKind.VOTE, 5, 10))
"""Kind, first and last day from now: the discussion runs."""


def fill_topics(place: Division, count: int, *, by: int, now: dt.datetime) -> list[int]:
    """Insert topics under deliberation, each with a notice, a matter and two phases; return their keys."""
    first, today = Matter.objects.count(), now.date()
    numbers = range(1, count + 1)
    with _unguarded():
        notices = PublicNotice.objects.bulk_create(
            [
                PublicNotice(
                    title=f"议题公告 {number}",
                    body="议题公告",
                    division=place,
                    minimum_days=5,
                    contact="社区居委会",
                    starts_on=today - dt.timedelta(days=20),
                    ends_on=today - dt.timedelta(days=10),
                    status=NoticeStatus.CLOSED_CLEAR,
                    drafted_at=now,
                    drafted_by_id=by,
                    posted_at=now,
                    posted_by_id=by,
                    closed_at=now,
                )
                for number in numbers
            ],
            BATCH,
        )
        matters = Matter.objects.bulk_create(
            [matter_of(first + number, place, by=by, now=now) for number in numbers], BATCH
        )
        topics = Topic.objects.bulk_create(
            [_topic(number, place, notice, by=by, now=now) for number, notice in zip(numbers, notices, strict=True)],
            BATCH,
        )
        TopicMatter.objects.bulk_create(
            [TopicMatter(topic=topic, matter=matter) for topic, matter in zip(topics, matters, strict=True)], BATCH
        )
        TopicPhase.objects.bulk_create(
            [
                TopicPhase(
                    topic=topic,
                    kind=kind,
                    opens_at=now + dt.timedelta(days=opens),
                    closes_at=now + dt.timedelta(days=closes),
                )
                for topic in topics
                for kind, opens, closes in PHASES
            ],
            BATCH,
        )
    return [topic.pk for topic in topics]


def matter_of(number: int, place: Division, *, by: int, now: dt.datetime) -> Matter:
    """Return a matter that was sorted and taken up; it is not saved."""
    return Matter(
        number=f"B-{number}",
        title="居民反映楼道照明问题",
        text="请社区协调更换楼道灯具。",
        summary=f"楼道照明问题第{number}号",
        division=place,
        channel=MatterChannel.PAGE,
        is_anonymous=True,
        status=MatterStatus.TAKEN_UP,
        raised_at=now,
        recorded_by_id=by,
        raised_by_id=by,
        three_way=ThreeWay.SMALL,
        sort_reason="几栋楼共同的事",
        route=Route.DELIBERATION,
        due_on=now.date(),
        sorted_at=now,
        sorted_by_id=by,
        taken_up_at=now,
    )


def _topic(number: int, place: Division, notice: PublicNotice, *, by: int, now: dt.datetime) -> Topic:
    return Topic(
        title=f"楼道照明改造方案第{number}号",
        text="居民希望在校门口增设路灯和座椅，方便老人和孩子夜间出行。" * 20,
        affected="全体居民",
        division=place,
        notice=notice,
        status=TopicStatus.DELIBERATED,
        prepared_at=now,
        prepared_by_id=by,
        announced_at=now,
        deliberated_at=now,
        list_class="AFFAIRS",
        list_item=5,
        list_item_name="环境与设施",
    )


def fill_opinions(topic: int, count: int, *, now: dt.datetime) -> None:
    """Insert opinions of many people on a topic, each with five supporters."""
    stances = (Stance.FOR, Stance.AGAINST, Stance.NEUTRAL)
    with _unguarded():
        people = [
            account(f"speaker-{topic}-{number}", UserKind.RESIDENT, now=now)
            for number in range(1, max(count, SUPPORTERS) + 1)
        ]
        opinions = Opinion.objects.bulk_create(
            [
                Opinion(
                    topic_id=topic,
                    author=author,
                    text="我支持这个方案，拐角处冬天很暗，老人容易摔倒。" * 4,
                    stance=stances[number % len(stances)],
                    given_at=now,
                )
                for number, author in enumerate(people[:count])
            ],
            BATCH,
        )
        OpinionSupport.objects.bulk_create(
            [
                OpinionSupport(opinion=opinion, user=user, supported_at=now)
                for opinion in opinions
                for user in people[:SUPPORTERS]
            ],
            BATCH,
        )


def fill_organizations(place: Division, count: int, *, by: int, now: dt.datetime) -> None:
    """Insert organizations filed with a street."""
    with _unguarded():
        SocialOrganization.objects.bulk_create(
            [
                SocialOrganization(
                    name=f"社区互助队第{number}号",
                    organization_type=OrganizationType.COMMUNITY_ORGANIZATION,
                    standing=Standing.FILED,
                    filing_number=f"B-{number}",
                    division=place,
                    registrar="街道办事处",
                    supervising_body="社区居委会",
                    head_name="李建国",
                    scope="邻里互助",
                    founded_on=dt.date(2020, 1, 1),
                    status=OrganizationStatus.ACTIVE,
                    entered_at=now,
                    entered_by_id=by,
                    verified_at=now,
                )
                for number in range(1, count + 1)
            ],
            BATCH,
        )


@contextmanager
def _unguarded() -> Iterator[None]:
    """Let the row triggers look away: the rows come finished."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model in GUARDED:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in GUARDED:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} ENABLE TRIGGER USER")
