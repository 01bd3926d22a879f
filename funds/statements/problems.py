"""The log of problems solved (民生问题解决台账): what funds paid for, why, with whose money, and whether residents accepted it.

No table of its own: read from matters, topics, decisions, requests and payments. Money in one pool bears no names; what
a use took from a pool counts to the sources in proportion to what each had put into it by then, in whole fen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Case, Count, Model, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.topics.models import TopicMatter
from funds.ledger.policy import STANDARD_NAMES
from funds.spending.lifecycle import PaymentStatus
from funds.spending.models import Payment, SpendingRequest
from governance.money import ZERO, YuanField, split

if TYPE_CHECKING:
    import datetime as dt

    from django_stubs_ext import StrOrPromise

    from communities.territory.models import Division
    from consultation.decisions.models import Decision
    from consultation.matters.models import Matter
    from consultation.topics.models import Topic

MOST_PROBLEMS = 2000
OTHER = "pool"

WEIGHTS = """
SELECT asked.request, source.code, max(source.name),
    sum(CASE WHEN transfer.source_id = source.id THEN transfer.amount ELSE -transfer.amount END)
FROM unnest(%(requests)s::bigint[], %(pools)s::bigint[], %(heads)s::bigint[]) AS asked (request, pool, head)
JOIN funds_account AS pool ON pool.id = asked.pool
JOIN funds_transfer AS transfer ON transfer.target_id = pool.id OR transfer.source_id = pool.id
JOIN funds_journal AS journal ON journal.id = transfer.journal_id AND journal.sequence <= asked.head
JOIN funds_account AS source ON source.kind = 'SOURCE'
    AND source.id = CASE WHEN transfer.target_id = pool.id THEN transfer.source_id ELSE transfer.target_id END
GROUP BY asked.request, source.code
"""


@dataclass(frozen=True, slots=True)
class Share:
    """What one source of money has paid."""

    code: str
    name: StrOrPromise
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Problem:
    """One use of a fund's money for what residents had raised; the need stands in a decision, a topic or one matter."""

    request: SpendingRequest
    matters: int
    paid: Decimal
    last_paid_on: dt.date | None
    shares: Sequence[Share]

    @property
    def need(self) -> Decision | Topic | Matter | SpendingRequest:
        """What it goes back to: what residents have decided, raised as a topic or told, or else the request itself."""
        return self.request.decision or self.request.topic or self.request.matter or self.request

    @property
    def title(self) -> str:
        """What the need is called."""
        decision = self.request.decision
        return str(decision.topic.title if decision else getattr(self.need, "title", self.need))

    @property
    def place(self) -> Division:
        """Where the need arose."""
        return self.need.division

    @property
    def accepted_at(self) -> dt.datetime | None:
        """When the result was accepted: by the residents who had decided, or for the fund."""
        decision = self.request.decision
        return (decision.accepted_at if decision else None) or self.request.accepted_at

    @property
    def is_solved(self) -> bool:
        """Whether the money was paid and the result was accepted."""
        return self.paid > 0 and self.accepted_at is not None


@dataclass(frozen=True)
class ProblemLog:
    """The problems of a place, newest first, and their sums by source."""

    problems: Sequence[Problem]

    @property
    def solved(self) -> int:
        """How many matters of residents were solved; each counts once, however many payments it took."""
        found: dict[Model, int] = {}
        for problem in self.problems:
            if problem.is_solved:
                decision = problem.request.decision
                found[decision.topic if decision else problem.need] = problem.matters
        return sum(found.values())

    @property
    def paid(self) -> Decimal:
        """All that was paid."""
        return sum((problem.paid for problem in self.problems), ZERO)

    @property
    def sources(self) -> list[tuple[Share, int]]:
        """What each source has paid, and towards how many uses; largest first."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        names: dict[str, StrOrPromise] = {}
        uses: dict[str, int] = defaultdict(int)
        for problem in self.problems:
            for share in problem.shares:
                sums[share.code] += share.amount
                names[share.code] = share.name
                uses[share.code] += 1
        ordered = sorted(sums, key=lambda code: (-sums[code], code))
        return [(Share(code, names[code], sums[code]), uses[code]) for code in ordered]

    def cells(self) -> list[list[object]]:
        """Return the log as rows of a table, the heading first."""
        heading: list[object] = [
            *(_("Problem"), _("Place"), _("Matters"), _("Use"), _("Fund"), _("Paid (yuan)"), _("Last paid on")),
            *(_("Accepted by residents"), _("Sources of the money")),
        ]
        return [heading, *(_cells(problem) for problem in self.problems)]


def _cells(problem: Problem) -> list[object]:
    request = problem.request
    accepted = problem.accepted_at
    return [
        problem.title,
        problem.place.name,
        problem.matters,
        f"{request.number} {request.title}",
        request.fund.short_name,
        problem.paid,
        problem.last_paid_on.isoformat() if problem.last_paid_on else "",
        timezone.localdate(accepted).isoformat() if accepted else "",
        "; ".join(f"{share.name} {share.amount}" for share in problem.shares),
    ]


def problems_of(division: Division) -> ProblemLog:
    """Return the log of a place and all below it: uses of which something was paid, newest first; three queries."""
    paid = Payment.objects.filter(request=OuterRef("pk"), status=PaymentStatus.PAID).order_by().values("request")
    origin = TopicMatter.objects.filter(topic=OuterRef("origin")).order_by().values("topic")
    arose, absent = Q(), Q()
    for need in ("decision", "topic", "matter", "fund"):
        arose |= absent & Q(**{f"{need}__division__path__startswith": division.path})
        absent &= Q(**{need: None})
    rows = (
        SpendingRequest.objects.filter(arose, payments__status=PaymentStatus.PAID)
        .annotate(
            paid=Coalesce(Subquery(paid.annotate(sum=Sum("amount")).values("sum")), ZERO, output_field=YuanField()),
            last_paid_on=Subquery(
                Payment.objects.filter(request=OuterRef("pk"), status=PaymentStatus.PAID)
                .order_by("-paid_on")
                .values("paid_on")[:1]
            ),
            origin=Coalesce("decision__topic", "topic"),
        )
        .annotate(
            matters=Coalesce(
                Subquery(origin.annotate(count=Count("pk")).values("count")),
                Case(When(matter__isnull=False, then=1), default=0),
            ),
        )
        .select_related("decision__topic", "decision__division", "topic__division", "matter__division")
        .select_related("fund__division", "hold_journal")
        .distinct()
        .order_by("-pk")[:MOST_PROBLEMS]
    )
    found: list[Any] = list(rows)
    weights = _weights(found)
    return ProblemLog(
        [
            Problem(row, row.matters, row.paid, row.last_paid_on, _shares(row.paid, weights.get(row.pk, {})))
            for row in found
        ]
    )


def _weights(requests: Sequence[SpendingRequest]) -> dict[int, dict[str, tuple[str, Decimal]]]:
    """Return what each source had put into the pool of each request by the time its money was held; one query."""
    found: dict[int, dict[str, tuple[str, Decimal]]] = defaultdict(dict)
    held = [row for row in requests if row.hold_journal is not None]
    if not held:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT journal_id, source_id FROM funds_transfer WHERE journal_id = ANY(%s) AND line = 1",
            [[row.hold_journal_id for row in held]],
        )
        pools = dict(cursor.fetchall())
        cursor.execute(
            WEIGHTS,
            {
                "requests": [row.pk for row in held],
                "pools": [pools[row.hold_journal_id] for row in held],
                "heads": [row.hold_journal.sequence for row in held],  # type: ignore[union-attr]  # filtered above
            },
        )
        for request, code, name, amount in cursor.fetchall():
            if amount > 0:
                found[request][code] = (name, amount)
    return found


def _shares(paid: Decimal, weights: Mapping[str, tuple[str, Decimal]]) -> list[Share]:
    if not paid:
        return []
    if not weights:
        return [Share(OTHER, gettext_lazy("moved from another pool"), paid)]
    codes = sorted(weights)
    parts = split(paid, [weights[code][1] for code in codes])
    named = (
        Share(code, STANDARD_NAMES.get(code, weights[code][0]), part) for code, part in zip(codes, parts, strict=True)
    )
    return [share for share in named if share.amount]
