"""Where I live: registering as a resident of a community, and moving away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View

from communities.people import operations
from communities.people.forms import MovingForm, RegistrationForm
from communities.people.queries import resident_of
from communities.territory.models import Division, Tier
from governance.accounts.masking import mask_identity
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Refusals

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse


@method_decorator(login_required, name="dispatch")
class Residence(Refusals, View):
    """One's own registration, and the form by which one leaves."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show where the person is registered."""
        return self._page(request, MovingForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Record that the person moves away."""
        form = MovingForm(request.POST)
        mine = resident_of(request.user)
        if mine is not None and form.is_valid():
            done = self.attempt(
                form,
                operations.move_away,
                by=acting_user(request),
                now=clock.now(),
                resident=mine,
                on=form.cleaned_data["on"],
            )
            if done is not None:
                messages.success(request, _("It has been recorded that you move away."))
                return redirect("communities:residence")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        mine = resident_of(request.user)
        context = {"mine": mine, "form": form, "masked_identity": mask_identity(mine.identity_number) if mine else ""}
        return render(request, "communities/people/residence.html", context)


@method_decorator(login_required, name="dispatch")
class Register(Refusals, View):
    """The form by which somebody claims to live in a community."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form."""
        return self._page(request, self._place(pk), RegistrationForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the claim in."""
        place, form = self._place(pk), RegistrationForm(request.POST)
        if form.is_valid():
            made = self.attempt(
                form,
                operations.register_resident,
                by=acting_user(request),
                now=clock.now(),
                division=place,
                **form.cleaned_data,
            )
            if made is not None:
                messages.success(request, _("Your registration has been recorded. The community office confirms it."))
                return redirect("communities:residence")
        return self._page(request, place, form)

    @staticmethod
    def _place(pk: int) -> Division:
        return get_object_or_404(Division, pk=pk, tier=Tier.COMMUNITY)

    @staticmethod
    def _page(request: HttpRequest, place: Division, form: forms.Form) -> HttpResponse:
        return render(request, "communities/people/register.html", {"place": place, "form": form})
