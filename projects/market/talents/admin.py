"""Profiles of talents on the desk: proposed, confirmed, declined, and taken off the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from communities.people.desk import OfMyPlaces
from communities.people.models import Resident
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin
from projects.evaluation.forms import places_of
from projects.market.talents import operations
from projects.market.talents.acts import WITH_TALENT, said_of
from projects.market.talents.forms import ConsentForm, PaperConsentForm, ProposalForm
from projects.market.talents.models import TalentProfile

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


@admin.register(TalentProfile)
class TalentProfileAdmin(OfMyPlaces, MovesAdmin):
    """Residents who are good at something; whoever proposes one waits for the person's consent."""

    place = "resident__division"
    view_permission = "projects.view_talent"
    add_permission = "projects.keep_talents"
    form = ProposalForm
    recorded = ("shown_to", "consented_at", "paper_day", "ended_reason")
    list_display = ("resident", "kind", "field", "shown_to", "stated_at", "status")
    list_select_related = ("resident__division",)
    list_filter = ("status", "kind", "field")
    search_fields = ("resident__name", "text")
    ordering = ("-pk",)
    autocomplete_fields = ("resident",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.talent_profile.stated": gettext_lazy("Profile stated by the person"),
        "projects.talent_profile.proposed": gettext_lazy("Resident proposed for the list"),
        "projects.talent_profile.described": gettext_lazy("Profile changed by the person"),
    }

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else ProposalForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the residents of the person's places."""
        if db_field.name == "resident":
            kwargs["queryset"] = Resident.objects.living_here().filter(division__in=places_of(request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Propose the resident."""
        data = form.cleaned_data
        return operations.propose_talent(
            by=acting_user(request), now=clock.now(), resident=data["resident"], said=said_of(data)
        )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask to whom the profile is shown."""
        return {"note_consent": PaperConsentForm, "consent": ConsentForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        WITH_TALENT[name](row, acting_user(request), clock.now(), data)
        return TalentProfile.objects.get(pk=row.pk)
