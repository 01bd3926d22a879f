"""Papers are put to the draft of an offer and taken from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.notices.models import Attachment, Visibility
from communities.notices.operations import store_photo
from communities.policy.queries import value
from governance.accounts.queries import require
from governance.audit import operations as audit
from projects.purchasing.awarding import refusals
from projects.purchasing.awarding.files.models import OfferFile
from projects.purchasing.awarding.lifecycle import OfferStatus
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.policy import OFFER_FILES

if TYPE_CHECKING:
    from communities.notices.policy import StoredFile
    from governance.accounts.models import User


@contextmanager
def stored_or_gone() -> Iterator[list[Attachment]]:
    """Give the list that takes the files which are stored inside; they go when what is inside fails."""
    kept: list[Attachment] = []
    try:
        yield kept
    except BaseException:
        for file in kept:
            file.file.delete(save=False)
        raise


def put_papers(
    *, by: User, now: dt.datetime, offer: PurchaseOffer, files: Sequence[StoredFile], kept: list[Attachment]
) -> None:
    """Put papers to a draft that is locked by the caller, whose rights were asked; `kept` takes what was stored.

    Raises:
        TooManyPapers: with those that it has there would be too many.
    """
    if not files:
        return
    buyer = offer.purchase.buyer
    limit = value(OFFER_FILES, buyer, timezone.localdate(now))
    if offer.files.count() + len(files) > limit:
        raise refusals.TooManyPapers(field="files", limit=limit)
    for file in files:
        stored = store_photo(by=by, now=now, division=buyer, photo=file, visibility=Visibility.SEALED)
        kept.append(stored)
        OfferFile.objects.create(offer=offer, attachment=stored, added_at=now)


def take_paper(*, by: User, now: dt.datetime, file: OfferFile) -> None:
    """Take a paper from the draft of an offer; the file itself goes with those that hang on nothing.

    Raises:
        NotAllowed: `by` does not act for the organization. OfferNotDraft: it was handed in.
    """
    require(by, "projects.make_offer", file.offer)
    with transaction.atomic():
        offer = PurchaseOffer.objects.select_for_update(of=("self",)).get(pk=file.offer_id)
        if offer.status != OfferStatus.DRAFT:
            raise refusals.OfferNotDraft(status=offer.get_status_display())
        before = {"sha256": file.attachment.sha256}
        OfferFile.objects.filter(pk=file.pk).delete()
        audit.record(by=by, verb="projects.purchase_offer.paper_taken", row=offer, now=now, before=before)
