"""Indicators of the reports on the other districts, and of what stands in the rooms of organizations and projects."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.indicators.policy import S1, S2, S2B, S3, S4, Direction, Form, define

define(
    "division.village.after",
    _("Villages"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "units"),
    of=_("villages that the district counts as its own"),
    basis=S2B,
)
define(
    "division.street_level",
    _("Streets, towns and townships"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "units"),
    of=_("units of the street level that the district counts as its own"),
    basis=S2B,
)
define(
    "grid.change",
    _("Change of the number of grids"),
    Form.GROWTH,
    of=_("grids after less grids before"),
    by=_("grids before"),
    basis=S1,
)
define(
    "steward.share",
    _("Stewards by the base from which they are chosen"),
    Form.SHARE,
    of=_("stewards to be chosen, in choices that are made"),
    by=_("people or households of the base"),
    basis=S2,
)
define(
    "steward.cycle",
    _("Meetings of stewards in a year, at least"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "times"),
    of=_("the rule of the place"),
    basis=S2,
)
define(
    "split.street",
    _("Reference items of streets for the sorting in three"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "items"),
    of=_("items of the three lists in force"),
    basis=S2B,
)
define(
    "split.township",
    _("Reference items of townships for the sorting in three"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "items"),
    of=_("items of the three lists in force"),
    basis=S2B,
)
define(
    "topic.catalogue",
    _("Items of the consultation list"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "items"),
    of=_("items of all classes of the list in force"),
    basis=S2B,
)
define(
    "center.projects",
    _("Neighborhood centers in hand"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "projects"),
    of=_("projects of centers in all stages"),
    basis=S3,
)
define(
    "venue.classes",
    _("Classes of premises"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "classes"),
    of=_("classes by which premises are run"),
    basis=S3,
)
define(
    "points.minutes",
    _("Minutes of service for one point"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "minutes"),
    of=_("the rule of the place"),
    basis=S3,
)
define(
    "venture.classes",
    _("Classes of venture grants"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "classes"),
    of=_("classes of projects in force"),
    basis=S3,
)
define(
    "venture.projects",
    _("Projects of venture grants"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "projects"),
    of=_("grants of the district's rounds that stand"),
    direction=Direction.HIGHER,
    basis=S3,
    page="projects:grant-round-list",
    query="kind=VENTURE",
)
define(
    "venture.money",
    _("Money of venture grants"),
    Form.YUAN,
    of=_("grants of the district's rounds that stand"),
    basis=S3,
    page="projects:grant-round-list",
    query="kind=VENTURE",
)
define(
    "micro.projects",
    _("Projects of micro grants in a year"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "projects"),
    of=_("grants of the streets' rounds that stand, awarded within a year"),
    direction=Direction.HIGHER,
    basis=S3,
    page="projects:grant-round-list",
    query="kind=MICRO",
)
define(
    "micro.money",
    _("Money of micro grants in a year"),
    Form.YUAN,
    of=_("grants of the streets' rounds that stand, awarded within a year"),
    basis=S3,
    page="projects:grant-round-list",
    query="kind=MICRO",
)
define(
    "incubation.total",
    _("Admitted to incubators"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("bodies, groups and founders that were admitted, also those that have left"),
    direction=Direction.HIGHER,
    basis=S3,
    page="socialorgs:incubator-list",
)
define(
    "incubation.out",
    _("Left incubators with success"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("stays that ended with a body in the register"),
    direction=Direction.HIGHER,
    basis=S2,
    page="socialorgs:incubator-list",
)
define(
    "aide.count",
    _("Aides in services for the elderly"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "persons"),
    of=_("aide posts that were filled"),
    basis=S3,
    page="projects:post-list",
)
define(
    "aide.money",
    _("Money for aides in services for the elderly"),
    Form.YUAN,
    of=_("amounts of aide posts that were bought"),
    basis=S3,
    page="projects:post-list",
)
define(
    "match.count",
    _("Small services matched"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "services"),
    of=_("postings of the market that both sides have agreed on"),
    direction=Direction.HIGHER,
    basis=S2,
    page="projects:market-figures",
)
define(
    "fair.projects",
    _("Projects offered at fairs"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "projects"),
    of=_("projects on the lists of fairs that were opened"),
    direction=Direction.HIGHER,
    basis=S4,
    page="projects:market-fairs",
)
define(
    "fair.signed",
    _("Intentions of fairs that became contracts"),
    Form.SHARE,
    of=_("contracts that came of intentions at fairs"),
    by=_("intentions noted at fairs"),
    direction=Direction.HIGHER,
    basis=S4,
    page="projects:market-fairs",
)
define(
    "talent.lecturers",
    pgettext_lazy("indicator", "Star lecturers"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "persons"),
    of=_("residents on the lists of talents who lecture"),
    direction=Direction.HIGHER,
    basis=S2,
    page="projects:market-talents",
)
define(
    "purchase.total",
    _("Services bought this fiscal year"),
    Form.YUAN,
    of=_("final awards on budget lines of this fiscal year"),
    basis=S4,
    page="projects:purchase-list",
)
define(
    "purchase.sunken",
    _("Part of services handed over in what was bought"),
    Form.SHARE,
    of=_("final awards for services handed over, this fiscal year"),
    by=_("all final awards of this fiscal year"),
    basis=S4,
    page="projects:purchase-list",
    query="kind=HANDED_OVER",
)
define(
    "so.brought_in",
    _("Brand organizations brought in"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("organizations with an agreement that brought them here"),
    direction=Direction.HIGHER,
    basis=S4,
    page="socialorgs:organization-list",
    query="brought_in=true",
)
define(
    "so.tenants",
    _("Tenants of service centers"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("rooms in service centers that organizations use"),
    direction=Direction.HIGHER,
    basis=S4,
    page="socialorgs:center-list",
)
define(
    "rule.min_funds",
    _("Funds that a community organization needs to register"),
    Form.YUAN,
    of=_("the rule of the place"),
    basis=S4,
    page="socialorgs:registration-rules",
)
define(
    "rule.min_members",
    _("Members that a community organization needs to register"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "persons"),
    of=_("the rule of the place"),
    basis=S4,
    page="socialorgs:registration-rules",
)
define(
    "venture.editions",
    _("Editions of venture grants"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "editions"),
    of=_("rounds of the district with awards"),
    basis=S3,
    page="projects:grant-round-list",
    query="kind=VENTURE",
)
define(
    "venture.bodies",
    _("Organizations supported by venture grants"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("organizations with a grant of the district's rounds that stands, each once"),
    direction=Direction.HIGHER,
    basis=S3,
    page="projects:grant-round-list",
    query="kind=VENTURE",
)
define(
    "micro.units",
    _("Streets and communities with rounds of micro grants"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "units"),
    of=_("places that have called for micro grants"),
    direction=Direction.HIGHER,
    basis=S3,
    page="projects:grant-round-list",
    query="kind=MICRO",
)
define(
    "incubator.area",
    _("Floor of incubators"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "square meters"),
    of=_("floor of the incubators that are open"),
    basis=S3,
    page="socialorgs:incubator-list",
)
define(
    "incubator.investment",
    _("Money put into incubators"),
    Form.YUAN,
    of=_("amounts of the contracts with those who run incubators, from the day on which each begins"),
    page="socialorgs:incubator-list",
)
define(
    "fair.bodies",
    _("Organizations that took part in fairs"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "bodies"),
    of=_("organizations with an intention at a fair, each once in a place"),
    direction=Direction.HIGHER,
    basis=S4,
    page="projects:market-fairs",
)
define(
    "sunken.items",
    _("Government services handed over"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "items"),
    of=_("items of the lists of services handed over, in force"),
    basis=S4,
    page="projects:purchase-lists",
)
define(
    "sunken.classes",
    _("Classes of government services handed over"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "classes"),
    of=_("classes in the same lists"),
    basis=S4,
    page="projects:purchase-lists",
)
define(
    "talent.fields",
    _("Fields of star lecturers"),
    Form.COUNT,
    unit=pgettext_lazy("unit", "fields"),
    of=_("fields of the lecturers on the lists of talents, each once in a place"),
    basis=S2,
    page="projects:market-talents",
)
define(
    "purchase.growth",
    _("Growth of services bought, beside the year before"),
    Form.GROWTH,
    of=_("final awards of this fiscal year less those of the year before"),
    by=_("final awards of the fiscal year before"),
    basis=S4,
    page="projects:purchase-list",
)
define(
    "purchase.sunken.growth",
    _("Growth of services handed over, beside the year before"),
    Form.GROWTH,
    of=_("final awards for services handed over of this fiscal year less those of the year before"),
    by=_("final awards for services handed over of the fiscal year before"),
    basis=S4,
    page="projects:purchase-list",
    query="kind=HANDED_OVER",
)
