"""The numbers that laws set for committees."""

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole, whole_range

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
