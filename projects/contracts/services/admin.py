"""Records of service, posts that were bought, venues and awards on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin, display
from projects.contracts.forms import ReasonForm
from projects.contracts.models import Contract
from projects.contracts.services import operations
from projects.contracts.services.forms import FilledForm, PostsForm
from projects.contracts.services.models import ProjectAward, PurchasedPosts, ServiceRecord, VenueOperation
from projects.contracts.terms.admin import OfContractAdmin
from projects.evaluation.forms import places_of

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


@admin.register(ServiceRecord)
class ServiceRecordAdmin(OfContractAdmin):
    """Records of service that the community confirms."""

    list_display = ("contract", "kind", "served_on", "people", "hours", "status")
    list_filter = ("kind", "status")
    search_fields = ("contract__number", "contract__title", "place")
    row_name = "record"
    operations_of: ClassVar[dict[str, Any]] = {
        "confirm": operations.confirm_service,
        "reject": operations.reject_service,
    }
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {"reject": ReasonForm}
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.service_record.entered": _("Service recorded")}


@admin.register(ProjectAward)
class ProjectAwardAdmin(OfContractAdmin):
    """Awards that wait for their confirmation."""

    list_display = ("title", "contract", "level", "granted_on", "is_brand", "status")
    list_filter = ("level", "is_brand", "status")
    search_fields = ("title", "contract__title", "granted_by")
    row_name = "award"
    operations_of: ClassVar[dict[str, Any]] = {
        "confirm": operations.confirm_award,
        "reject": operations.reject_award,
    }
    forms_of: ClassVar[dict[str, type[forms.Form]]] = {"reject": ReasonForm}
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.award.entered": _("Award entered")}


def _fill(row: PurchasedPosts, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.fill_posts(by=by, now=now, purchased=row, filled=data["filled"])


@admin.register(PurchasedPosts)
class PurchasedPostsAdmin(StaffAdmin):
    """Posts that streets bought from agencies: since March 2020 only with their service contract and its results."""

    view_permission = "projects.view_contract_file"
    add_permission = "projects.manage_contract"
    form = PostsForm
    list_display = ("division", "kind", "agency_name", "posts", "filled", "amount", "starts_on", "history")
    list_select_related = ("division",)
    list_filter = ("kind",)
    search_fields = ("agency_name", "division__name")
    ordering = ("-starts_on", "-pk")
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.posts.recorded": _("Posts recorded"),
        "projects.posts.filled": _("Posts filled"),
    }
    deeds = (Deed("fill", _("Posts filled now"), "projects.manage_contract", _fill, form=FilledForm),)

    @display(description=_("before March 2020"), boolean=True)
    def history(self, row: PurchasedPosts) -> bool:
        """Tell which ones were bought before it was forbidden."""
        return row.is_history

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts and their contracts on posts."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        elif db_field.name == "contract":
            free = Q(kind="POSTS", purchased_posts=None)
            kwargs["queryset"] = Contract.objects.filter(within(request.user)).filter(free).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the posts."""
        return operations.record_posts(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(VenueOperation)
class VenueOperationAdmin(StaffAdmin):
    """Venues that organizations operate; described on the contract's page."""

    view_permission = "projects.view_contract_file"
    list_display = ("venue", "contract", "hours_a_week")
    list_select_related = ("venue", "contract__division", "contract__organization")
    list_filter = ("venue__property_class",)
    search_fields = ("venue__name", "contract__number")
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.venue.described": _("Venue described")}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the venues of the contracts that the viewer handles."""
        return VenueOperation.objects.inside_of(request.user)
