"""A person's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show what is kept about the person who is signed in."""
    return render(request, "account/account.html")
