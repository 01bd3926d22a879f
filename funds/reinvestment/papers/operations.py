"""Attaching the files of an order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from funds.reinvestment.lifecycle import FRUITLESS
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.papers.checks import Paper, read_papers
from funds.reinvestment.papers.models import OrderPaper
from funds.reinvestment.policy import OrderPaperKind
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, NotNow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.notices.policy import StoredFile
    from governance.accounts.models import User

MOST_PAPERS = 30


class OrderTakesNoPaper(NotNow):
    """An order that came to nothing needs no papers."""

    code = "order_takes_no_paper"
    message = _("The order %(order)s is %(status)s; it takes no further papers.")


class PaperRepeated(Conflict):
    """The same file hangs on the order as the same paper."""

    code = "order_paper_repeated"
    message = _("This file is attached already, as: %(kind)s.")


class TooManyPapers(NotNow):
    """An order takes so many papers."""

    code = "order_papers_too_many"
    message = _("An order takes at most %(most)s papers. Put pages that belong together into one file.")


def attach_order_paper(
    *, by: User, order: ReinvestmentOrder, kind: str, name: str, content: bytes, now: dt.datetime
) -> OrderPaper:
    """Attach a file to an order, for those who handle it.

    Raises:
        NotAllowed: no person of the enterprise, of the charity, and no staff of the place.
        PaperKindUnknown, OrderTakesNoPaper, PaperRepeated, TooManyPapers.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    Basis: Report on Ziliujing 2021; Rules on Accounting Archives art. 6.
    """
    require(by, "funds.attach_order_paper", order)
    read = read_papers([Paper(kind, name, content)])
    with transaction.atomic():
        rows = ReinvestmentOrder.objects.select_for_update(of=("self",), no_key=True)
        locked = rows.select_related("enterprise__division").get(pk=order.pk)
        if locked.status in FRUITLESS:
            raise OrderTakesNoPaper(order=locked.reference, status=locked.get_status_display())
        return store_papers(by=by, order=locked, papers=read, now=now)[0]


def store_papers(
    *, by: User, order: ReinvestmentOrder, papers: Sequence[tuple[str, StoredFile]], now: dt.datetime
) -> list[OrderPaper]:
    """Store files that were read, inside the transaction that has locked their order.

    Raises:
        PaperRepeated, TooManyPapers.
    """
    known = {(row.kind, row.file.sha256) for row in OrderPaper.objects.filter(order=order).select_related("file")}
    made = []
    for kind, stored in papers:
        if len(known) >= MOST_PAPERS:
            raise TooManyPapers(most=MOST_PAPERS)
        file = _stored(by, order, stored, now)
        if (kind, file.sha256) in known:
            file.file.delete(save=False)
            raise PaperRepeated(field="file", kind=OrderPaperKind(kind).label)
        known.add((kind, file.sha256))
        row = OrderPaper.objects.create(order=order, kind=kind, file=file, attached_at=now, attached_by=by)
        after = {"kind": kind, "file": file.pk, "sha256": file.sha256}
        audit.record(by=by, verb="funds.order.paper_attached", row=order, now=now, after=after)
        made.append(row)
    return made


def _stored(by: User, order: ReinvestmentOrder, stored: StoredFile, now: dt.datetime) -> Attachment:
    return notices.store_photo(by=by, now=now, division=order.division, photo=stored, visibility=Visibility.INTERNAL)
