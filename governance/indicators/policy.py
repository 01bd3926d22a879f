"""The catalogue of indicators, and how a claimed figure is set beside a computed one. Pure.

An indicator says in words what stands above and below the line, so that nobody has to guess what a percentage is of.
Growth is the change by the value before; the share of newcomers in the new total is another thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.growth import Growth
from governance.money import format_yuan

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

S0, S1 = "Report on Ziliujing 2021", "Report on Luyang 2020"
S2, S2B, S3, S4 = "Report on Jiangbei", "Report on Pengshui", "Report on Baohe", "Report on Wuhou"
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
NEARLY = Decimal("0.10")
"""What is printed as “about” may be off by this part."""


class Form(models.TextChoices):
    """How a value is made of its numerator and denominator."""

    COUNT = "COUNT", _("count")
    YUAN = "YUAN", _("amount in yuan")
    SHARE = "SHARE", _("share in percent")
    GROWTH = "GROWTH", _("change in percent of the value before")
    MEAN = "MEAN", _("mean")


class Direction(models.TextChoices):
    """Which way is better."""

    HIGHER = "HIGHER", _("more is better")
    LOWER = "LOWER", _("less is better")
    NEUTRAL = "NEUTRAL", _("neither is better")


class Qualifier(models.TextChoices):
    """How exactly a printed figure is meant."""

    EXACT = "EXACT", _("exactly")
    AT_LEAST = "AT_LEAST", _("at least")
    ABOUT = "ABOUT", _("about")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: what is counted, of what, in which unit, by which source."""

    key: str
    label: StrOrPromise
    form: Form
    unit: StrOrPromise
    numerator: StrOrPromise
    denominator: StrOrPromise
    direction: Direction
    basis: str
    page: str = ""
    """The name of the page that lists the rows it is counted from; it takes a place as its part or as its filter."""
    query: str = ""
    """What narrows that page to the rows that are counted."""


CATALOGUE: dict[str, Indicator] = {}


def define(
    key: str,
    label: StrOrPromise,
    form: Form,
    *,
    unit: StrOrPromise = "",
    of: StrOrPromise,
    by: StrOrPromise = "",
    direction: Direction = Direction.NEUTRAL,
    basis: str = S0,
    page: str = "",
    query: str = "",
) -> Indicator:
    """Enter an indicator into the catalogue; a key stands once."""
    if key in CATALOGUE:
        message = f"{key} is defined twice"
        raise ValueError(message)
    usual: dict[str, StrOrPromise] = {Form.SHARE: "%", Form.GROWTH: "%", Form.YUAN: _("yuan")}
    found = Indicator(key, label, form, unit or usual.get(form, ""), of, by, direction, basis, page, query)
    CATALOGUE[key] = found
    return found


rising = partial(define, direction=Direction.HIGHER)
"""Enter an indicator of which more is better."""

define(
    "division.street.after",
    _("Streets"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "units"),
    of=_("street offices that the district counts as its own"),
)
define(
    "division.town.after",
    _("Towns and townships"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "units"),
    of=_("towns and townships that the district counts as its own"),
)
define(
    "division.community.after",
    pgettext_lazy("indicator", "Communities"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "units"),
    of=_("urban communities that the district counts as its own, without those run by a zone"),
    page="communities:division-list",
)
define(
    "division.community.change",
    _("Change of the number of communities"),
    Form.GROWTH,
    of=_("communities after less communities before"),
    by=_("communities before"),
)
define(
    "division.group.change",
    _("Change of the number of village groups"),
    Form.GROWTH,
    of=_("groups after less groups before"),
    by=_("groups before"),
)
rising(
    "so.registered",
    _("Registered social organizations"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("registered organizations that exist"),
    page="socialorgs:organization-list",
    query="standing=REGISTERED",
)
rising(
    "so.registered.growth",
    _("Growth of registered social organizations in a year"),
    Form.GROWTH,
    of=_("registered organizations now less those of a year before"),
    by=_("registered organizations a year before"),
    page="socialorgs:organization-list",
    query="standing=REGISTERED",
)
rising(
    "so.community",
    _("Community organizations"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("community organizations that exist, registered or filed"),
    page="socialorgs:organization-list",
    query="organization_type=COMMUNITY_ORGANIZATION",
)
define(
    "so.classes",
    _("Classes of community organizations"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "classes"),
    of=_("service classes of the register"),
    page="socialorgs:organization-list",
    query="organization_type=COMMUNITY_ORGANIZATION",
)
rising(
    "project.count",
    _("Projects"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "projects"),
    of=_("signed contracts with organizations"),
    page="projects:contract-list",
)
rising(
    "so.total",
    _("Social organizations, registered and filed"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("organizations that exist"),
    basis=S4,
    page="socialorgs:organization-list",
)
define(
    "so.associations",
    _("Part of associations in the registered organizations"),
    Form.SHARE,
    of=_("social associations that exist"),
    by=_("registered organizations that exist"),
    basis=S2B,
    page="socialorgs:organization-list",
    query="standing=REGISTERED&organization_type=ASSOCIATION",
)
rising(
    "so.registered.half",
    _("Growth of registered social organizations in half a year"),
    Form.GROWTH,
    of=_("registered organizations now less those of half a year before"),
    by=_("registered organizations half a year before"),
    basis=S2B,
    page="socialorgs:organization-list",
    query="standing=REGISTERED",
)
rising(
    "so.community.registered",
    _("Community organizations that are registered"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("community organizations that exist and are registered"),
    basis=S4,
    page="socialorgs:organization-list",
    query="standing=REGISTERED&organization_type=COMMUNITY_ORGANIZATION",
)
rising(
    "project.money",
    _("Money of projects"),
    Form.YUAN,
    of=_("amounts of signed contracts with organizations"),
    basis=S2,
    page="projects:contract-list",
)
define(
    "project.mean",
    _("Money of a project"),
    Form.MEAN,
    unit=_("yuan"),
    of=_("amounts of signed contracts with organizations"),
    by=_("signed contracts with organizations"),
    basis=S2,
    page="projects:contract-list",
)
rising(
    "satisfaction.project",
    _("Satisfaction with projects"),
    Form.SHARE,
    of=_("answers that were satisfied, in published evaluations of projects"),
    by=_("answers on satisfaction"),
    page="projects:open-account",
    query="kind=PROJECT",
)
rising(
    "satisfaction.worker",
    _("Satisfaction with social workers' service"),
    Form.SHARE,
    of=_("answers that were satisfied, in published evaluations of social workers' service"),
    by=_("answers on satisfaction"),
    page="projects:open-account",
    query="kind=SOCIAL_WORK",
)
rising(
    "fund.raised",
    _("Money raised by community funds"),
    Form.YUAN,
    of=_("what came into the funds from outside, in all"),
    page="funds:fund-list",
)
rising(
    "fund.problems",
    _("Problems solved with money of community funds"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "matters"),
    of=_("matters whose decision was paid by a fund and accepted by residents"),
    page="indicators:division-problems",
)
rising(
    "reinvest.problems",
    _("Problems solved with money that enterprises gave back"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "matters"),
    of=_("matters whose decision was paid by a fund that took reinvestment, and accepted by residents"),
)
rising(
    "ent.count",
    _("Community enterprises"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("community enterprises that are registered or operate"),
    page="funds:enterprise-list",
)
rising(
    "ent.revenue",
    _("Revenue of community enterprises last year"),
    Form.YUAN,
    of=_("revenue in the published declarations of last year"),
    page="funds:enterprise-list",
)
rising(
    "ent.profit",
    _("Net profit of community enterprises last year"),
    Form.YUAN,
    of=_("net profit in the published declarations of last year"),
    page="funds:enterprise-list",
)
rising(
    "ent.margin",
    _("Net profit by revenue last year"),
    Form.SHARE,
    of=_("net profit in the published declarations of last year"),
    by=_("revenue in the same declarations"),
)
rising(
    "reinvest.amount",
    _("Given back by community enterprises for last year"),
    Form.YUAN,
    of=_("reinvestment for last year that has arrived"),
)
rising(
    "reinvest.share",
    _("Share of net profit given back for last year"),
    Form.SHARE,
    of=_("reinvestment for last year out of published profit that has arrived"),
    by=_("net profit in the published declarations of last year"),
)
define(
    "asset.rent",
    _("Rent of community enterprises a month"),
    Form.MEAN,
    unit=pgettext_lazy("unit", "yuan a month"),
    of=_("rent in the published declarations of last year"),
    by=_("months of the year"),
)
rising(
    "asset.area",
    _("Area of the yards that communities put to use"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "mu"),
    of=_("area of yards among the assets of community enterprises; 1 mu is 10,000/15 square meters"),
    page="funds:enterprise-list",
)
define(
    "linkage.elements",
    _("Actors that work together"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "actors"),
    of=_("actors of the linkage model in force"),
)
define(
    "evaluation.parties",
    _("Parties that evaluate"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "parties"),
    of=_("parties of an evaluation"),
)
define(
    "evaluation.methods",
    _("Methods of evaluation"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "methods"),
    of=_("methods of an evaluation"),
)
rising(
    "evaluation.passed",
    _("Evaluations that passed or better"),
    Form.SHARE,
    of=_("publicised results that are excellent, good or passed"),
    by=_("publicised results with a grade"),
    page="projects:open-account",
)
rising(
    "evaluation.response",
    _("Response to evaluations"),
    Form.SHARE,
    of=_("answers in publicised evaluations"),
    by=_("invitations in the same evaluations"),
    basis="Rule of this platform",
    page="projects:open-account",
)
rising(
    "evaluation.receipts",
    _("Pushed results whose receipt was confirmed"),
    Form.SHARE,
    of=_("pushed results whose receipt was confirmed"),
    by=_("pushed results"),
    page="projects:evaluation-list",
)
ORPHANS = "trace.orphans"
define(
    ORPHANS,
    _("Points that hang on nothing"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "rows"),
    of=_("payments without a decision in force, decisions without a passed ballot of their topic, and the like"),
    by=_("rows that were looked at"),
    direction=Direction.LOWER,
    basis="Rule of this platform",
)


def value_of(form: str, numerator: Decimal, denominator: Decimal | None) -> Decimal | None:
    """Return the value with two decimals, half up; nothing where there is nothing to divide by.

    What is not the whole is never shown as 100 %, and what is not nothing never as 0 %.
    """
    if form in {Form.COUNT, Form.YUAN}:
        return numerator
    if denominator is None or denominator <= 0:
        return None
    if form == Form.MEAN:
        return (numerator / denominator).quantize(CENT, rounding=ROUND_HALF_UP)
    exact = numerator * HUNDRED / denominator
    shown = exact.quantize(CENT, rounding=ROUND_HALF_UP)
    if form == Form.SHARE and exact != shown:
        if shown == HUNDRED:
            return HUNDRED - CENT if exact < HUNDRED else HUNDRED + CENT
        if shown == 0:
            return CENT.copy_sign(exact)
    return shown


@dataclass(frozen=True, slots=True)
class Change(Growth):
    """A value before and after, and which of the two figures a report has printed of it."""

    def meant_by(self, printed: Decimal, qualifier: str) -> str:
        """Tell which of the two a printed figure is, rounded or cut off: GROWTH, SHARE, or neither."""
        for form, found in ((Form.GROWTH, self.growth), (Form.SHARE, self.share)):
            if found is None:
                continue
            cut = found.quantize(Decimal(1).scaleb(-decimals(printed)), rounding=ROUND_DOWN)
            if agrees(printed, found, qualifier) or cut == printed:
                return form
        return ""


def written(form: str, value: Decimal | None) -> str:
    """Write a value for people, without its unit."""
    if value is None:
        return ""
    if form == Form.COUNT or (value == value.to_integral_value() and form != Form.YUAN):
        return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
    return format_yuan(value) if form == Form.YUAN else f"{value:,.2f}"


def decimals(value: Decimal) -> int:
    """Return how many decimals a figure was printed with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def agrees(printed: Decimal, found: Decimal, qualifier: str) -> bool:
    """Tell whether a found value bears a printed one out, as exactly as that was meant."""
    if qualifier == Qualifier.AT_LEAST:
        return found >= printed
    if qualifier == Qualifier.ABOUT:
        return abs(found - printed) <= abs(printed) * NEARLY
    return found.quantize(Decimal(1).scaleb(-decimals(printed)), rounding=ROUND_HALF_UP) == printed
