"""A stay that is held against others, and one whose body is in the incubator."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import NotNow
from socialorgs.incubation.lifecycle import SHELLS
from socialorgs.incubation.models import IncubationStay


class NotInAShell(NotNow):
    """Plans and reviews belong to bodies that are in the incubator."""

    code = "incubation_not_in_a_shell"
    message = _("“%(name)s” is not in the incubator (“%(status)s”).")


def locked(stay: IncubationStay) -> IncubationStay:
    """Return the stay as it is now, held against others; one query."""
    rows = IncubationStay.objects.select_for_update(of=("self",)).select_related("incubator__division", "organization")
    return rows.get(pk=stay.pk)


def in_a_shell(stay: IncubationStay) -> IncubationStay:
    """Return the stay, locked; the body is in the incubator."""
    fresh = locked(stay)
    if fresh.status not in SHELLS:
        raise NotInAShell(name=fresh.name, status=fresh.get_status_display())
    return fresh
