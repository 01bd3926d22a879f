"""Rule packs for everybody: which there are, and what each sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funds.packs.models import FundRulePack
from funds.packs.queries import rules_for
from governance.calendar import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def rule_pack_list(request: HttpRequest) -> HttpResponse:
    """List the packs that were adopted, with their versions."""
    rows = FundRulePack.objects.visible_to(request.user).for_list()
    return render(request, "funds/packs/list.html", {"packs": list(rows[:200])})


@require_safe
def rule_pack_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a version sets, and what comes from the parameters of the country."""
    pack = get_object_or_404(FundRulePack.objects.visible_to(request.user), pk=pk)
    others = FundRulePack.objects.visible_to(request.user).filter(key=pack.key).exclude(pk=pack.pk)
    context = {"pack": pack, "rules": rules_for(pack, None, clock.today()), "others": list(others.order_by("-version"))}
    return render(request, "funds/packs/detail.html", context)
