"""The points of the trace: how each kind of row on the way from need to result is read and named.

Every reader asks `visible_to` and names no person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Model, OuterRef, Q
from django.db.models.functions import Coalesce, JSONObject
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.ballots.models import Ballot, BallotResult
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic, TopicMatter
from funds.ledger.models import Journal, JournalKind
from funds.reinvestment.models import ReinvestmentOrder
from funds.spending.models import FundResolution, Payment, SpendingRequest
from governance.accounts.masking import mask_name, mask_text
from projects.contracts.models import Contract
from projects.evaluation.models import EvaluationPlan, EvaluationResult, Grade
from projects.volunteering.models import VolunteerActivity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User

    Viewer = User | AnonymousUser

LONGEST = 50
"""So many of one kind are shown; a topic with more is looked at through its own pages."""


class Stage(models.TextChoices):
    """The steps of the way, in order."""

    MATTER = "MATTER", gettext_lazy("Matter")
    TOPIC = "TOPIC", gettext_lazy("Topic")
    BALLOT = "BALLOT", gettext_lazy("Ballot")
    DECISION = "DECISION", gettext_lazy("Decision")
    REQUEST = "REQUEST", gettext_lazy("Spending request")
    RESOLUTION = "RESOLUTION", gettext_lazy("Resolution of the committee")
    HOLD = "HOLD", gettext_lazy("Money held")
    ORDER = "ORDER", gettext_lazy("Reinvestment")
    PAYMENT = "PAYMENT", gettext_lazy("Payment")
    JOURNAL = "JOURNAL", gettext_lazy("Voucher")
    CONTRACT = "CONTRACT", gettext_lazy("Contract")
    ACTIVITY = "ACTIVITY", gettext_lazy("Volunteers' activity")
    EVALUATION = "EVALUATION", gettext_lazy("Evaluation")
    RESULT = "RESULT", gettext_lazy("Result")


class Key(NamedTuple):
    """What a point of the way is called in addresses."""

    kind: str
    pk: int


@dataclass(frozen=True, slots=True)
class Node:
    """One point of the way. `after` lists what it may hang on, the nearest first; `parents` what it does hang on."""

    stage: Stage
    key: Key
    title: str
    state: str
    url: str
    on: dt.date | None = None
    amount: Decimal | None = None
    after: tuple[Key, ...] = ()
    parents: tuple[Key, ...] = ()
    is_here: bool = False

    @property
    def label(self) -> str:
        """The name of the step."""
        return str(self.stage.label)


def _url(name: str, **parameters: Any) -> str:
    """Return the address of a page, or nothing where the installation has no such page."""
    try:
        return reverse(name, kwargs=parameters)
    except NoReverseMatch:
        return ""


def _day(*moments: dt.datetime | None) -> dt.date | None:
    """Return the day of the first moment that there is."""
    return next((localdate(moment) for moment in moments if moment is not None), None)


def read_matters(which: Q, user: Viewer) -> list[Node]:
    """Return matters by their number and public summary."""
    rows = Matter.objects.visible_to(user).filter(which).order_by("pk")[:LONGEST]
    return [
        Node(
            Stage.MATTER,
            Key("matter", row.pk),
            # What the resident wrote is for the staff of the place; everybody reads the summary.
            f"{row.number} {mask_text(row.summary)}".strip(),
            row.get_status_display(),
            _url("consultation:matter-detail", pk=row.pk),
            on=_day(row.raised_at),
        )
        for row in rows
    ]


def read_topics(which: Q, user: Viewer) -> list[Node]:
    """Return topics, which hang on all the matters they grew out of."""
    rows: QuerySet[Any] = Topic.objects.visible_to(user).filter(which).order_by("pk")
    matters = ArraySubquery(TopicMatter.objects.filter(topic=OuterRef("pk")).values("matter"))
    return [
        Node(
            Stage.TOPIC,
            Key("topic", row.pk),
            mask_text(row.title),
            row.get_status_display(),
            _url("consultation:topic-detail", pk=row.pk),
            on=_day(row.announced_at, row.prepared_at),
            after=tuple(Key("matter", pk) for pk in row.grew_out_of),
        )
        for row in rows.annotate(grew_out_of=matters)
    ]


def read_ballots(which: Q, user: Viewer) -> list[Node]:
    """Return ballots."""
    result = BallotResult.objects.visible_to(user).filter(ballot=OuterRef("pk"))
    counted = ArraySubquery(result.values(found=JSONObject(cast="cast", entitled="entitled", is_passed="is_passed")))
    rows = Ballot.objects.visible_to(user).filter(which).annotate(counted=counted).order_by("pk")[:LONGEST]
    return [
        Node(
            Stage.BALLOT,
            Key("ballot", row.pk),
            mask_text(row.question),
            _ballot_state(row),
            _url("consultation:ballot-detail", pk=row.pk),
            on=_day(row.published_at, row.closes_at),
            after=(Key("topic", row.topic_id),) if row.topic_id else (),
        )
        for row in rows
    ]


def _ballot_state(row: Any) -> str:
    """Return where a ballot stands; its result only as the results gate shows it."""
    if not row.counted:
        return str(row.get_status_display())
    [result] = row.counted
    if result["is_passed"]:
        return str(_("Passed: %(cast)s of %(entitled)s voted") % result)
    return str(_("Not passed: %(cast)s of %(entitled)s voted") % result)


def read_decisions(which: Q, user: Viewer) -> list[Node]:
    """Return decisions."""
    rows = Decision.objects.visible_to(user).filter(which).order_by("pk")[:LONGEST]
    return [
        Node(
            Stage.DECISION,
            Key("decision", row.pk),
            f"{row.number} {mask_text(row.text)}",
            row.get_status_display(),
            _url("consultation:decision-detail", pk=row.pk),
            on=_day(row.final_at, row.posted_at, row.drafted_at),
            amount=row.cost_estimate or None,
            after=(*([Key("ballot", row.ballot_id)] if row.ballot_id else []), Key("topic", row.topic_id)),
        )
        for row in rows
    ]


def _cited(row: SpendingRequest) -> tuple[Key, ...]:
    """Return what a request comes from, the nearest first."""
    found = (("decision", row.decision_id), ("topic", row.origin_id), ("matter", row.matter_id))
    return tuple(Key(kind, key) for kind, key in found if key is not None)


def read_requests(which: Q, user: Viewer) -> list[Node]:
    """Return the requests, and under each what the committee resolved on it."""
    resolved = FundResolution.objects.filter(request=OuterRef("pk")).order_by("attempt")
    facts = JSONObject(
        pk="pk", met_on="met_on", is_passed="is_passed", in_favor="in_favor", present="present", recused="recused"
    )
    rows: QuerySet[Any] = SpendingRequest.objects.visible_to(user).filter(which).select_related("decision")
    nodes = []
    for row in rows.annotate(resolved=ArraySubquery(resolved.values(found=facts))).order_by("pk")[:LONGEST]:
        key, url = Key("request", row.pk), _url("funds:request-detail", pk=row.pk)
        above = _cited(row)
        nodes.append(
            Node(
                Stage.REQUEST,
                key,
                f"{row.number} {mask_text(row.title)}",
                row.get_status_display(),
                url,
                on=_day(row.approved_at, row.posted_at, row.entered_at),
                amount=row.amount,
                after=above,
            )
        )
        nodes += [_resolution(found, key, url) for found in row.resolved]
    return nodes


def _resolution(found: dict[str, Any], request: Key, url: str) -> Node:
    text = _("%(in_favor)s of %(present)s present in favor, %(recused)s recused")
    return Node(
        Stage.RESOLUTION,
        Key("resolution", found["pk"]),
        text % found,
        _("Passed") if found["is_passed"] else _("Not passed"),
        url,
        on=dt.date.fromisoformat(found["met_on"]),
        after=(request,),
    )


def read_payments(which: Q, user: Viewer) -> list[Node]:
    """Return payments."""
    rows = Payment.objects.visible_to(user).filter(which).select_related("request__decision", "organization")
    return [
        Node(
            Stage.PAYMENT,
            Key("payment", row.pk),
            f"{row.request.number}-{row.number} {_payee(row)}",
            row.get_status_display(),
            _url("funds:request-detail", pk=row.request_id),
            on=row.paid_on or _day(row.planned_at),
            amount=row.amount,
            after=(
                *((Key("journal", row.request.hold_journal_id),) if row.request.hold_journal_id else ()),
                Key("request", row.request_id),
                *_cited(row.request),
            ),
        )
        for row in rows.order_by("pk")[:LONGEST]
    ]


def _payee(row: Payment) -> str:
    """Return the payee as everybody may know them."""
    if row.organization is not None:
        return row.organization.name
    return row.payee if row.is_payee_public else mask_name(row.payee)


def read_journals(which: Q, user: Viewer) -> list[Node]:
    """Return journals of holds, payments, releases and reinvestment."""
    rows = Journal.objects.visible_to(user).filter(which)
    rows = rows.annotate(
        pays=F("payment__pk"),
        passed=_last_resolution("held_for"),
        holds=F("held_for__pk"),
        releases=F("released_for__pk"),
        comes=F("order__pk"),
    )
    return [
        Node(
            Stage.HOLD if row.kind == JournalKind.HOLD else Stage.JOURNAL,
            Key("journal", row.pk),
            f"{row} {mask_text(row.memo)}",
            row.get_kind_display(),
            _url("funds:journal-detail", pk=row.pk),
            on=row.posted_on,
            amount=row.total,
            after=_causes(row),
        )
        for row in rows.order_by("pk")[: 2 * LONGEST]
    ]


def _last_resolution(request: str) -> models.Subquery:
    """Return the resolution on which the money of a request was held."""
    passed = FundResolution.objects.filter(request=OuterRef(f"{request}__pk"), is_passed=True)
    return models.Subquery(passed.order_by("-attempt").values("pk")[:1])


def _causes(row: Any) -> tuple[Key, ...]:
    """Return what a journal may hang on."""
    found = (
        ("payment", row.pays),
        ("resolution", row.passed),
        ("request", row.holds),
        ("request", row.releases),
        ("order", row.comes),
    )
    return tuple(Key(kind, pk) for kind, pk in found if pk is not None)


def read_orders(which: Q, user: Viewer) -> list[Node]:
    """Return reinvestment orders."""
    rows = ReinvestmentOrder.objects.visible_to(user).filter(which).select_related("enterprise")
    return [
        Node(
            Stage.ORDER,
            Key("order", row.pk),
            f"{row.reference} {row.enterprise.name}",
            row.get_status_display(),
            _url("funds:order-detail", pk=row.pk),
            on=row.received_on or row.paid_on or row.due_on,
            amount=row.amount,
        )
        for row in rows.order_by("pk")[:LONGEST]
    ]


def read_contracts(which: Q, user: Viewer) -> list[Node]:
    """Return contracts."""
    rows = Contract.objects.visible_to(user).filter(which).select_related("organization", "request__decision")
    return [
        Node(
            Stage.CONTRACT,
            Key("contract", row.pk),
            f"{row.number} {mask_text(row.title)} · {row.organization.name}",
            row.get_status_display(),
            _url("projects:contract-detail", pk=row.pk),
            on=row.signed_on or _day(row.drafted_at),
            amount=row.amount,
            after=(
                Key("request", row.request_id),
                *_cited(row.request),
            ),
        )
        for row in rows.order_by("pk")[:LONGEST]
    ]


def read_activities(which: Q, user: Viewer) -> list[Node]:
    """Return activities."""
    rows = VolunteerActivity.objects.visible_to(user).filter(which).order_by("pk")[:LONGEST]
    return [
        Node(
            Stage.ACTIVITY,
            Key("activity", row.pk),
            mask_text(row.title),
            row.get_status_display(),
            _url("projects:activity-detail", pk=row.pk),
            on=_day(row.starts_at),
            after=(Key("contract", row.contract_id),) if row.contract_id else (),
        )
        for row in rows
    ]


def read_evaluations(which: Q, user: Viewer) -> list[Node]:
    """Return the evaluations, and under each that was publicised its last result."""
    last = EvaluationResult.objects.filter(plan=OuterRef("pk"), plan__publicised_at__isnull=False).order_by("-version")
    facts = JSONObject(
        pk="pk", grade="grade", score="score", answers="answers", computed_at="computed_at", invited="invited"
    )
    rows: QuerySet[Any] = EvaluationPlan.objects.visible_to(user).filter(which)
    rows = rows.annotate(found=ArraySubquery(last.values(found=facts)[:1]), contract_key=F("contract__pk"))
    nodes = []
    for row in rows.order_by("pk")[:LONGEST]:
        key, url = Key("evaluation", row.pk), _url("projects:evaluation-detail", pk=row.pk)
        nodes.append(
            Node(
                Stage.EVALUATION,
                key,
                mask_text(row.title),
                row.get_status_display(),
                url,
                on=row.closes_on,
                after=(Key("contract", row.contract_key),) if row.contract_key else (),
            )
        )
        nodes += [_result(found, key, url) for found in row.found]
    return nodes


def _result(found: dict[str, Any], plan: Key, url: str) -> Node:
    grade = str(Grade(found["grade"]).label)
    title = grade if found["score"] is None else f"{Decimal(str(found['score'])):.2f} · {grade}"
    return Node(
        Stage.RESULT,
        Key("result", found["pk"]),
        title,
        _("%(answers)s of %(invited)s answered") % found,
        url,
        on=localdate(dt.datetime.fromisoformat(found["computed_at"])),
        after=(plan,),
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A kind of row that the way can be entered from: its model, the way up to the topic, how it is read."""

    model: type[Model]
    read: Callable[[Q, Viewer], list[Node]]
    topic: Any = None

    def rows(self, user: Viewer) -> QuerySet[Any]:
        """Return the rows of this kind that a viewer may see."""
        rows: QuerySet[Any] = self.model._default_manager.visible_to(user)  # type: ignore[attr-defined]  # each has it
        return rows.order_by()


OF_A_JOURNAL = Coalesce(
    "payment__request__decision__topic", "held_for__decision__topic", "released_for__decision__topic"
)
POINTS = {
    "matter": Point(Matter, read_matters, "origin_of__topic"),
    "topic": Point(Topic, read_topics, "pk"),
    "ballot": Point(Ballot, read_ballots, "topic"),
    "decision": Point(Decision, read_decisions, "topic"),
    "request": Point(SpendingRequest, read_requests, Coalesce("decision__topic", "topic")),
    "payment": Point(Payment, read_payments, Coalesce("request__decision__topic", "request__topic")),
    "journal": Point(Journal, read_journals, OF_A_JOURNAL),
    "order": Point(ReinvestmentOrder, read_orders),
    "contract": Point(Contract, read_contracts, "request__decision__topic"),
    "activity": Point(VolunteerActivity, read_activities, "contract__request__decision__topic"),
    "evaluation": Point(EvaluationPlan, read_evaluations, "contract__request__decision__topic"),
}
KIND_OF = {point.model: kind for kind, point in POINTS.items()}
