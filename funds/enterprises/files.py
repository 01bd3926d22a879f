"""The files of an enterprise: evidence, contracts, bank slips, statements. Whoever acts for it opens all of them.

Staff of the place open them as every internal file; the colleagues of an enterprise hold no post there, so that the
enterprise hands its files out to them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from communities.notices.models import Attachment
from communities.notices.pages import handed_out
from funds.enterprises.form_page import enterprise_for
from funds.enterprises.letting.models import Letting, RentReceipt
from funds.enterprises.models import PAPERS, CommunityEnterprise, ProfitDeclaration
from funds.enterprises.records.models import BusinessRecord

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


def files_of(enterprise: CommunityEnterprise) -> QuerySet[Attachment]:
    """Return the files that hang on the records, lettings, receipts and declarations of an enterprise."""
    evidence = BusinessRecord.evidence.through.objects.filter(businessrecord__enterprise=enterprise)
    papers = Letting.papers.through.objects.filter(letting__enterprise=enterprise)
    slips = RentReceipt.objects.filter(letting__enterprise=enterprise, evidence__isnull=False)
    found = Q(pk__in=evidence.values("attachment")) | Q(pk__in=papers.values("attachment"))
    found |= Q(pk__in=slips.values("evidence"))
    for paper in PAPERS:
        declared = ProfitDeclaration.objects.filter(enterprise=enterprise).exclude(**{paper: None})
        found |= Q(pk__in=declared.values(paper))
    return Attachment.objects.filter(found)


@login_required
@require_safe
def enterprise_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand a file of an enterprise out to those who act for it or oversee its place."""
    enterprise = enterprise_for(request, pk)
    if not request.user.has_perm("funds.view_enterprise_file", enterprise):
        raise PermissionDenied
    return handed_out(get_object_or_404(files_of(enterprise), pk=file))
