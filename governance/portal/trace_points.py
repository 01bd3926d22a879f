"""The points of the trace: how each kind of row on the way from need to result is read and named.

Every reader asks `visible_to` and names no person.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Model, OuterRef, Q
from django.db.models.functions import Coalesce, JSONObject
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from consultation.ballots.models import Ballot, BallotResult
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.meetings.record import Resolution
from consultation.topics.models import Topic, TopicMatter
from funds.ledger.models import Journal, JournalKind
from funds.reinvestment.models import ReinvestmentOrder
from funds.spending.models import FundResolution, Payment, SpendingRequest
from governance.accounts.masking import mask_name, mask_text
from governance.portal.trace_nodes import Key, Node, Stage, day_of, url_of
from governance.portal.trace_purchases import read_purchases, show_purchase
from projects.contracts.models import Contract
from projects.evaluation.models import EvaluationPlan, EvaluationResult, Grade
from projects.purchasing.models import Purchase
from projects.volunteering.models import VolunteerActivity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User

    Viewer = User | AnonymousUser

LONGEST = 50
"""So many of one kind are shown; a topic with more is looked at through its own pages."""


def _matters(which: Q, user: Viewer) -> QuerySet[Any]:
    return Matter.objects.visible_to(user).filter(which)


def _matter(row: Any) -> list[Node]:
    """Return a matter by its number and public summary."""
    return [
        Node(
            Stage.MATTER,
            Key("matter", row.pk),
            # What the resident wrote is for the staff of the place; everybody reads the summary.
            f"{row.number} {mask_text(row.summary)}".strip(),
            row.get_status_display(),
            url_of("consultation:matter-detail", pk=row.pk),
            on=day_of(row.raised_at),
        )
    ]


def _topics(which: Q, user: Viewer) -> QuerySet[Any]:
    matters = ArraySubquery(TopicMatter.objects.filter(topic=OuterRef("pk")).values("matter"))
    return Topic.objects.visible_to(user).filter(which).annotate(grew_out_of=matters)


def _topic(row: Any) -> list[Node]:
    """Return a topic, which hangs on all the matters it grew out of."""
    return [
        Node(
            Stage.TOPIC,
            Key("topic", row.pk),
            mask_text(row.title),
            row.get_status_display(),
            url_of("consultation:topic-detail", pk=row.pk),
            on=day_of(row.announced_at, row.prepared_at),
            after=tuple(Key("matter", pk) for pk in row.grew_out_of),
        )
    ]


def _motions(which: Q, user: Viewer) -> QuerySet[Any]:
    rows: QuerySet[Any] = Resolution.objects.visible_to(user).filter(which)
    told: QuerySet[Any] = rows.annotate(
        of_topic=F("item__topic"), of_meeting=F("item__meeting"), held_at=F("item__meeting__held_at")
    )
    return told


def _motion(row: Any) -> list[Node]:
    """Return what was put to a meeting; how the votes went is told when the minutes are published, and not before."""
    return [
        Node(
            Stage.MEETING,
            Key("motion", row.pk),
            f"{row.number} {mask_text(row.text)}",
            _motion_state(row),
            f"{url_of('consultation:meeting-detail', pk=row.of_meeting)}#{row.number}",
            on=day_of(row.published_at) or localdate(_moment(row.held_at)),
            amount=row.cost_estimate or None,
            after=(Key("topic", row.of_topic),) if row.of_topic else (),
        )
    ]


def _motion_state(row: Any) -> str:
    if row.published_at is None:
        return str(_("Put to the vote"))
    if row.is_passed:
        text = _("Passed: %(in_favor)s of %(present)s present in favor")
    else:
        text = _("Not passed: %(in_favor)s of %(present)s present in favor")
    return text % {"in_favor": row.in_favor, "present": row.present}


def _moment(told: Any) -> dt.datetime:
    """Return a moment that a query has added to a row, or that JSON tells."""
    return told if isinstance(told, dt.datetime) else dt.datetime.fromisoformat(told)


def _ballots(which: Q, user: Viewer) -> QuerySet[Any]:
    result = BallotResult.objects.visible_to(user).filter(ballot=OuterRef("pk"))
    counted = ArraySubquery(result.values(found=JSONObject(cast="cast", entitled="entitled", is_passed="is_passed")))
    return Ballot.objects.visible_to(user).filter(which).annotate(counted=counted)


def _ballot(row: Any) -> list[Node]:
    return [
        Node(
            Stage.BALLOT,
            Key("ballot", row.pk),
            mask_text(row.question),
            _ballot_state(row),
            url_of("consultation:ballot-detail", pk=row.pk),
            on=day_of(row.published_at, row.closes_at),
            after=(Key("topic", row.topic_id),) if row.topic_id else (),
        )
    ]


def _ballot_state(row: Any) -> str:
    """Return where a ballot stands; its result only as the results gate shows it."""
    if not row.counted:
        return str(row.get_status_display())
    [result] = row.counted
    if result["is_passed"]:
        return str(_("Passed: %(cast)s of %(entitled)s voted") % result)
    return str(_("Not passed: %(cast)s of %(entitled)s voted") % result)


def _decisions(which: Q, user: Viewer) -> QuerySet[Any]:
    return Decision.objects.visible_to(user).filter(which)


def _decision(row: Any) -> list[Node]:
    return [
        Node(
            Stage.DECISION,
            Key("decision", row.pk),
            f"{row.number} {mask_text(row.text)}",
            row.get_status_display(),
            url_of("consultation:decision-detail", pk=row.pk),
            on=day_of(row.final_at, row.posted_at, row.drafted_at),
            amount=row.cost_estimate or None,
            after=(
                *([Key("ballot", row.ballot_id)] if row.ballot_id else []),
                *([Key("motion", row.resolution_id)] if row.resolution_id else []),
                Key("topic", row.topic_id),
            ),
        )
    ]


def _origins(request: str) -> dict[str, Any]:
    """Return what a request comes from, as columns beside a row; `request` leads to it."""
    return {
        "of_decision": F(f"{request}decision"),
        "of_topic": Coalesce(f"{request}decision__topic", f"{request}topic"),
        "of_matter": F(f"{request}matter"),
    }


def _cited(row: Any) -> tuple[Key, ...]:
    """Return what a request comes from, the nearest first."""
    found = (("decision", row.of_decision), ("topic", row.of_topic), ("matter", row.of_matter))
    return tuple(Key(kind, key) for kind, key in found if key is not None)


def _requests(which: Q, user: Viewer) -> QuerySet[Any]:
    resolved = FundResolution.objects.filter(request=OuterRef("pk")).order_by("attempt")
    facts = JSONObject(
        pk="pk", met_on="met_on", is_passed="is_passed", in_favor="in_favor", present="present", recused="recused"
    )
    rows: QuerySet[Any] = SpendingRequest.objects.visible_to(user).filter(which).annotate(**_origins(""))
    told: QuerySet[Any] = rows.annotate(resolved=ArraySubquery(resolved.values(found=facts)))
    return told


def _request(row: Any) -> list[Node]:
    """Return a request, and under it what the committee resolved on it."""
    key, url = Key("request", row.pk), url_of("funds:request-detail", pk=row.pk)
    node = Node(
        Stage.REQUEST,
        key,
        f"{row.number} {mask_text(row.title)}",
        row.get_status_display(),
        url,
        on=day_of(row.approved_at, row.posted_at, row.entered_at),
        amount=row.amount,
        after=_cited(row),
    )
    return [node, *(_resolution(found, key, url) for found in row.resolved)]


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


def _payments(which: Q, user: Viewer) -> QuerySet[Any]:
    rows: QuerySet[Any] = Payment.objects.visible_to(user).filter(which)
    told: QuerySet[Any] = rows.annotate(
        of_number=F("request__number"),
        of_hold=F("request__hold_journal"),
        of_organization=F("organization__name"),
        **_origins("request__"),
    )
    return told


def _payment(row: Any) -> list[Node]:
    return [
        Node(
            Stage.PAYMENT,
            Key("payment", row.pk),
            f"{row.of_number}-{row.number} {_payee(row)}",
            row.get_status_display(),
            url_of("funds:request-detail", pk=row.request_id),
            on=row.paid_on or day_of(row.planned_at),
            amount=row.amount,
            after=(
                *((Key("journal", row.of_hold),) if row.of_hold else ()),
                Key("request", row.request_id),
                *_cited(row),
            ),
        )
    ]


def _payee(row: Any) -> str:
    """Return the payee as everybody may know them."""
    if row.of_organization is not None:
        return str(row.of_organization)
    return row.payee if row.is_payee_public else mask_name(row.payee)


def _journals(which: Q, user: Viewer) -> QuerySet[Any]:
    rows: QuerySet[Any] = Journal.objects.visible_to(user).filter(which)
    told: QuerySet[Any] = rows.annotate(
        pays=F("payment__pk"),
        passed=_last_resolution("held_for"),
        holds=F("held_for__pk"),
        releases=F("released_for__pk"),
        comes=F("order__pk"),
    )
    return told


def _journal(row: Any) -> list[Node]:
    """Return a journal: of a hold, a payment, a release, of reinvestment."""
    return [
        Node(
            Stage.HOLD if row.kind == JournalKind.HOLD else Stage.JOURNAL,
            Key("journal", row.pk),
            f"{row} {mask_text(row.memo)}",
            row.get_kind_display(),
            url_of("funds:journal-detail", pk=row.pk),
            on=row.posted_on,
            amount=row.total,
            after=_causes(row),
        )
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


def _orders(which: Q, user: Viewer) -> QuerySet[Any]:
    rows: QuerySet[Any] = ReinvestmentOrder.objects.visible_to(user).filter(which)
    told: QuerySet[Any] = rows.annotate(of_enterprise=F("enterprise__name"))
    return told


def _order(row: Any) -> list[Node]:
    return [
        Node(
            Stage.ORDER,
            Key("order", row.pk),
            f"{row.reference} {row.of_enterprise}",
            row.get_status_display(),
            url_of("funds:order-detail", pk=row.pk),
            on=row.received_on or row.paid_on or row.due_on,
            amount=row.amount,
        )
    ]


def _contracts(which: Q, user: Viewer) -> QuerySet[Any]:
    rows: QuerySet[Any] = Contract.objects.visible_to(user).filter(which)
    bought = "purchase__purchase"
    told: QuerySet[Any] = rows.annotate(
        of_organization=F("organization__name"),
        of_decision=Coalesce("request__decision", f"{bought}__decision"),
        of_topic=topic_of_a_contract(""),
        of_matter=Coalesce("request__matter", f"{bought}__matter"),
    )
    return told


def topic_of_a_contract(contract: str) -> Coalesce:
    """Return the topic that a contract comes from, by its request or by its purchase; `contract` leads to it."""
    request, bought = f"{contract}request", f"{contract}purchase__purchase"
    return Coalesce(
        f"{request}__decision__topic", f"{request}__topic", f"{bought}__decision__topic", f"{bought}__topic"
    )


def _contract(row: Any) -> list[Node]:
    return [
        Node(
            Stage.CONTRACT,
            Key("contract", row.pk),
            f"{row.number} {mask_text(row.title)} · {row.of_organization}",
            row.get_status_display(),
            url_of("projects:contract-detail", pk=row.pk),
            on=row.signed_on or day_of(row.drafted_at),
            amount=row.amount,
            after=(
                *((Key("request", row.request_id),) if row.request_id else ()),
                *((Key("award", row.purchase_id),) if row.purchase_id else ()),
                *_cited(row),
            ),
        )
    ]


def _activities(which: Q, user: Viewer) -> QuerySet[Any]:
    return VolunteerActivity.objects.visible_to(user).filter(which)


def _activity(row: Any) -> list[Node]:
    return [
        Node(
            Stage.ACTIVITY,
            Key("activity", row.pk),
            mask_text(row.title),
            row.get_status_display(),
            url_of("projects:activity-detail", pk=row.pk),
            on=day_of(row.starts_at),
            after=(Key("contract", row.contract_id),) if row.contract_id else (),
        )
    ]


def _evaluations(which: Q, user: Viewer) -> QuerySet[Any]:
    last = EvaluationResult.objects.filter(plan=OuterRef("pk"), plan__publicised_at__isnull=False).order_by("-version")
    facts = JSONObject(
        pk="pk", grade="grade", score="score", answers="answers", computed_at="computed_at", invited="invited"
    )
    rows: QuerySet[Any] = EvaluationPlan.objects.visible_to(user).filter(which)
    told: QuerySet[Any] = rows.annotate(
        found=ArraySubquery(last.values(found=facts)[:1]), contract_key=F("contract__pk")
    )
    return told


def _evaluation(row: Any) -> list[Node]:
    """Return an evaluation, and under it the last result where it was publicised."""
    key, url = Key("evaluation", row.pk), url_of("projects:evaluation-detail", pk=row.pk)
    node = Node(
        Stage.EVALUATION,
        key,
        mask_text(row.title),
        row.get_status_display(),
        url,
        on=row.closes_on,
        after=(Key("contract", row.contract_key),) if row.contract_key else (),
    )
    return [node, *(_result(found, key, url) for found in row.found)]


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
    """A kind of row that the way can be entered from: its rows, how one is shown, the way up to the topic."""

    model: type[Model]
    found: Callable[[Q, Viewer], QuerySet[Any]]
    show: Callable[[Any], list[Node]]
    topic: Any = None
    most: int = LONGEST

    def rows(self, user: Viewer) -> QuerySet[Any]:
        """Return the rows of this kind that a viewer may see."""
        rows: QuerySet[Any] = self.model._default_manager.visible_to(user)  # type: ignore[attr-defined]  # each has it
        return rows.order_by()

    def asked(self, which: Q, user: Viewer) -> QuerySet[Any]:
        """Return the rows to be shown, the first ones of them."""
        return self.found(which, user).order_by("pk")[: self.most]

    def read(self, which: Q, user: Viewer) -> list[Node]:
        """Return rows of this kind with what hangs on them; one query."""
        return [node for row in self.asked(which, user) for node in self.show(row)]


OF_A_JOURNAL = Coalesce(
    "payment__request__decision__topic", "held_for__decision__topic", "released_for__decision__topic"
)
POINTS = {
    "matter": Point(Matter, _matters, _matter, "origin_of__topic"),
    "topic": Point(Topic, _topics, _topic, "pk"),
    "motion": Point(Resolution, _motions, _motion, "item__topic"),
    "ballot": Point(Ballot, _ballots, _ballot, "topic"),
    "decision": Point(Decision, _decisions, _decision, "topic"),
    "request": Point(SpendingRequest, _requests, _request, Coalesce("decision__topic", "topic")),
    "payment": Point(Payment, _payments, _payment, Coalesce("request__decision__topic", "request__topic")),
    "journal": Point(Journal, _journals, _journal, OF_A_JOURNAL, most=2 * LONGEST),
    "order": Point(ReinvestmentOrder, _orders, _order),
    "purchase": Point(Purchase, read_purchases, show_purchase, Coalesce("decision__topic", "topic")),
    "contract": Point(Contract, _contracts, _contract, topic_of_a_contract("")),
    "activity": Point(VolunteerActivity, _activities, _activity, topic_of_a_contract("contract__")),
    "evaluation": Point(EvaluationPlan, _evaluations, _evaluation, topic_of_a_contract("contract__")),
}
KIND_OF = {point.model: kind for kind, point in POINTS.items()}


def read_together(asked: Mapping[str, Q], user: Viewer) -> list[Node]:
    """Return the rows of several kinds in one statement: each kind's own query, its rows told as JSON.

    A row is made of it again as its model, so that it is shown as after a query of its own.
    """
    parts, given = [], []
    for kind, which in asked.items():
        rows = POINTS[kind].asked(which, user)
        try:
            statement, said = rows.values(*_columns(rows), *rows.query.annotations).query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT %s AS kind, row_to_json(part)::text AS told FROM ({statement}) AS part")  # noqa: S608 - of Django's own making
        given += [kind, *said]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        found = [(kind, json.loads(told, parse_float=Decimal)) for kind, told in cursor.fetchall()]
    return [node for kind, told in found for node in POINTS[kind].show(_made(POINTS[kind].model, told))]


def _columns(rows: QuerySet[Any]) -> list[str]:
    return [column.attname for column in rows.model._meta.concrete_fields]


def _made(model: type[Model], told: dict[str, Any]) -> Any:
    """Return the row that JSON tells of, with what the query has added to it."""
    columns = {column.attname: column for column in model._meta.concrete_fields}
    row: Any = model(**{name: columns[name].to_python(value) for name, value in told.items() if name in columns})
    for name, value in told.items():
        if name not in columns:
            setattr(row, name, value)
    return row
