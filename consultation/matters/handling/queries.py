"""What waits by its clock, the three rates of a place or an office, where the households of a mediation stand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, DateTimeField, F, Func, Q, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from communities.bodies.models import OFFICES, Body
from communities.notices.models import ShanghaiDay
from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value
from communities.territory.models import Division
from consultation.matters.handling.lifecycle import AssignmentStatus
from consultation.matters.handling.models import (
    Assignment,
    CallBack,
    Feedback,
    HouseholdConsent,
    Petition,
    SortingContest,
    Stance,
    TimeRequest,
)
from consultation.matters.handling.policy import SATISFIED
from consultation.matters.intake.policy import pairs_of
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterKind, ThreeWay
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from governance.accounts.models import User

MOST_PROVIDERS = 12
MOST_ASKED = 300
"""Organizations among which providers are looked for, the nearest first; a district has some hundreds."""
MOST_ON_BOARD = 300
SOON = dt.timedelta(hours=24)
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest word of one household, and how often it was asked."""

    household: str
    stance: str
    label: str
    words: str
    mediation: str
    asked: int


def standing_of(matter: Matter) -> list[Standing]:
    """Return where each household stands, by its latest word; one query."""
    return _standing(list(HouseholdConsent.objects.filter(matter=matter).order_by("pk")))


def _standing(rows: list[HouseholdConsent]) -> list[Standing]:
    asked = Counter(row.household for row in rows)
    latest = {row.household: row for row in rows}
    return [
        Standing(home, row.stance, str(Stance(row.stance).label), row.words, row.mediation, asked[home])
        for home, row in sorted(latest.items())
    ]


def providers_for(matter: Matter) -> list[SocialOrganization]:
    """Return the organizations of the place and above it that offer what a private affair asks for; one query.

    Asked for is the item of the reference list, else what the person wrote in one line. Those whose name or scope of
    activity shares the most with it come first, then the nearest; words that most of them bear tell nobody apart.
    """
    near = SocialOrganization.objects.visible_to(AnonymousUser()).filter(division__in=matter.division.ancestor_ids)
    rows = list(near.order_by("-division__tier", "name", "pk")[:MOST_ASKED])
    offered = [pairs_of(f"{row.name}\n{row.scope}") for row in rows]
    borne = Counter(pair for pairs in offered for pair in pairs)
    telling = {pair for pair in pairs_of(matter.reference_text or matter.title) if 2 * borne[pair] <= max(len(rows), 2)}
    fitting = [(-len(telling & pairs), place) for place, pairs in enumerate(offered) if telling & pairs]
    return [rows[place] for _shared, place in sorted(fitting)[:MOST_PROVIDERS]]


class EndOfDay(Func):
    """The moment at which a day is over in the district."""

    template = "((%(expressions)s + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')"
    output_field = DateTimeField()


@dataclass(frozen=True, slots=True)
class Board:
    """What waits by its clock: overdue, within the day, within the week, later, and what rests."""

    late: list[Matter] = field(default_factory=list)
    hours: list[Matter] = field(default_factory=list)
    today: list[Matter] = field(default_factory=list)
    week: list[Matter] = field(default_factory=list)
    later: list[Matter] = field(default_factory=list)
    resting: list[Matter] = field(default_factory=list)
    is_cut: bool = False


def board_of(user: User, now: dt.datetime) -> Board:
    """Return what lies on somebody's desk, sorted by the moment at which each step is late; two queries at most."""
    today = timezone.localdate(now)
    on_desk = Matter.objects.on_desk_of(user).select_related("division")
    ends = Coalesce("due_at", EndOfDay("due_on"))
    rows = list(on_desk.ticking().annotate(late_at=ends).order_by("late_at", "pk")[: MOST_ON_BOARD + 1])
    board = Board(is_cut=len(rows) > MOST_ON_BOARD)
    for row in rows[:MOST_ON_BOARD]:
        _column(board, row, now, today).append(row)
    board.resting.extend(on_desk.filter(paused_at__isnull=False).order_by("paused_at", "pk")[:MOST_ON_BOARD])
    return board


def _column(board: Board, row: Matter, now: dt.datetime, today: dt.date) -> list[Matter]:
    """Return the column of the board in which a matter stands."""
    if row.has_lapsed(now, today):
        return board.late
    if row.due_at is not None and row.due_at - now <= SOON:
        return board.hours
    if row.due_on == today:
        return board.today
    return board.week if row.due_on is not None and row.due_on - today <= WEEK else board.later


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with what it is of; hidden where it would speak of too few people."""

    numerator: int | None
    denominator: int | None
    is_hidden: bool = False

    @property
    def percent(self) -> str:
        """The rate with one decimal, never rounded up to the whole; empty where hidden or of nothing."""
        if self.is_hidden or not self.denominator or self.numerator is None:
            return ""
        tenths = self.numerator * 1000 // self.denominator
        return f"{tenths // 10}.{tenths % 10}"


HIDDEN = Share(None, None, is_hidden=True)


@dataclass(frozen=True, slots=True)
class Rates:
    """The three rates of a place or an office over a period, and how many matters there were."""

    name: str
    key: int | None
    count: int | None
    response: Share
    solution: Share
    satisfaction: Share


_ANSWERED = (MatterStatus.ANSWERED, MatterStatus.CLOSED, MatterStatus.REFUSED)
_IN_TIME = Q(due_at__isnull=False, answered_at__lte=F("due_at")) | Q(due_at=None, answered_day__lte=F("due_on"))
_FIGURES = {
    "count": Count("pk", distinct=True),
    "answered": Count("pk", distinct=True, filter=Q(status__in=_ANSWERED, answered_at__isnull=False)),
    "in_time": Count("pk", distinct=True, filter=Q(status__in=_ANSWERED, answered_at__isnull=False) & _IN_TIME),
    "late": Count("pk", distinct=True, filter=Q(overdue_at__isnull=False) & ~Q(status__in=_ANSWERED)),
    "spoken": Count("pk", distinct=True, filter=Q(is_solved__isnull=False)),
    "solved": Count("pk", distinct=True, filter=Q(is_solved=True)),
    "rated": Count("pk", distinct=True, filter=Q(satisfaction__isnull=False)),
    "satisfied": Count("pk", distinct=True, filter=Q(satisfaction__gte=SATISFIED)),
}


def _counted(place: Division, since: dt.date, until: dt.date) -> Any:
    """Return the matters of a place that came in within a half-open period, tip-offs and what was taken back left out."""
    zone = timezone.get_default_timezone()
    begins, ends = (timezone.make_aware(dt.datetime.combine(day, dt.time()), zone) for day in (since, until))
    rows = Matter.objects.in_division(place).filter(raised_at__gte=begins, raised_at__lt=ends)
    return (
        rows.exclude(kind=MatterKind.REPORT)
        .exclude(status=MatterStatus.WITHDRAWN)
        .annotate(answered_day=ShanghaiDay("answered_at"))
    )


def rates_by_place(place: Division, since: dt.date, until: dt.date) -> list[Rates]:
    """Return the three rates of a place and of those right below it; three queries.

    Figures of fewer matters than the rule of small cells allows are hidden, and where only one row is hidden the next
    smallest with it: otherwise the sum would tell it.
    """
    cell = value(SMALL_CELL, place, since)
    grouped = _counted(place, since, until).values("division__path").annotate(**_FIGURES).order_by("division__path")
    below = list(Division.objects.filter(parent=place).order_by("pk"))
    sums: dict[int, Counter[str]] = {one.pk: Counter() for one in (place, *below)}
    for row in grouped:
        path = row.pop("division__path")
        sums[place.pk].update(row)
        for child in below:
            if path.startswith(child.path):
                sums[child.pk].update(row)
    hidden = _hidden([sums[child.pk] for child in below], cell)
    found = [_rates(place.short_name, place.pk, sums[place.pk], cell, is_hidden=False)]
    found += [
        _rates(child.short_name, child.pk, sums[child.pk], cell, is_hidden=number in hidden)
        for number, child in enumerate(below)
        if sums[child.pk]["count"]
    ]
    return found


def _hidden(rows: list[Counter[str]], cell: int) -> set[int]:
    """Return which rows are hidden: those below the cell, and the next smallest where it would be one alone."""
    filled = [(row["count"], number) for number, row in enumerate(rows) if row["count"]]
    hidden = {number for count, number in filled if count < cell}
    if len(hidden) == 1:
        hidden |= {number for _count, number in sorted(pair for pair in filled if pair[1] not in hidden)[:1]}
    return hidden


def _rates(name: str, key: int | None, row: Counter[str], cell: int, *, is_hidden: bool) -> Rates:
    if is_hidden or 0 < row["count"] < cell:
        return Rates(name, key, None, HIDDEN, HIDDEN, HIDDEN)
    return Rates(
        name,
        key,
        row["count"],
        _share(row["in_time"], row["answered"] + row["late"], cell),
        _share(row["solved"], row["spoken"], cell),
        _share(row["satisfied"], row["rated"], cell),
    )


def _share(part: int, whole: int, cell: int) -> Share:
    return HIDDEN if 0 < whole < cell else Share(part, whole)


def rates_by_office(place: Division, since: dt.date, until: dt.date) -> list[Rates]:
    """Return the three rates of the offices that led matters of a place, what came back from them left out; two queries."""
    cell = value(SMALL_CELL, place, since)
    rows: dict[int, Counter[str]] = {}
    names: dict[int, str] = {}
    orders = Q(assignments__is_lead=True) & ~Q(
        assignments__status__in=[AssignmentStatus.RETURNED, AssignmentStatus.RECALLED]
    )
    grouped = _counted(place, since, until).filter(orders).values("assignments__body", "assignments__body__name")
    for row in grouped.annotate(**_FIGURES).order_by("assignments__body"):
        key = row.pop("assignments__body")
        names[key] = row.pop("assignments__body__name")
        rows[key] = Counter(row)
    hidden = _hidden(list(rows.values()), cell)
    return [
        _rates(names[key], key, row, cell, is_hidden=number in hidden) for number, (key, row) in enumerate(rows.items())
    ]


def private_count(place: Division, since: dt.date, until: dt.date) -> int | None:
    """Return how many private affairs came in, or nothing where it is too few to tell; two queries."""
    count: int = _counted(place, since, until).filter(three_way=ThreeWay.PRIVATE).count()
    return None if 0 < count < value(SMALL_CELL, place, since) else count


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a matter, for those who read its file."""

    contest: SortingContest | None
    petition: Petition | None
    orders: list[Assignment]
    times: list[TimeRequest]
    feedbacks: list[Feedback]
    call_backs: list[CallBack]
    consents: list[Standing]
    providers: list[SocialOrganization]


def beside(matter: Matter) -> Beside:
    """Return what stands beside a matter of `for_detail`; what its state rules out is not asked for: two queries at most."""
    asked_for = {
        Feedback: True,
        Assignment: matter.sorted_at is not None or matter.status == MatterStatus.PETITION,
        TimeRequest: matter.clock_began_at is not None,
        CallBack: matter.closed_at is not None,
        HouseholdConsent: matter.kind == MatterKind.MEDIATION,
    }
    found = _of_matter(matter, [model for model, is_asked in asked_for.items() if is_asked])
    return Beside(
        getattr(matter, "contest", None),
        getattr(matter, "petition", None),
        found.get(Assignment, []),
        found.get(TimeRequest, []),
        found[Feedback],
        found.get(CallBack, []),
        _standing(found.get(HouseholdConsent, [])),
        providers_for(matter) if matter.three_way == ThreeWay.PRIVATE else [],
    )


BESIDES: dict[Any, dict[str, str]] = {Assignment: {"office": "body__name"}}
"""What is read along with rows of a table: the name of an office."""


def _of_matter(matter: Matter, models: list[Any]) -> dict[Any, list[Any]]:
    """Return the rows of several small tables that belong to a matter, the oldest first; one query."""
    first, *others = (
        model.objects.filter(matter=matter)
        .order_by()
        .values_list(
            Value(number),
            JSONObject(
                **{field.attname: field.attname for field in model._meta.concrete_fields}, **BESIDES.get(model, {})
            ),
        )
        for number, model in enumerate(models)
    )
    found: dict[Any, list[Any]] = {model: [] for model in models}
    for number, written in first.union(*others, all=True):
        model = models[number]
        columns = model._meta.concrete_fields
        read = [field.to_python(written[field.attname]) for field in columns]
        row = model.from_db(matter._state.db, [field.attname for field in columns], read)
        if model is Assignment:
            row.body = Body(pk=row.body_id, name=written["office"])
        found[model].append(row)
    return {model: sorted(rows, key=lambda row: row.pk) for model, rows in found.items()}


def offices_for(matter: Matter, day: dt.date) -> QuerySet[Body]:
    """Return the offices to which a matter can be handed, the nearest first; one query when read."""
    near = Body.objects.filter(division__in=matter.division.ancestor_ids, kind__in=OFFICES)
    return near.sitting_on(day).order_by("-division__tier", "pk")
