"""Reads of contracts: what of a hold is promised, whether an instalment is due, what residents think."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    FilteredRelation,
    OuterRef,
    Q,
    Subquery,
    Sum,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.models import Resident
from communities.policy.queries import beside, value
from funds.spending.lifecycle import PaymentStatus, RequestStatus
from funds.spending.models import Payment, SpendingRequest
from funds.spending.queries import NOT_IN_FORCE, held_by
from governance.money import ZERO, format_yuan
from governance.pages import Told
from projects.contracts.grades import held_by_grade
from projects.contracts.judging.models import SampledResident
from projects.contracts.lifecycle import SIGNED, ContractStatus, MilestoneStatus
from projects.contracts.models import Condition, Contract, Instalment, Milestone
from projects.contracts.policy import ACCEPTANCE_SHARE, ADMINISTRATION_SHARE, FULL, PERSONNEL_SHARE, plain
from projects.contracts.terms.models import Category
from projects.grants.policy import LineKind
from projects.purchasing.awarding.queries import paid_of
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from consultation.matters.models import Matter
    from governance.accounts.models import User
    from projects.grants.models import GrantAward
    from projects.purchasing.awarding.models import PurchaseAward
    from socialorgs.register.models import SocialOrganization

ACCEPTED = (ContractStatus.ACCEPTED, ContractStatus.CLOSED)
REVIEWED: dict[str, str] = {Condition.MIDTERM.value: "MIDTERM", Condition.FINAL_REVIEW.value: "FINAL"}
"""Which review an instalment waits for."""


def bound_of(request: SpendingRequest, apart_from: Contract | None = None) -> Decimal:
    """Return what of a request is promised: by contracts that were not terminated, and by payments of none; three queries."""
    contracts = Contract.objects.filter(request=request).exclude(status__in=NOT_IN_FORCE)
    if apart_from is not None:
        contracts = contracts.exclude(pk=apart_from.pk)
    loose = Payment.objects.live().filter(request=request).exclude(instalment__contract__in=contracts)
    if apart_from is not None:
        loose = loose.exclude(instalment__contract=apart_from)
    return held_by(contracts) + Decimal(loose.aggregate(total=Sum("amount"))["total"] or ZERO)


def is_last(instalment: Instalment, contract: Contract) -> bool:
    """Tell whether an instalment is the rest, which waits for the residents whatever was agreed; one query."""
    return not contract.instalments.filter(number__gt=instalment.number, supplement=None).exists()


def items_open(contract: Contract) -> int:
    """Return how many items of the last delivery were not judged or are not in order; one query."""
    settled = Q(judged_in=contract.delivery_number, result__in=["PASSED", "REMARKS"])
    return contract.deliverables.exclude(settled).count()


def instalments_of(contract: Contract) -> list[Instalment]:
    """Return the instalments of a contract with their payments; one query."""
    live = FilteredRelation("award_payments", condition=~Q(award_payments__status="CANCELLED"))
    along: dict[str, Any] = {"public_payment": live}
    rows: QuerySet[Any] = contract.instalments.annotate(**along)
    found: dict[int, Any] = {}
    for row in rows.select_related("payment", *along).order_by("number", "public_payment__pk"):
        first = found.setdefault(row.pk, row)
        asked = getattr(row, "public_payment", None)
        vars(first).setdefault("public_payments", []).extend([asked] if asked is not None else [])
    return list(found.values())


def waits_for_grade(instalment: Instalment, contract: Contract) -> str:
    """Say what of the evaluation the last instalment waits for; empty for the others and for what was released.

    At most two queries for a contract that was read with its evaluation, none where it names none.
    """
    held = held_by_grade(contract)
    return held if held and is_last(instalment, contract) and not is_released(instalment) else ""


def rest_waits_for(contract: Contract) -> str:
    """Say what of the evaluation the rest of a contract waits for; empty once it was released.

    At most three queries for a contract that was read with its evaluation, none where it names none.
    """
    held = held_by_grade(contract)
    rows = [row for row in contract.instalments.all() if row.supplement_id is None] if held else []
    return held if rows and not is_released(max(rows, key=lambda row: row.number)) else ""


def is_due(instalment: Instalment, contract: Contract) -> bool:
    """Tell whether what an instalment waits for has come, the result of the evaluation apart.

    A query for milestones or reviews unless they were read along.
    """
    if contract.status not in SIGNED:
        return False
    if instalment.condition == Condition.MILESTONES:
        rows = list(contract.milestones.all())
        return bool(rows) and all(row.status == MilestoneStatus.CONFIRMED for row in rows)
    if instalment.condition == Condition.ACCEPTANCE:
        return contract.status in ACCEPTED
    if instalment.condition in REVIEWED:
        return REVIEWED[instalment.condition] in contract.passed_reviews
    return True


def waits_for(instalment: Instalment, contract: Contract, acceptance: Acceptance | None) -> str:
    """Say in words what an instalment still waits for; no query for a contract that was read with `for_page`."""
    if contract.status == ContractStatus.TERMINATED:
        return _("The contract ended early; what was done is paid as its settlement says.")
    if contract.status not in SIGNED:
        return _("Not all parties have signed yet.")
    if instalment.condition == Condition.MILESTONES:
        rows = list(contract.milestones.all())
        done = sum(row.status == MilestoneStatus.CONFIRMED for row in rows)
        return _("%(done)s of %(all)s milestones are confirmed.") % {"done": done, "all": len(rows)}
    if instalment.condition in REVIEWED:
        return _("The street or the community has not recorded a review that was passed.")
    if acceptance is None or contract.status != ContractStatus.DELIVERED:
        return _("The organization has not reported the delivery.")
    judged = [row for row in contract.deliverables.all() if row.judged_in == contract.delivery_number]
    settled = sum(row.result in {"PASSED", "REMARKS"} for row in judged)
    said = _(
        "Opinions of residents: %(given)s of at least %(needed)s, %(content)s of them content (at least %(percent)s %%)."
    )
    numbers = {
        "given": acceptance.given,
        "needed": acceptance.needed,
        "content": acceptance.content,
        "percent": acceptance.shown_percent,
    }
    items = _("Items in order: %(settled)s of %(items)s.") % {
        "settled": settled,
        "items": len(contract.deliverables.all()),
    }
    return f"{said % numbers} {items}" if contract.deliverables.all() else said % numbers


def next_due(contract: Contract) -> int | None:
    """Return the number of the first instalment that is due and not released; up to five queries."""
    waiting = (row for row in instalments_of(contract) if not is_released(row) and is_due(row, contract))
    return next((row.number for row in waiting if not waits_for_grade(row, contract)), None)


def is_released(instalment: Instalment) -> bool:
    """Tell whether payments of the whole instalment are planned, under way or made; a query unless they were read along."""
    of_fund = instalment.payment
    asked = of_fund.amount if of_fund is not None and of_fund.status != PaymentStatus.CANCELLED else ZERO
    return bool(sum((payment.amount for payment in instalment.public_payments), asked) >= instalment.amount)


NOBODY = 0
"""No person's key."""
SAMPLED = ("size", "roll_size", "drawn_at", "seed", "roll_hash")


@dataclass(frozen=True, slots=True)
class Sample:
    """On how many residents the lot fell, and from what anybody can draw it again."""

    size: int
    roll_size: int
    drawn_at: dt.datetime
    seed: str
    roll_hash: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the residents think of a delivery, what is needed, and whether the reader has said or may say it."""

    given: int
    content: int
    needed: int
    needed_percent: Decimal
    sample: Sample | None = None
    has_opined: bool = False
    lives_there: bool = False
    is_drawn: bool = False

    @property
    def is_left_out(self) -> bool:
        """Whether the reader lives there, but the lot fell on others."""
        return self.sample is not None and self.lives_there and not self.is_drawn

    @property
    def is_enough(self) -> bool:
        """Whether enough residents have spoken."""
        return self.given >= self.needed

    @property
    def is_content(self) -> bool:
        """Whether enough of those who spoke are content; compared exactly."""
        return self.content * FULL >= self.needed_percent * self.given

    @property
    def shown_percent(self) -> str:
        """The needed part in percent, without an exponent."""
        return f"{self.needed_percent:f}"

    @property
    def width(self) -> float:
        """The content part on a picture of 360 units."""
        return round(360 * self.content / self.given, 1) if self.given else 0.0


def acceptance_of(contract: Contract, day: dt.date, user: User | AnonymousUser | None = None) -> Acceptance:
    """Return how the residents' acceptance of the last delivery stands; one query.

    Where the lot was drawn, only those count whom it fell on.
    """
    delivery, key = contract.delivery_number, (user.pk if user is not None else None) or NOBODY
    here = Resident.objects.living_here().filter(user=key, confirmed_at__isnull=False)
    drawn_here = SampledResident.objects.filter(sample__contract=OuterRef("pk"), sample__delivery=delivery)
    given = Q(opinions__delivery=delivery)
    counted = given & (Q(sample__pk=None) | Q(opinions__sampled__isnull=False))
    found = (
        Contract.objects.filter(pk=contract.pk)
        .annotate(sample=FilteredRelation("samples", condition=Q(samples__delivery=delivery)))
        .annotate(
            given=Count("opinions", filter=counted),
            content=Count("opinions", filter=counted & Q(opinions__is_satisfied=True)),
            mine=Count("opinions", filter=given & Q(opinions__resident=key)),
            lives=Exists(here.filter(division__path__startswith=contract.division.path)),
            is_drawn=Exists(drawn_here.filter(resident__user=key)),
            share=beside(ACCEPTANCE_SHARE, "division__path", day),
        )
        .values(*("given", "content", "mine", "lives", "is_drawn", "share"), *(f"sample__{name}" for name in SAMPLED))
        .get()
    )
    share = ACCEPTANCE_SHARE.default if found["share"] is None else ACCEPTANCE_SHARE.read(found["share"])
    drawn = {name: found[f"sample__{name}"] for name in SAMPLED}
    return Acceptance(
        found["given"],
        found["content"],
        contract.opinions_needed,
        (share * FULL).normalize(),
        Sample(**drawn) if drawn["size"] is not None else None,
        has_opined=found["mine"] > 0,
        lives_there=found["lives"],
        is_drawn=found["is_drawn"],
    )


def contract_for(request: SpendingRequest) -> dict[str, Any]:
    """Return what is known of a contract paid from a request."""
    return {
        "division": request.fund.division_id,
        "organization": request.organization_id,
        "request": request.pk,
        "title": request.title,
        "scope": request.plan,
        "amount": f"{request.amount:.2f}",
    }


def contract_on_purchase(award: PurchaseAward) -> dict[str, Any]:
    """Return what is known of a contract on the award of a purchase: of its sum, what was not paid on it before."""
    return {
        "division": award.landing_id,
        "organization": award.organization_id,
        "purchase": award.pk,
        "title": award.purchase.title,
        "scope": award.service,
        "amount": f"{award.amount + award.supplement - paid_of(award):.2f}",
        "starts_on": award.starts_on,
        "ends_on": award.ends_on,
    }


OF_KIND: dict[str, Category] = {
    LineKind.PERSONNEL: Category.PERSONNEL,
    LineKind.ADMINISTRATION: Category.ADMINISTRATION,
    LineKind.ACTIVITIES: Category.ACTIVITY,
    LineKind.MATERIALS: Category.MATERIALS,
}
"""What a line of a grant's budget becomes in its contract."""

LONGEST_GIVEN = 600
"""Characters of a budget that fit an address; a longer one is typed."""


def contract_on_grant(award: GrantAward) -> dict[str, Any]:
    """Return what is known of a contract on a grant award: its instalments wait for reviews, the last for the residents.

    Term, service and budget as the application has them after optimisation; of a fund that pays, the request whose money it
    holds.
    """
    plan = award.application
    given: dict[str, Any] = {
        "division": award.division_id,
        "organization": award.organization_id,
        "grant": award.pk,
        "title": award.title,
        "amount": f"{award.amount:.2f}",
        "scope": plan.summary,
        "starts_on": max(plan.starts_on, timezone.localdate(award.granted_at)) if plan.starts_on else None,
        "ends_on": plan.ends_on,
    }
    lines = "\n".join(
        f"{line.granted:.2f} {OF_KIND.get(line.kind, Category.OTHER).label} {line.title}"
        for line in plan.lines.all()
        if line.granted
    )
    if len(lines) <= LONGEST_GIVEN:
        given["lines"] = lines
    source = award.sources.filter(funding__fund__isnull=False).select_related("funding").first()
    if source is not None and source.funding is not None:
        held = SpendingRequest.objects.filter(fund=source.funding.fund_id, status=RequestStatus.APPROVED)
        free = held.filter(amount__gte=source.amount, contracts=None, payments=None).order_by("amount", "-pk")
        given["request"] = free.values_list("pk", flat=True).first()
    waits = [Condition.SIGNING, *[Condition.MIDTERM] * max(len(award.instalments) - 2, 0), Condition.ACCEPTANCE]
    if len(award.instalments) == len(waits):
        parts = zip(award.instalments, waits, strict=True)
        given["instalments"] = "\n".join(f"{percent} {condition.label}" for percent, condition in parts)
    return given


def heavy_parts(contract: Contract, day: dt.date) -> list[str]:
    """Warn where personnel or administration take more of a contract than is usual; one query for the lines."""
    found = []
    for category, limit, text in (
        ("PERSONNEL", PERSONNEL_SHARE, _("Personnel takes %(percent)s %%; up to %(limit)s %% is usual.")),
        (
            "ADMINISTRATION",
            ADMINISTRATION_SHARE,
            _("Administration takes %(percent)s %%; up to %(limit)s %% is usual."),
        ),
    ):
        taken = sum((line.amount for line in contract.lines.all() if line.category == category), ZERO)
        most = value(limit, contract.division, day)
        if taken > contract.amount * most:
            percent = (taken / contract.amount * FULL).quantize(Decimal("0.1"))
            found.append(text % {"percent": percent, "limit": plain(most * FULL)})
    return found


def projects_of(requests: Sequence[SpendingRequest], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of requests by which contracts they are carried out; where there is none yet, lead who drafts it to the form.

    One query, and one more for who drafts; the funds of the requests must be read along.
    """
    found: dict[int, list[Told]] = {}
    rows = Contract.objects.visible_to(user).filter(request__in=requests).select_related("organization")
    for row in rows.order_by("pk"):
        if row.request_id is not None:
            told = _told(row, f"{row.number} {row.title} · {row.organization.name}")
            found.setdefault(row.request_id, []).append(told)
    waiting = [
        request
        for request in requests
        if request.status == RequestStatus.APPROVED
        and request.pk not in found
        and user.has_perm("projects.manage_contract", request.fund)
    ]
    paid = set(Payment.objects.filter(request__in=waiting).values_list("request", flat=True)) if waiting else set()
    for request in waiting:
        if request.pk not in paid:
            given = {name: value for name, value in contract_for(request).items() if value not in (None, "")}
            address = f"{reverse('admin:projects_contract_add')}?{urlencode(given)}"
            found[request.pk] = [Told(_("Contract"), _("Draft a contract"), "", address)]
    return found


@dataclass(frozen=True, slots=True)
class LegalDay:
    """A day by which the law wants something of a contract on a purchase: in words, and whether it was missed."""

    said: str
    is_late: bool = False


def clocks_of(contract: Contract, today: dt.date) -> list[LegalDay]:
    """Return by when a contract on a purchase is signed, published and filed, and what of it was done; no query.

    A signed contract is public at once, so that the day of its signature is that of its publication.
    Basis: Government Procurement Law art. 46, 47; Regulations for it art. 50.
    """
    award, signed = contract.purchase, contract.signed_on
    if award is None or contract.status == ContractStatus.TERMINATED:
        return []
    shown = {"day": signed or award.sign_by, "by": award.sign_by}
    is_late = award.sign_by is not None and award.sign_by < (signed or today)
    if signed is None:
        said = _("to be signed by %(day)s: the days are over") if is_late else _("to be signed by %(day)s")
        return [LegalDay(said % shown, is_late)]
    said = _("signed on %(day)s, after %(by)s") if is_late else _("signed on %(day)s, by %(by)s at the latest")
    published = _("published here on %(day)s, with the signature (at the latest by %(by)s)")
    found = [LegalDay(said % shown, is_late), LegalDay(published % {"day": signed, "by": contract.publish_by})]
    return [*found, _filing(contract, today)]


def _filing(contract: Contract, today: dt.date) -> LegalDay:
    by = contract.file_by or dt.date.max
    shown = {"day": contract.filed_on, "number": contract.filing_number, "by": contract.file_by}
    is_late = by < (contract.filed_on or today)
    if contract.filed_on is None:
        late = _("copy to be filed with the finance department by %(by)s: the days are over")
        said = late if is_late else _("copy to be filed with the finance department by %(by)s")
    else:
        late = _("copy filed on %(day)s under number %(number)s, after %(by)s")
        said = late if is_late else _("copy filed on %(day)s under number %(number)s")
    return LegalDay(said % shown, is_late)


@dataclass(frozen=True, slots=True)
class Link:
    """One point of the way from the need to those who help: what it is, its name and its page."""

    label: str
    name: str
    url: str = ""


def chain_of(contract: Contract) -> list[Link]:
    """Return the way from need to organization (Basis: report S1): what residents needed, who designed, who took it on.

    The volunteers are told by the room above. No query for a contract that was read with `for_detail`.
    """
    found = []
    if contract.request is not None:
        decision, topic = contract.request.decision, contract.request.topic
        found += _need_told(contract.request.matter)
        if decision is not None:
            found.append(Link(_("Need"), decision.topic.title, decision.topic.get_absolute_url()))
            found.append(Link(_("Decision"), str(decision), decision.get_absolute_url()))
        elif topic is not None:
            found.append(Link(_("Need"), topic.title, topic.get_absolute_url()))
    if contract.purchase is not None:
        purchase = contract.purchase.purchase
        found += _need_told(purchase.matter)
        found.append(Link(_("Need"), purchase.need))
        if purchase.decision is not None:
            found.append(Link(_("Decision"), str(purchase.decision), purchase.decision.get_absolute_url()))
        found.append(Link(_("Designed as a purchase"), purchase.title, purchase.get_absolute_url()))
        found.append(Link(_("Awarded"), contract.purchase.number, contract.purchase.get_absolute_url()))
    if contract.grant is not None:
        found.append(Link(_("Need"), contract.grant.application.summary or contract.grant.title))
        found.append(
            Link(_("Designed in a grant round"), contract.grant.round.title, contract.grant.round.get_absolute_url())
        )
    found.append(Link(_("Coordinated by the community"), contract.division.name, contract.division.get_absolute_url()))
    found.append(Link(_("Taken on by"), contract.organization.name, contract.organization.get_absolute_url()))
    return found


def _need_told(matter: Matter | None) -> list[Link]:
    """Return the matter in which the need was told; of a private one the number alone, which says nothing of anybody."""
    if matter is None:
        return []
    if matter.is_public:
        return [Link(_("Need told"), f"{matter.number} {matter.summary}", matter.get_absolute_url())]
    return [Link(_("Need told"), _("%(number)s, not public") % {"number": matter.number})]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far time, milestones and payments of a contract are, for the picture and its table."""

    time: int
    done: int
    milestones: int
    paid: Decimal
    amount: Decimal

    @property
    def bars(self) -> list[tuple[str, float, str]]:
        """The three bars: name, width on a picture of 360 units, figure."""
        done = self.done / self.milestones if self.milestones else 0.0
        paid = float(self.paid / self.amount) if self.amount else 0.0
        return [
            (_("Time"), round(self.time * 3.6, 1), f"{self.time}%"),
            (_("Milestones confirmed"), round(done * 360, 1), f"{self.done} / {self.milestones}"),
            (_("Paid"), round(min(paid, 1.0) * 360, 1), f"{format_yuan(self.paid)} / {format_yuan(self.amount)}"),
        ]


def progress_of(contract: Contract, instalments: Sequence[Instalment], day: dt.date) -> Progress:
    """Return how far a contract is; no query for one that was read with `for_page`."""
    whole = max((contract.last_day - contract.starts_on).days, 1)
    passed = min(max((day - contract.starts_on).days, 0), whole) if contract.signed_at else 0
    steps = list(contract.milestones.all())
    paid = amount = ZERO
    for row in instalments:
        amount += row.amount
        if row.payment is not None and row.payment.status == PaymentStatus.PAID:
            paid += row.payment.amount
        paid += sum((payment.amount for payment in row.public_payments if payment.status == "PAID"), ZERO)
    done = sum(step.status == MilestoneStatus.CONFIRMED for step in steps)
    return Progress(passed * FULL // whole, done, len(steps), paid, amount)


MOST_TOLD = 50


def contracts_of(organizations: Sequence[SocialOrganization], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of organizations which contracts they carry out, those to be signed first, then the newest.

    Who acts for them is told what waits for them: a signature, evidence that is due. One query, and one for whom somebody
    acts.
    """
    found: dict[int, list[Told]] = {}
    own = organizations_of(user)
    planned = Milestone.objects.filter(contract=OuterRef("pk"), status=MilestoneStatus.PLANNED).order_by("due_on")
    rows: QuerySet[Any] = Contract.objects.visible_to(user).filter(organization__in=organizations)
    rows = rows.annotate(
        due_on=Subquery(planned.values("due_on")[:1]),
        is_offered=ExpressionWrapper(Q(status=ContractStatus.OFFERED), BooleanField()),
    )
    for row in rows.order_by("-is_offered", "-pk")[:MOST_TOLD]:
        told, is_own = _told(row, f"{row.number} {row.title}"), row.organization_id in own
        if row.due_on and row.status == ContractStatus.RUNNING and is_own:
            said = _("%(state)s, evidence due by %(day)s") % {"state": told.state, "day": row.due_on}
            told = replace(told, state=said, waits=True)
        if row.status == ContractStatus.OFFERED and is_own:
            said = _("%(state)s: waits for your signature") % {"state": told.state}
            told = replace(told, state=said, waits=True)
        found.setdefault(row.organization_id, []).append(told)
    return found


def _told(row: Contract, name: str) -> Told:
    """Tell of a contract where it came from."""
    state = str(row.get_status_display())
    return Told(_("Contract"), name, state, row.get_absolute_url(), on=row.signed_on, amount=row.amount)


def contracts_on(awards: Sequence[PurchaseAward], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of awards of purchases by which contracts they are carried out; one query."""
    return _on("purchase", awards, user)


def contracts_on_grants(awards: Sequence[GrantAward], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of grant awards by which contracts they are carried out; one query."""
    return _on("grant", awards, user)


def _on(name: str, awards: Sequence[Any], user: User | AnonymousUser) -> dict[int, list[Told]]:
    found: dict[int, list[Told]] = {}
    cited: dict[str, Any] = {f"{name}__in": awards}
    for row in Contract.objects.visible_to(user).filter(**cited).order_by("pk"):
        found.setdefault(getattr(row, f"{name}_id"), []).append(_told(row, f"{row.number} {row.title}"))
    return found
