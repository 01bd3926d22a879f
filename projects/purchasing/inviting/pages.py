"""The page on which staff say whom a negotiation or an inquiry asks by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import sent
from projects.purchasing.inviting.forms import InviteForm
from projects.purchasing.inviting.operations import invite_bodies
from projects.purchasing.inviting.queries import invited_to
from projects.purchasing.models import Purchase

if TYPE_CHECKING:
    from django.http import HttpRequest

BAD_REQUEST = 400


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def purchase_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the bodies that are asked for an offer; what is refused stays filled in."""
    purchase = get_object_or_404(Purchase.objects.visible_to(request.user).for_list(), pk=pk)
    if not request.user.has_perm("projects.plan_purchase", purchase):
        raise PermissionDenied
    form = InviteForm(sent(request), purchase=purchase, day=clock.today(), invited=invited_to(purchase))
    if request.method == "POST" and form.is_valid():
        try:
            invite_bodies(by=acting_user(request), now=clock.now(), purchase=purchase, organizations=form.named())
            return redirect(purchase)
        except DomainError as refusal:
            put_into(form, refusal)
    status = BAD_REQUEST if form.errors else None
    return render(request, "projects/purchasing/invite.html", {"form": form, "purchase": purchase}, status=status)
