"""The numbers that laws set for committees."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, share, whole, whole_range

URBAN_SIZE = declare(
    "committee.urban.size",
    _("Members of a residents' committee"),
    unit="persons",
    read=whole_range,
    default=(5, 9),
    basis="Organic Law of Urban Residents' Committees art. 7",
)

VILLAGE_SIZE = declare(
    "committee.village.size",
    _("Members of a villagers' committee"),
    unit="persons",
    read=whole_range,
    default=(3, 7),
    basis="Organic Law of Villagers' Committees art. 6",
)

TERM_YEARS = declare(
    "committee.term_years",
    _("Term of a committee"),
    unit="years",
    read=whole,
    default=5,
    basis="Organic Laws of Urban Residents' and of Villagers' Committees",
)

VILLAGE_WOMEN = declare(
    "committee.village.women",
    _("Women in a villagers' committee, at least"),
    unit="persons",
    read=whole,
    default=1,
    basis="Organic Law of Villagers' Committees art. 6",
)

URBAN_WOMEN = declare(
    "committee.urban.women",
    _("Women in a residents' committee, at least"),
    unit="persons",
    read=whole,
    default=1,
    basis="Law on the Protection of Women's Rights and Interests art. 14; the number is a default of this platform",
)

COUNCIL_WOMEN = declare(
    "council.women_share",
    _("Share of women in a residents' council, at least"),
    unit="share",
    read=share,
    default=Decimal("0.3333"),
    basis="Organic Law of Villagers' Committees art. 25 (representatives of villagers); default of this platform for councils",
)


def years_later(day: dt.date, years: int) -> dt.date:
    """Return the same day so many years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)
