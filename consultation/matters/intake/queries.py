"""Similar matters, people behind matters that are handled together, needs by field, the express line in figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Exists, Func, IntegerField, OuterRef, Q, QuerySet, Value

from communities.people.queries import resident_of
from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value, values
from consultation.matters.intake.lifecycle import JoiningStatus
from consultation.matters.intake.models import LIVE, MatterIntake, MatterJoining, MatterSlip, MatterSupport, NeedField
from consultation.matters.intake.policy import (
    CANDIDATES,
    FEWEST_SIGNS,
    SHOWN_SIMILAR,
    SIMILAR_DAYS,
    SIMILAR_PERCENT,
    grams_of,
    read_code,
)
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from governance.accounts.secrets import keyed_hash

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.people.models import Resident
    from communities.territory.models import Division
    from governance.accounts.models import User

# How often a character pair stands in matters is what the planner knows of the column (pg_stats): nobody keeps it.
# A search opens the rarest pairs first and as many of them as CANDIDATES rows are expected for, at least three; what
# they lead to is compared in full. Before the first ANALYZE all pairs count as rare.
_RAREST = """
WITH known AS (
    SELECT unnest(most_common_elems::text::int[]) AS gram, unnest(most_common_elem_freqs[1:cardinality(
        most_common_elems::text::int[])]) AS share
    FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'consultation_matterintake' AND attname = 'grams'
), size AS (
    SELECT greatest(reltuples, 0) AS many FROM pg_class WHERE oid = 'consultation_matterintake'::regclass
), asked AS (
    SELECT gram, coalesce(share, 0) * many AS rows FROM unnest(%(grams)s::int[]) AS gram
    LEFT JOIN known USING (gram) CROSS JOIN size
), ordered AS (
    SELECT gram, row_number() OVER w AS place, sum(rows) OVER w AS rows_so_far
    FROM asked WINDOW w AS (ORDER BY rows, gram)
)
SELECT coalesce(array_agg(gram), '{}') FROM ordered WHERE place <= 3 OR rows_so_far <= %(candidates)s
"""

_SIMILAR = """
WITH candidate AS MATERIALIZED ( -- pair by pair, which OFFSET 0 keeps so: else the planner reads the whole table
    SELECT DISTINCT ON (hit.matter_id) hit.matter_id, hit.grams FROM unnest(%(rare)s::int[]) AS pair CROSS JOIN LATERAL (
        SELECT i.matter_id, i.grams FROM consultation_matterintake AS i WHERE i.grams @> ARRAY[pair] OFFSET 0
    ) AS hit ORDER BY hit.matter_id DESC LIMIT %(candidates)s
), compared AS MATERIALIZED (
    SELECT matter_id, (
        SELECT count(*) FROM unnest(grams) AS gram WHERE gram = ANY(%(grams)s::int[])
    ) / sqrt(cardinality(grams)::float * %(size)s) AS closeness
    FROM candidate WHERE cardinality(grams) BETWEEN %(fewest)s AND %(most)s
)
SELECT m.id, c.closeness FROM compared AS c
JOIN consultation_matter AS m ON m.id = c.matter_id JOIN communities_division AS d ON d.id = m.division_id
WHERE c.closeness >= %(least)s AND m.id <> %(but)s AND m.raised_at >= %(since)s AND m.status <> 'WITHDRAWN'
    AND m.kind <> 'REPORT' -- whoever gave a tip-off is protected
    AND starts_with(d.path, %(path)s)
    AND (%(all)s OR (m.three_way IN ('BIG', 'SMALL') AND m.summary <> '' AND NOT EXISTS (
        SELECT 1 FROM consultation_matterjoining AS j WHERE j.matter_id = m.id AND j.status IN ('ASKED', 'STANDING')
    )))
ORDER BY c.closeness DESC, m.id DESC LIMIT %(shown)s
"""


def similar_to(
    text: str,
    *,
    division: Division,
    today: dt.date,
    is_public_only: bool = True,
    but: Matter | None = None,
    shown: int = SHOWN_SIMILAR,
) -> list[tuple[Matter, float]]:
    """Return the matters at and below a place whose words are close to a text, closest first, with their closeness.

    Closeness is the cosine of the two sets of character pairs, 0 to 1; the rule `matter.similar_percent` says from
    where on matters count as similar. With `is_public_only` none but matters of which everybody may know, of those handled together the lead. Four queries.
    """
    grams = grams_of(text)
    if len(grams) < FEWEST_SIGNS:
        return []
    percent, days = values([SIMILAR_PERCENT, SIMILAR_DAYS], division, today)
    least, since = percent / 100, today - dt.timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(_RAREST, {"grams": grams, "candidates": CANDIDATES})
        rare = cursor.fetchone()[0]
        cursor.execute(
            _SIMILAR,
            {
                "grams": grams,
                "rare": rare,
                "candidates": CANDIDATES,
                "size": len(grams),
                # A set that is too small or too large cannot reach the share, whatever it holds.
                "fewest": max(least * least * len(grams), 1),
                "most": len(grams) / (least * least) if least else 2**31 - 1,
                "least": least,
                "since": since,
                "but": but.pk if but is not None else 0,
                "path": division.path,
                "all": not is_public_only,
                "shown": shown,
            },
        )
        found = dict(cursor.fetchall())
    rows = Matter.objects.for_list().in_bulk(list(found))
    return [(rows[key], closeness) for key, closeness in found.items()]


# A person is the log-in, or the resident on the register, or the telephone number that was left, or else unknown: then
# one for each matter. Two of the same name are never taken for one.
_PEOPLE = """
WITH member AS (
    SELECT root, root AS matter_id FROM unnest(%(roots)s::bigint[]) AS root
    UNION
    SELECT lead_id, matter_id FROM consultation_matterjoining
    WHERE lead_id = ANY(%(roots)s::bigint[]) AND status = 'STANDING'
), person AS (
    SELECT root, CASE
        WHEN m.raised_by_id IS NOT NULL THEN 'u' || m.raised_by_id
        WHEN r.user_id IS NOT NULL THEN 'u' || r.user_id
        WHEN r.id IS NOT NULL THEN 'r' || r.id
        WHEN u.id IS NOT NULL THEN 'u' || u.id
        WHEN i.phone_hash <> '' THEN 'p' || i.phone_hash
        ELSE 'm' || m.id END AS key
    FROM member JOIN consultation_matter AS m ON m.id = member.matter_id AND (m.status <> 'WITHDRAWN' OR m.id = root)
    LEFT JOIN consultation_matterintake AS i ON i.matter_id = m.id
    LEFT JOIN communities_resident AS r ON r.id = i.resident_id
    LEFT JOIN accounts_user AS u ON i.phone_hash <> '' AND u.phone_hash = i.phone_hash AND u.phone_verified
    UNION
    SELECT root, CASE
        WHEN s.user_id IS NOT NULL THEN 'u' || s.user_id
        WHEN r.user_id IS NOT NULL THEN 'u' || r.user_id
        ELSE 'r' || s.resident_id END
    FROM member JOIN consultation_mattersupport AS s ON s.matter_id = member.matter_id AND s.withdrawn_at IS NULL
    LEFT JOIN communities_resident AS r ON r.id = s.resident_id
)
SELECT root, count(*) FROM person GROUP BY root
"""
_EACH, _ONE = "SELECT root, count(*) FROM person GROUP BY root", "SELECT count(*) FROM person"


class People(Func):
    """How many people stand behind the matter of a row, as `people_behind` counts them."""

    template = "(" + _PEOPLE.replace("%(roots)s", "ARRAY[%(expressions)s]").replace(_EACH, _ONE) + ")"
    output_field = IntegerField()


def people_behind(matters: Iterable[Matter]) -> dict[int, int]:
    """Return for each matter how many people stand behind it and those that are handled together with it; one query.

    People are counted, not clicks: who raised one and supported another is one person.
    """
    roots = [matter.pk for matter in matters]
    if not roots:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"roots": roots})
        return dict(cursor.fetchall())


def lead_of(matter: Matter) -> MatterJoining | None:
    """Return the joining that is asked about or stands, by which a matter is handled together with another; one query."""
    return (
        MatterJoining.objects.live().filter(matter=matter).select_related("lead__division", "matter__division").first()
    )


def joined_to(matter: Matter) -> list[MatterJoining]:
    """Return what is handled together with a matter, at most fifty; one query."""
    rows = MatterJoining.objects.filter(lead=matter, status=JoiningStatus.STANDING)
    return list(rows.select_related("matter").order_by("pk")[:50])


def joinings_of(matter: Matter) -> tuple[MatterJoining | None, list[MatterJoining]]:
    """Return with what a matter is handled together, or asked to be, and what is with it; a lead has no lead; one query."""
    own = Q(matter=matter, status__in=LIVE) | Q(lead=matter, status=JoiningStatus.STANDING)
    rows = list(MatterJoining.objects.filter(own).select_related("matter__division", "lead").order_by("pk")[:50])
    return next((row for row in rows if row.matter_id == matter.pk), None), [r for r in rows if r.lead_id == matter.pk]


def with_question(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """Add to matters whether the person is asked to have it handled together, as `is_asked`."""
    asked = MatterJoining.objects.filter(matter=OuterRef("pk"), status=JoiningStatus.ASKED)
    return rows.annotate(is_asked=Exists(asked))


def with_support(rows: QuerySet[Matter], user: User | AnonymousUser) -> QuerySet[Matter]:
    """Add to matters whether this person says that they are theirs as well, as `is_supported`.

    And how many do, as `people`, and whether others are handled together with them, as `is_joined`.
    """
    joined = Q(matter=OuterRef("pk"), status__in=LIVE) | Q(lead=OuterRef("pk"), status=JoiningStatus.STANDING)
    rows = rows.annotate(people=People("pk"), is_joined=Exists(MatterJoining.objects.filter(joined)))
    if not user.is_authenticated:
        return rows.annotate(is_supported=Value(False))
    own = Q(user=user) | Q(resident__user=user)
    return rows.annotate(
        is_supported=Exists(MatterSupport.objects.filter(own, matter=OuterRef("pk"), withdrawn_at=None))
    )


def matter_of_code(text: str) -> Matter | None:
    """Return the matter that the code of a slip opens; one query, none for what is no code."""
    code = read_code(text)
    if not code:
        return None
    slip = (
        MatterSlip.objects.filter(code_hash=keyed_hash(code), revoked_at=None)
        .select_related("matter__division", "matter__recorded_by")
        .first()
    )
    return slip.matter if slip else None


def lives_in(user: User | AnonymousUser, division: Division) -> bool:
    """Tell whether somebody is registered as living at or below a place, confirmed or not; one query."""
    home = resident_of(user)
    return home is not None and home.division.path.startswith(division.path)


def namesakes(division: Division, name: str) -> list[Resident]:
    """Return the residents of a place who bear a name, for staff to tell them apart; at most ten, one query."""
    return list(division.residents.living_here().filter(name=name.strip()).order_by("pk")[:10])


@dataclass(frozen=True, slots=True)
class NeedRow:
    """The needs of one field: how many came in, how many are shared, where they went."""

    name: str
    total: int
    common: int
    waiting: int
    deliberated: int
    direct: int
    department: int
    advice: int
    solved: int


def needs_by_field(division: Division, since: dt.date) -> list[NeedRow]:
    """Count the matters of a place since a day by what they are about and where they went; one query."""
    rows = (
        MatterIntake.objects.filter(
            matter__division__path__startswith=division.path, matter__raised_at__date__gte=since
        )
        .exclude(matter__status=MatterStatus.WITHDRAWN)
        .values("need_field")
        .annotate(
            total=Count("pk"),
            common=Count("pk", filter=Q(is_common=True)),
            waiting=Count("pk", filter=Q(matter__status=MatterStatus.RAISED)),
            deliberated=Count("pk", filter=Q(matter__route="DELIBERATION")),
            direct=Count("pk", filter=Q(matter__route="DIRECT")),
            department=Count("pk", filter=Q(matter__route="DEPARTMENT")),
            advice=Count("pk", filter=Q(matter__route="ADVICE")),
            solved=Count("pk", filter=Q(matter__is_solved=True)),
        )
        .order_by("need_field")
    )
    names = dict(NeedField.choices)
    return [
        NeedRow(
            name=str(names.get(row["need_field"], "")),
            total=row["total"],
            common=row["common"],
            waiting=row["waiting"],
            deliberated=row["deliberated"],
            direct=row["direct"],
            department=row["department"],
            advice=row["advice"],
            solved=row["solved"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class ExpressLine:
    """The matters of households in hardship, in figures; small ones are not told (None)."""

    received: int | None
    in_hand: int | None
    answered: int | None
    solved: int | None
    least: int
    """Counts under this one are not told."""


def express_line(division: Division, today: dt.date) -> ExpressLine:
    """Count the matters of households in hardship of a place; at most two queries."""
    least = value(SMALL_CELL, division, today)
    done = (MatterStatus.ANSWERED, MatterStatus.CLOSED)
    found = (
        MatterIntake.objects.filter(is_hardship=True, matter__division__path__startswith=division.path)
        .exclude(matter__status=MatterStatus.WITHDRAWN)
        .aggregate(
            received=Count("pk"),
            in_hand=Count("pk", filter=~Q(matter__status__in=[*done, MatterStatus.REFUSED])),
            answered=Count("pk", filter=Q(matter__status__in=done)),
            solved=Count("pk", filter=Q(matter__is_solved=True)),
        )
    )
    return ExpressLine(
        **{name: count if count == 0 or count >= least else None for name, count in found.items()}, least=least
    )


def numbered(matters: Sequence[tuple[Matter, float]]) -> list[int]:
    """Return the keys of what was found similar, as a form remembers what its writer has seen."""
    return [matter.pk for matter, _closeness in matters]
