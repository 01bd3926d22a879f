"""Questions on a purchase, asked on its page."""

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
from projects.purchasing.asking import operations
from projects.purchasing.asking.forms import QuestionForm
from projects.purchasing.models import Purchase

if TYPE_CHECKING:
    from django.http import HttpRequest

BAD_REQUEST = 400


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask something about an announced purchase; what is refused stays filled in."""
    purchase = get_object_or_404(Purchase.objects.announced().for_list(), pk=pk)
    if not request.user.has_perm("projects.ask_purchase_question"):
        raise PermissionDenied
    form = QuestionForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            row = operations.ask_question(
                by=acting_user(request), now=clock.now(), purchase=purchase, text=form.cleaned_data["text"]
            )
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {"form": form, "purchase": purchase}
    status = BAD_REQUEST if form.errors else None
    return render(request, "projects/purchasing/question_form.html", context, status=status)
