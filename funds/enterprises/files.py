"""The files of an enterprise: evidence, contracts, bank slips, statements. Whoever acts for it opens all of them.

Staff of the place open them as every internal file; the colleagues of an enterprise hold no post there, so that the
enterprise hands its files out to them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from communities.notices.models import Attachment
from funds.enterprises.letting.models import Letting, RentReceipt
from funds.enterprises.models import PAPERS, CommunityEnterprise, ProfitDeclaration
from funds.enterprises.records.models import BusinessRecord

if TYPE_CHECKING:
    from django.db.models import QuerySet


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
