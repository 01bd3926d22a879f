"""Topics with what hangs on them, and a directory of organizations, brought in by single statements without chance."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from communities.territory.models import Division

GUARDED = (
    "communities_publicnotice",
    "consultation_matter",
    "consultation_topic",
    "consultation_topicphase",
    "consultation_topicmatter",
    "consultation_opinion",
    "consultation_opinionsupport",
    "socialorgs_socialorganization",
)

# One notice, one matter, and two phases, of which the first runs, for each topic.
TOPICS = """
WITH notice AS (
    INSERT INTO communities_publicnotice (title, body, division_id, minimum_days, day_kind, contact, basis, starts_on,
        ends_on, is_end_provisional, status, drafted_at, drafted_by_id, posted_at, posted_by_id, closed_at)
    SELECT '议题公告 ' || number, '议题公告', %(place)s, 5, 'CALENDAR', '社区居委会', '', %(now)s::date - 20,
        %(now)s::date - 10, false, 'CLOSED_CLEAR', %(now)s, %(by)s, %(now)s, %(by)s, %(now)s
    FROM generate_series(1, %(count)s) AS number RETURNING id
), matter AS (
    INSERT INTO consultation_matter (number, title, text, summary, place, division_id, channel, raised_for, contact,
        is_anonymous, external_reference, status, raised_at, recorded_by_id, raised_by_id, three_way, sort_reason, route,
        due_on, is_due_provisional, sorted_at, sorted_by_id, taken_up_at, transferred_to, reply, close_reason)
    SELECT 'B-' || %(first)s + number, '居民反映楼道照明问题', '请社区协调更换楼道灯具。', '楼道照明问题第' || number || '号', '',
        %(place)s, 'PAGE', '', '', true, '', 'TAKEN_UP', %(now)s, %(by)s, %(by)s, 'SMALL', '几栋楼共同的事',
        'DELIBERATION', %(now)s::date, false, %(now)s, %(by)s, %(now)s, '', '', ''
    FROM generate_series(1, %(count)s) AS number RETURNING id
), topic AS (
    INSERT INTO consultation_topic (title, text, affected, division_id, notice_id, status, prepared_at, prepared_by_id,
        announced_at, deliberated_at, list_class, list_item, list_item_name, pace, refusal, version)
    SELECT '楼道照明改造方案第' || number || '号', repeat('居民希望在校门口增设路灯和座椅，方便老人和孩子夜间出行。', 20), '全体居民',
        %(place)s, id, 'DELIBERATED', %(now)s, %(by)s, %(now)s, %(now)s, 'AFFAIRS', 5, '环境与设施', 'NORMAL', '', 1
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM notice) AS numbered RETURNING id
), origin AS (
    INSERT INTO consultation_topicmatter (topic_id, matter_id)
    SELECT topic.id, matter.id
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM topic) AS topic
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS number FROM matter) AS matter USING (number)
), phase AS (
    INSERT INTO consultation_topicphase (topic_id, kind, opens_at, closes_at)
    SELECT id, kind, %(now)s + opens * interval '1 day', %(now)s + closes * interval '1 day'
    FROM topic, (VALUES ('DISCUSSION', -5, 5), ('VOTE', 5, 10)) AS phases (kind, opens, closes)
)
SELECT id FROM topic ORDER BY id
"""

# Opinions of many people, each with five supporters.
OPINIONS = """
WITH author AS (
    INSERT INTO accounts_user (password, username, kind, display_name, phone, phone_verified, is_active, is_elder_mode,
        joined_at)
    SELECT '!', 'speaker-' || %(topic)s || '-' || number, 'RESIDENT', '王小明', '', true, true, false, %(now)s
    FROM generate_series(1, %(count)s) AS number RETURNING id
), opinion AS (
    INSERT INTO consultation_opinion (topic_id, author_id, text, stance, given_at, hidden_reason, depth)
    SELECT %(topic)s, id, repeat('我支持这个方案，拐角处冬天很暗，老人容易摔倒。', 4),
        (ARRAY['FOR', 'AGAINST', 'NEUTRAL'])[1 + id %% 3], %(now)s, '', 0
    FROM author RETURNING id
)
INSERT INTO consultation_opinionsupport (opinion_id, user_id, supported_at)
SELECT opinion.id, supporter.id, %(now)s
FROM opinion, (SELECT id FROM accounts_user WHERE kind = 'RESIDENT' ORDER BY id LIMIT 5) AS supporter
"""

ORGANIZATIONS = """
INSERT INTO socialorgs_socialorganization (name, organization_type, standing, filing_number, service_class, division_id,
    registrar, supervising_body, head_name, contact, scope, founded_on, status, entered_at, entered_by_id, verified_at)
SELECT '社区互助队第' || number || '号', 'COMMUNITY_ORGANIZATION', 'FILED', 'B-' || number, '', %(place)s, '街道办事处',
    '社区居委会', '李建国', '', '邻里互助', '2020-01-01', 'ACTIVE', %(now)s, %(by)s, %(now)s
FROM generate_series(1, %(count)s) AS number
"""


def fill_topics(place: Division, count: int, *, by: int, now: dt.datetime) -> list[int]:
    """Insert topics under deliberation and return their keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM consultation_matter")
        first = cursor.fetchone()[0]
    values = {"place": place.pk, "count": count, "by": by, "now": now, "first": first}
    return [row[0] for row in _unguarded(TOPICS, values)]


def fill_opinions(topic: int, count: int, *, now: dt.datetime) -> None:
    """Insert opinions on a topic with their authors and supporters."""
    _unguarded(OPINIONS, {"topic": topic, "count": count, "now": now})


def fill_organizations(place: Division, count: int, *, by: int, now: dt.datetime) -> None:
    """Insert organizations filed with a street."""
    _unguarded(ORGANIZATIONS, {"place": place.pk, "count": count, "by": by, "now": now})


def _unguarded(statement: str, values: dict[str, object]) -> list[tuple[int]]:
    """Run a statement while the row triggers look away: the rows come finished."""
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        found: list[tuple[int]] = cursor.fetchall() if cursor.description else []
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return found
