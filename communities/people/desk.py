"""Lists of the desk that keep to the places in which somebody works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from communities.people.queries import within
from governance.staff import StaffAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


class OfMyPlaces(StaffAdmin):
    """Rows of the viewer's own places, where the desk shows the page of a row to those who read the files of its place.

    What is public of other places, or one's own business elsewhere, has its page outside the desk: in this list it would
    be a link that the desk refuses. `place` leads from a row to its division; `roles` name those who read such rows where
    not everybody who reads files does.
    """

    place: ClassVar[str] = "division"
    roles: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """Keep to the places of the viewer's posts."""
        return super().get_queryset(request).filter(within(request.user, *self.roles, division=self.place))
