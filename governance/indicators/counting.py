"""What each indicator is counted from: one query each, grouped by the place of the rows.

A counter returns facts of places; the facts of a place belong to all places above it, except that what another unit runs
(a zone within a district) belongs to that unit.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from communities.policy.policy import LINKAGE_MODEL, Parameter
from communities.policy.queries import value as rule_value
from communities.territory.models import Division, DivisionLevel, Tier
from communities.venues.policy import PropertyClass
from consultation.decisions.lifecycle import DecisionStatus
from consultation.matters.handling.references import STREET_LISTS, TOWNSHIP_LISTS
from consultation.meetings.policy import STEWARD_SESSIONS
from consultation.meetings.stewards.lifecycle import SelectionStatus
from consultation.meetings.stewards.models import StewardSelection
from consultation.topics.models import TopicMatter
from consultation.topics.policy import CONSULTATION_LIST
from funds.enterprises.letting.models import AreaUnit, AssetKind, CommunityAsset
from funds.enterprises.lifecycle import EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.ledger.models import AccountKind, Balance, JournalKind
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.policy import PolicyBase
from funds.returns.models import ReinvestmentUse
from funds.spending.lifecycle import PaymentStatus
from funds.statements.place import COUNTED
from governance.calendar.days import MONTHS, months_later
from governance.indicators.policy import CATALOGUE, CENT, Form
from governance.portal.orphans import CHECKS
from governance.portal.queries import ARRIVED
from projects.contracts.models import Contract
from projects.contracts.services.models import PostKind, PurchasedPosts
from projects.evaluation.models import EvaluationPlan, EvaluationResult, Grade, Method, Party, PushMessage, SubjectKind
from projects.grants.lifecycle import GrantRoundStatus
from projects.grants.models import GrantAward, GrantRound
from projects.grants.policy import VENTURE_CLASSES, RoundKind
from projects.market.fairs.models import FairIntention, FairProject
from projects.market.lifecycle import MATCHED, ServiceStatus
from projects.market.models import MicroService
from projects.market.talents.models import TalentProfile
from projects.market.talents.policy import TalentKind
from projects.purchasing.awarding.lifecycle import AwardStatus
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.catalogue.models import ListKind, PurchaseList, PurchaseListItem
from projects.purchasing.policy import PurchaseKind
from projects.volunteering.policy import MINUTES_PER_POINT
from socialorgs.incubation.lifecycle import StayStatus
from socialorgs.incubation.models import IncubationStay, Incubator
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.register.centers.models import Tenancy
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import OrganizationType, ServiceClass, SocialOrganization, Standing
from socialorgs.register.policy import COMMUNITY_LEAST_FUNDS, COMMUNITY_LEAST_MEMBERS
from socialorgs.register.strengths.models import BroughtIn

MOST_NAMED = 20
IN_MU = Case(When(area_unit=AreaUnit.SQUARE_METER, then=F("area") * 15 / 10000), default=F("area"))
HALF = MONTHS // 2
COUNTED_TIERS = (Tier.DISTRICT, Tier.STREET, Tier.COMMUNITY)
EXISTING = (OrganizationStatus.ACTIVE, OrganizationStatus.LIQUIDATING)
ENDED = (OrganizationStatus.DEREGISTERED, OrganizationStatus.REVOKED)


@dataclass(slots=True)
class Figure:
    """What was found for one place."""

    numerator: Decimal = Decimal(0)
    denominator: Decimal | None = None
    details: list[dict[str, str]] = field(default_factory=list)
    once: set[Any] = field(default_factory=set)
    """Where something is counted once however many rows speak of it: what was counted."""

    def add(self, other: Figure) -> None:
        """Take what belongs to a place below in."""
        self.numerator += other.numerator
        if other.denominator is not None:
            self.denominator = (self.denominator or Decimal(0)) + other.denominator
        self.details = [*self.details, *other.details][:MOST_NAMED]
        if other.once:
            self.once |= other.once
            self.numerator = Decimal(len(self.once))


@dataclass(frozen=True, slots=True)
class Fact:
    """What was found in one place by itself."""

    path: str
    figure: Figure


Counter = Callable[[dt.date], Iterable[Fact]]


class Places:
    """The way from a place to all those to which its figures belong; three queries for the whole country."""

    def __init__(self, day: dt.date) -> None:
        counted = Division.objects.valid_on(day).filter(tier__in=COUNTED_TIERS)
        self.counted = dict(counted.order_by().values_list("pk", "tier"))
        managed = Division.objects.exclude(managed_by=None).valid_on(day)
        self.managed = sorted(managed.order_by().values_list("path", "managed_by__path"), reverse=True)

    def above(self, path: str) -> list[int]:
        """Return the keys of the counted places to which what lies at a path belongs, itself among them."""
        for lent, manager in self.managed:
            if path.startswith(lent):
                own = [int(key) for key in path.split("/") if key][_depth(lent) - 1 :]
                return self._counted([*_keys(manager), *own])
        return self._counted(_keys(path))

    def _counted(self, keys: list[int]) -> list[int]:
        return [key for key in dict.fromkeys(keys) if key in self.counted]

    def districts(self) -> list[int]:
        """Return the keys of the districts."""
        return [key for key, tier in self.counted.items() if tier == Tier.DISTRICT]


def _keys(path: str) -> list[int]:
    return [int(key) for key in path.split("/") if key]


def _depth(path: str) -> int:
    return len(_keys(path))


def rolled_up(facts: Iterable[Fact], places: Places) -> dict[int, Figure]:
    """Return the figures by the key of each place to which they belong."""
    found: dict[int, Figure] = defaultdict(Figure)
    for fact in facts:
        for key in places.above(fact.path):
            found[key].add(fact.figure)
    return dict(found)


def _facts(rows: QuerySet[Any], path: str, numerator: Any, denominator: Any = None) -> Iterator[Fact]:
    """Group rows by the path of their place."""
    asked = {"above": numerator, **({"below": denominator} if denominator is not None else {})}
    for row in rows.order_by().values(path).annotate(**asked):
        below = row.get("below")
        yield Fact(row[path], Figure(Decimal(row["above"] or 0), None if below is None else Decimal(below)))


def _once(rows: QuerySet[Any], path: str, what: str) -> Iterator[Fact]:
    """Name what each place has, so that it counts once there and once in every place above."""
    for place, found in rows.order_by().values_list(path, what).distinct():
        yield Fact(place, Figure(Decimal(1), once={found}))


ONE, NONE = Count("pk"), Value(Decimal(0), output_field=DecimalField())


def divisions(day: dt.date, *, levels: tuple[str, ...]) -> Iterable[Fact]:
    """Count the divisions of some levels."""
    return _facts(Division.objects.valid_on(day).filter(level__in=levels), "path", ONE)


def organizations(day: dt.date, **narrowed: Any) -> Iterable[Fact]:
    """Count the organizations that exist."""
    del day
    return _facts(SocialOrganization.objects.filter(status__in=EXISTING, **narrowed), "division__path", ONE)


def associations(day: dt.date) -> Iterable[Fact]:
    """Count the associations among the registered organizations, by all of them."""
    del day
    rows = SocialOrganization.objects.filter(status__in=EXISTING, standing=Standing.REGISTERED)
    found = Count("pk", filter=Q(organization_type=OrganizationType.ASSOCIATION))
    return _facts(rows, "division__path", found, ONE)


def growth_of_organizations(day: dt.date, *, months: int = MONTHS) -> Iterable[Fact]:
    """Count registered organizations now less those of a year (or some months) before, by those before."""
    before = months_later(day, -months)
    rows = SocialOrganization.objects.filter(standing=Standing.REGISTERED).exclude(status=OrganizationStatus.ENTERED)
    now = Count("pk", filter=Q(founded_on__lte=day) & ~Q(status__in=ENDED))
    then = Count("pk", filter=Q(founded_on__lte=before) & (Q(ended_at=None) | Q(ended_at__date__gt=before)))
    return _facts(rows, "division__path", now - then, then)


def enterprises(day: dt.date) -> Iterable[Fact]:
    """Count the enterprises that are registered or operate."""
    del day
    living = (EnterpriseStatus.REGISTERED, EnterpriseStatus.OPERATING, EnterpriseStatus.SUSPENDED)
    return _facts(CommunityEnterprise.objects.filter(status__in=living), "division__path", ONE)


def yards(day: dt.date) -> Iterable[Fact]:
    """Sum the area of yards in mu, to two decimals."""
    del day
    rows = CommunityAsset.objects.filter(kind=AssetKind.YARD)
    for fact in _facts(rows, "enterprise__division__path", Sum(IN_MU)):
        yield Fact(fact.path, Figure(fact.figure.numerator.quantize(CENT, rounding=ROUND_HALF_UP)))


def _declared(day: dt.date) -> QuerySet[ProfitDeclaration]:
    """Return the published declarations of the year before, the last revision of each."""
    published = ProfitDeclaration.objects.filter(starts_on__year=day.year - 1).published()
    return published.last_revisions()


def declared(day: dt.date, *, above: str, below: str = "") -> Iterable[Fact]:
    """Sum a column of the published declarations of the year before."""
    return _facts(_declared(day), "enterprise__division__path", Sum(above), Sum(below) if below else None)


def _arrived(day: dt.date) -> QuerySet[ReinvestmentOrder]:
    return ReinvestmentOrder.objects.filter(
        run__declaration__starts_on__year=day.year - 1, status__in=ARRIVED, direction="GIVE"
    )


def given_back(day: dt.date) -> Iterable[Fact]:
    """Sum the reinvestment for the year before that has arrived."""
    return _facts(_arrived(day), "enterprise__division__path", Sum("amount"))


def share_given_back(day: dt.date) -> Iterable[Fact]:
    """Set what was given back out of profit beside the published profit; what is given by rent or revenue is not of it."""
    out_of_profit = _arrived(day).filter(
        run__policy__base__in=(PolicyBase.NET_PROFIT, PolicyBase.DISTRIBUTABLE_PROFIT),
        enterprise__in=_declared(day).values("enterprise"),
    )
    yield from _facts(out_of_profit, "enterprise__division__path", Sum("amount"))
    for fact in declared(day, above="net_profit"):
        yield Fact(fact.path, Figure(Decimal(0), fact.figure.numerator))


def raised(day: dt.date) -> Iterable[Fact]:
    """Sum what came into the funds from outside; public money in budget funds is not raised."""
    del day
    sources = Balance.objects.filter(kind=AccountKind.SOURCE, account__book__fund__category__in=COUNTED)
    return _facts(sources, "account__book__division__path", Sum(F("given") - F("received")))


def solved(day: dt.date, *, narrowed: Mapping[str, Any] | None = None) -> Iterable[Fact]:
    """Count the matters whose decision was paid by a fund and accepted by residents."""
    del day
    paid = TopicMatter.objects.filter(
        topic__decisions__status__in=[DecisionStatus.ACCEPTED, DecisionStatus.CLOSED],
        topic__decisions__accepted_at__isnull=False,
        topic__decisions__spending_requests__payments__status=PaymentStatus.PAID,
        **(narrowed or {}),
    )
    return _facts(paid, "matter__division__path", Count("matter", distinct=True))


def solved_by_giving_back(day: dt.date) -> Iterable[Fact]:
    """Count the matters paid by funds that enterprises gave to, and those named as solved with an order; each once."""
    yield from solved(day, narrowed=REINVESTED)
    chain = TopicMatter.objects.filter(
        topic__decisions__status__in=[DecisionStatus.ACCEPTED, DecisionStatus.CLOSED],
        topic__decisions__accepted_at__isnull=False,
        topic__decisions__spending_requests__payments__status=PaymentStatus.PAID,
        **REINVESTED,
    )
    named = ReinvestmentUse.objects.exclude(matter__in=chain.values("matter"))
    yield from _facts(named, "matter__division__path", Count("matter", distinct=True))


REINVESTED = {"topic__decisions__spending_requests__fund__book__journals__kind": JournalKind.REINVESTMENT}


def projects(day: dt.date) -> Iterable[Fact]:
    """Count the signed contracts."""
    del day
    return _facts(Contract.objects.filter(signed_at__isnull=False), "division__path", ONE)


def satisfaction(day: dt.date, *, kind: str) -> Iterable[Fact]:
    """Sum the satisfied answers of published evaluations, by the answers on satisfaction."""
    del day
    plans = EvaluationPlan.objects.filter(subject_kind=kind, publicised_at__isnull=False)
    last = EvaluationResult.objects.filter(plan__in=plans).order_by("plan", "-version").distinct("plan")
    rows = EvaluationResult.objects.filter(pk__in=last.values("pk"))
    return _facts(rows, "plan__division__path", Sum("satisfied"), Sum("valid_for_satisfaction"))


def passed(day: dt.date) -> Iterable[Fact]:
    """Count publicised results that passed or better, by those with a grade; the newest version of each."""
    del day
    rows = _last_results().exclude(grade=Grade.INSUFFICIENT)
    good = Count("pk", filter=~Q(grade=Grade.FAIL))
    return _facts(rows, "plan__division__path", good, ONE)


def response(day: dt.date) -> Iterable[Fact]:
    """Sum the answers of publicised evaluations, by their invitations."""
    del day
    return _facts(_last_results(), "plan__division__path", Sum("answers"), Sum("invited"))


def _last_results() -> QuerySet[Any]:
    last = EvaluationResult.objects.filter(plan__publicised_at__isnull=False).order_by("plan", "-version")
    return EvaluationResult.objects.filter(pk__in=last.distinct("plan").values("pk"))


def receipts(day: dt.date) -> Iterable[Fact]:
    """Count the pushed results whose receipt was confirmed, by all of them, at the place that was judged."""
    del day
    confirmed = Count("pk", filter=Q(read_at__isnull=False))
    return _facts(PushMessage.objects.all(), "result__plan__division__path", confirmed, ONE)


def of_districts(day: dt.date, *, count: Callable[[Division, dt.date], int | Decimal]) -> Iterable[Fact]:
    """Return something that holds for each district as a whole."""
    for district in Division.objects.valid_on(day).filter(tier=Tier.DISTRICT).order_by("pk"):
        yield Fact(district.path, Figure(Decimal(count(district, day))))


def items_of(lists: Mapping[str, Sequence[Any]]) -> int:
    """Count the items of all lists of a rule."""
    return sum(map(len, lists.values()))


def by_rule(parameter: Parameter[Any], count: Callable[[Any], int | Decimal] = Decimal) -> Counter:
    """Count by what a rule says in each district."""
    return partial(of_districts, count=lambda district, day: count(rule_value(parameter, district, day)))


def stewards(day: dt.date) -> Iterable[Fact]:
    """Sum the seats of the choices of stewards that are made, by the size of their bases."""
    del day
    made = StewardSelection.objects.filter(status__in=[SelectionStatus.CHOSEN, SelectionStatus.SEATED])
    return _facts(made, "division__path", Sum("seats"), Sum("base_count"))


def money_of_projects(day: dt.date) -> Iterable[Fact]:
    """Sum the amounts of the signed contracts, by their number."""
    del day
    return _facts(Contract.objects.filter(signed_at__isnull=False), "division__path", Sum("amount"), ONE)


def grants(day: dt.date, *, kind: str, what: Any, months: int | None = None) -> Iterable[Fact]:
    """Sum up the grants of one kind of round that stand; `months` leaves those of so many months."""
    rows = GrantAward.objects.standing().filter(round__kind=kind)
    if months is not None:
        rows = rows.filter(granted_at__date__gt=months_later(day, -months))
    return _facts(rows, "round__division__path", what)


def granted_once(day: dt.date, *, what: str) -> Iterable[Fact]:
    """Count what stands in the awards of the district's rounds, each once."""
    del day
    return _once(GrantAward.objects.standing().filter(round__kind=RoundKind.VENTURE), "round__division__path", what)


def places_with_micro_rounds(day: dt.date) -> Iterable[Fact]:
    """Count the places that have called for micro grants, each once."""
    del day
    called = GrantRound.objects.filter(kind=RoundKind.MICRO).exclude(status=GrantRoundStatus.DRAFT)
    return _once(called, "division__path", "division")


def floor_of_incubators(day: dt.date) -> Iterable[Fact]:
    """Sum the floor of the incubators that are open on the day."""
    rows = Incubator.objects.filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)
    return _facts(rows, "division__path", Sum("floor_area"))


def put_into_incubators(day: dt.date) -> Iterable[Fact]:
    """Sum the contracts with those who run incubators that have begun by the day."""
    rows = OperatorContract.objects.filter(starts_on__lte=day)
    return _facts(rows, "incubator__division__path", Sum("amount"))


def handed_over(day: dt.date, *, what: str) -> Iterable[Fact]:
    """Count what stands in the lists of services handed over that are in force, each once."""
    lists = PurchaseList.objects.in_force_on(day).filter(kind=ListKind.HANDED_OVER)
    rows = PurchaseListItem.objects.filter(purchase_list__in=lists)
    return _once(rows, "purchase_list__division__path", what)


def stays(day: dt.date, *, narrowed: Q) -> Iterable[Fact]:
    """Count stays in incubators."""
    del day
    return _facts(IncubationStay.objects.filter(narrowed), "incubator__division__path", ONE)


def aides(day: dt.date, *, what: Any) -> Iterable[Fact]:
    """Sum up the aide posts that were bought."""
    del day
    return _facts(PurchasedPosts.objects.filter(kind=PostKind.ELDERLY_AIDE), "division__path", what)


def matches(day: dt.date) -> Iterable[Fact]:
    """Count the postings of the market on which both sides have agreed."""
    del day
    agreed = MicroService.objects.filter(matches__status__in=sorted(MATCHED)).exclude(status=ServiceStatus.REMOVED)
    return _facts(agreed, "division__path", Count("pk", distinct=True))


def offered_at_fairs(day: dt.date) -> Iterable[Fact]:
    """Count the projects on the lists of fairs that were opened."""
    del day
    return _facts(FairProject.objects.filter(fair__opened_at__isnull=False), "fair__division__path", ONE)


def bodies_at_fairs(day: dt.date) -> Iterable[Fact]:
    """Count the organizations with an intention at a fair, each once."""
    del day
    rows = FairIntention.objects.exclude(organization=None)
    return _once(rows, "project__fair__division__path", "organization")


def signed_at_fairs(day: dt.date) -> Iterable[Fact]:
    """Count the contracts that came of intentions at fairs, by all intentions."""
    del day
    signed = Count("pk", filter=Q(status="SIGNED"))
    return _facts(FairIntention.objects.all(), "project__fair__division__path", signed, ONE)


def lecturers(day: dt.date) -> Iterable[Fact]:
    """Count the residents on the lists of talents who lecture; each lives in one place."""
    del day
    rows = TalentProfile.objects.listed().filter(kind=TalentKind.LECTURER)
    return _facts(rows, "resident__division__path", Count("resident", distinct=True))


def lectured_fields(day: dt.date) -> Iterable[Fact]:
    """Count what residents lecture on by the words that they name, each once in a place."""
    del day
    return _once(TalentProfile.objects.by_subject(), "resident__division__path", "subject")


def growth_of_bought(day: dt.date, *, narrowed: Mapping[str, Any] | None = None) -> Iterable[Fact]:
    """Sum the final awards of the fiscal year less those of the year before, by those of the year before."""
    years = (day.year - 1, day.year)
    final = PurchaseAward.objects.filter(
        status=AwardStatus.FINAL, budget_line__fiscal_year__in=years, **(narrowed or {})
    )
    now, then = (Coalesce(Sum("amount", filter=Q(budget_line__fiscal_year=year)), NONE) for year in reversed(years))
    return _facts(final, "buyer__path", now - then, then)


def bought(day: dt.date, *, narrowed: Q | None = None) -> Iterable[Fact]:
    """Sum the final awards of the fiscal year; narrowed, a part of them by all of them."""
    final = PurchaseAward.objects.filter(status=AwardStatus.FINAL, budget_line__fiscal_year=day.year)
    if narrowed is None:
        return _facts(final, "buyer__path", Sum("amount"))
    return _facts(final, "buyer__path", Sum("amount", filter=narrowed), Sum("amount"))


def brought_in(day: dt.date) -> Iterable[Fact]:
    """Count the organizations that an agreement brought in, as long as they exist."""
    del day
    return _facts(BroughtIn.objects.filter(organization__status__in=EXISTING), "organization__division__path", ONE)


def tenants(day: dt.date) -> Iterable[Fact]:
    """Count the rooms of service centers that organizations use on the day."""
    return _facts(Tenancy.objects.held_on(day), "center__division__path", ONE)


def orphans(day: dt.date) -> Iterable[Fact]:
    """Count the points of traces that hang on nothing, by the rows looked at; names the first of them."""
    del day
    for check in CHECKS:
        path = f"{check.division}__path"
        for fact in _facts(check.rows(), path, ONE):
            yield Fact(fact.path, Figure(Decimal(0), fact.figure.numerator))
        found = check.orphans(check.rows())
        yield from _facts(found, path, ONE)
        label = found.model._meta.label
        for place, pk in found.order_by("pk").values_list(path, "pk")[:MOST_NAMED]:
            yield Fact(place, Figure(details=[{"check": check.key, "object": label, "key": str(pk)}]))


COUNTERS: dict[str, Counter] = {
    "division.street.after": partial(divisions, levels=(DivisionLevel.STREET,)),
    "division.town.after": partial(divisions, levels=(DivisionLevel.TOWN, DivisionLevel.TOWNSHIP)),
    "division.community.after": partial(divisions, levels=(DivisionLevel.COMMUNITY,)),
    "division.village.after": partial(divisions, levels=(DivisionLevel.VILLAGE,)),
    "division.street_level": partial(
        divisions,
        levels=(
            DivisionLevel.STREET,
            DivisionLevel.TOWN,
            DivisionLevel.TOWNSHIP,
            DivisionLevel.STREET_LEVEL_COMMUNITY,
        ),
    ),
    "so.registered": partial(organizations, standing=Standing.REGISTERED),
    "so.registered.growth": growth_of_organizations,
    "so.registered.half": partial(growth_of_organizations, months=HALF),
    "so.total": organizations,
    "so.associations": associations,
    "so.community.registered": partial(
        organizations, organization_type=OrganizationType.COMMUNITY_ORGANIZATION, standing=Standing.REGISTERED
    ),
    "so.community": partial(organizations, organization_type=OrganizationType.COMMUNITY_ORGANIZATION),
    "so.classes": partial(of_districts, count=lambda _district, _day: len(ServiceClass)),
    "project.count": projects,
    "project.money": money_of_projects,
    "project.mean": money_of_projects,
    "satisfaction.project": partial(satisfaction, kind=SubjectKind.PROJECT),
    "satisfaction.worker": partial(satisfaction, kind=SubjectKind.SOCIAL_WORK),
    "fund.raised": raised,
    "fund.problems": solved,
    "reinvest.problems": solved_by_giving_back,
    "ent.count": enterprises,
    "ent.revenue": partial(declared, above="revenue"),
    "ent.profit": partial(declared, above="net_profit"),
    "ent.margin": partial(declared, above="net_profit", below="revenue"),
    "reinvest.amount": given_back,
    "reinvest.share": share_given_back,
    "asset.rent": partial(declared, above="rent"),
    "asset.area": yards,
    "linkage.elements": partial(
        of_districts, count=lambda district, day: len(rule_value(LINKAGE_MODEL, district, day))
    ),
    "evaluation.parties": partial(of_districts, count=lambda _district, _day: len(Party)),
    "evaluation.methods": partial(of_districts, count=lambda _district, _day: len(Method)),
    "evaluation.passed": passed,
    "evaluation.response": response,
    "evaluation.receipts": receipts,
    "steward.share": stewards,
    "steward.cycle": by_rule(STEWARD_SESSIONS),
    "split.street": by_rule(STREET_LISTS, items_of),
    "split.township": by_rule(TOWNSHIP_LISTS, items_of),
    "topic.catalogue": by_rule(CONSULTATION_LIST, items_of),
    "venture.classes": by_rule(VENTURE_CLASSES, len),
    "points.minutes": by_rule(MINUTES_PER_POINT),
    "rule.min_funds": by_rule(COMMUNITY_LEAST_FUNDS),
    "rule.min_members": by_rule(COMMUNITY_LEAST_MEMBERS),
    "venue.classes": partial(of_districts, count=lambda _district, _day: len(PropertyClass)),
    "venture.projects": partial(grants, kind=RoundKind.VENTURE, what=ONE),
    "venture.money": partial(grants, kind=RoundKind.VENTURE, what=Sum("amount")),
    "venture.editions": partial(granted_once, what="round"),
    "venture.bodies": partial(granted_once, what="organization"),
    "micro.projects": partial(grants, kind=RoundKind.MICRO, what=ONE, months=MONTHS),
    "micro.money": partial(grants, kind=RoundKind.MICRO, what=Sum("amount"), months=MONTHS),
    "micro.units": places_with_micro_rounds,
    "incubator.area": floor_of_incubators,
    "incubator.investment": put_into_incubators,
    "incubation.total": partial(stays, narrowed=Q(admitted_at__isnull=False)),
    "incubation.out": partial(stays, narrowed=Q(status=StayStatus.GRADUATED)),
    "aide.count": partial(aides, what=Sum("filled")),
    "aide.money": partial(aides, what=Sum("amount")),
    "match.count": matches,
    "fair.projects": offered_at_fairs,
    "fair.bodies": bodies_at_fairs,
    "fair.signed": signed_at_fairs,
    "talent.lecturers": lecturers,
    "talent.fields": lectured_fields,
    "purchase.total": bought,
    "purchase.sunken": partial(bought, narrowed=Q(purchase__kind=PurchaseKind.HANDED_OVER)),
    "purchase.growth": growth_of_bought,
    "purchase.sunken.growth": partial(growth_of_bought, narrowed={"purchase__kind": PurchaseKind.HANDED_OVER}),
    "sunken.items": partial(handed_over, what="pk"),
    "sunken.classes": partial(handed_over, what="category"),
    "so.brought_in": brought_in,
    "so.tenants": tenants,
    "trace.orphans": orphans,
}
"""Indicators without a counter are only recomputed from what reports print."""

SAME_EVERYWHERE: dict[str, Decimal] = {"asset.rent": Decimal(MONTHS)}
"""Denominators that do not add up from place to place."""


def figures_of(key: str, day: dt.date, places: Places) -> dict[int, Figure]:
    """Return the figures of one indicator by the key of the place; districts without any row have nothing to count."""
    found = rolled_up(COUNTERS[key](day), places)
    if CATALOGUE[key].form in {Form.COUNT, Form.YUAN}:
        for district in places.districts():
            found.setdefault(district, Figure())
    for figure in found.values():
        figure.denominator = SAME_EVERYWHERE.get(key, figure.denominator)
    return found
