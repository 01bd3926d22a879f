"""The market on the desk: what is posted, who took it, what both say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin
from projects.market.acts import WITH_MATCH, WITH_SERVICE
from projects.market.models import MicroService, ServiceMatch, Settlement

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


@admin.register(MicroService)
class MicroServiceAdmin(OfMyPlaces, MovesAdmin):
    """Small services; staff post on the market's page, and take down here what has no place there."""

    view_permission = "projects.view_market_desk"
    recorded = ("take_by", "posted_at", "ended_reason")
    list_display = ("title", "division", "side", "field", "poster_kind", "settlement", "starts_at", "status")
    list_select_related = ("division",)
    list_filter = ("status", "side", "field", "settlement", "poster_kind")
    search_fields = ("title",)
    ordering = ("-pk",)
    date_hierarchy = "starts_at"
    exclude = ("code", "contact")
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.micro_service.posted": gettext_lazy("Small service posted"),
        "projects.market_block.made": gettext_lazy("Blocked on the market"),
        "projects.market_block.lifted": gettext_lazy("Block on the market lifted"),
    }

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        WITH_SERVICE[name](row, acting_user(request), clock.now(), data)
        return MicroService.objects.get(pk=row.pk)


def _is_bought(row: ServiceMatch) -> bool:
    return row.service.settlement == Settlement.FUND and row.status == "DONE" and row.payment_id is None


def _waits_for_payment(rows: QuerySet[ServiceMatch]) -> QuerySet[ServiceMatch]:
    return rows.filter(status="DONE", payment=None, service__settlement=Settlement.FUND)


@admin.register(ServiceMatch)
class ServiceMatchAdmin(OfMyPlaces, MovesAdmin):
    """Takings with their moves; how the two sides reach each other is not shown here."""

    place = "service__division"
    view_permission = "projects.view_market_desk"
    recorded = (
        "taken_at",
        "confirmed_at",
        "signed_in_at",
        "is_by_code",
        "done_at",
        "settled_at",
        "absent",
        "ended_reason",
    )
    list_display = ("service", "taker_kind", "taken_at", "confirmed_at", "done_at", "status")
    list_select_related = ("service__division", "service__organization", "organization")
    list_filter = ("status", "service__field", "service__settlement")
    search_fields = ("service__title",)
    ordering = ("-pk",)
    date_hierarchy = "taken_at"
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.service_match.taken": gettext_lazy("Small service taken"),
        "projects.service_match.payment_planned": gettext_lazy("Payment of the fund planned"),
        "projects.service_match.rated": gettext_lazy("Other side rated"),
    }
    deeds = (
        Deed(
            "plan_payment",
            gettext_lazy("Plan the fund's payment"),
            "projects.pay_match",
            WITH_MATCH["plan_payment"],
            is_open=_is_bought,
            waiting=_waits_for_payment,
        ),
    )

    @admin.display(description=pgettext_lazy("market", "taken for"), empty_value="–")
    def taker_kind(self, row: ServiceMatch) -> str:
        """Name an organization; a person is not named in lists."""
        return row.organization.name if row.organization else str(pgettext_lazy("market", "a resident"))

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        WITH_MATCH[name](row, acting_user(request), clock.now(), data)
        return ServiceMatch.objects.get(pk=row.pk)
