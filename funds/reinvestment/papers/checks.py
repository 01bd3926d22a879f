"""What a file of an order must be, and which papers its route still misses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from communities.notices.policy import StoredFile, read_file
from communities.policy.queries import value
from funds.reinvestment.papers.models import OrderPaper
from funds.reinvestment.policy import FILES_REQUIRED, PAPERS_OF, OrderPaperKind
from governance.errors import Invalid, NotNow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from funds.reinvestment.models import ReinvestmentOrder


class PaperKindUnknown(Invalid):
    """Nobody says what the file shows."""

    code = "order_paper_kind_unknown"
    message = _("Say what the file shows: the resolution, the bank slip, the contract …")


class FilesMissing(NotNow):
    """The district wants the papers of the route as files before the money counts as given back."""

    code = "order_files_missing"
    message = _("Attach first, as a file each: %(papers)s.")


@dataclass(frozen=True, slots=True)
class Paper:
    """A file as it came in, and what it shows."""

    kind: str
    name: str
    content: bytes


def read_papers(papers: Iterable[Paper]) -> list[tuple[str, StoredFile]]:
    """Look at every file before anything is stored.

    Raises:
        PaperKindUnknown, FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: one of them may not be stored.
    """
    read = []
    for paper in papers:
        if paper.kind not in OrderPaperKind.values:
            raise PaperKindUnknown(field="kind")
        read.append((paper.kind, read_file(paper.name, paper.content)))
    return read


def missing_papers(order: ReinvestmentOrder) -> list[OrderPaperKind]:
    """Return what the route asks for and no file shows yet, in order; one query."""
    known = set(OrderPaper.objects.filter(order=order).values_list("kind", flat=True))
    return [kind for kind in PAPERS_OF[order.route] if kind not in known]


def check_files(order: ReinvestmentOrder, day: dt.date) -> None:
    """Refuse to count an order as given back without its papers as files, where the district wants them.

    Raises:
        FilesMissing: one is missing and the parameter `reinvest.files_required` says so.
    """
    missing = missing_papers(order) if value(FILES_REQUIRED, order.enterprise.division, day) else []
    if missing:
        raise FilesMissing(papers=", ".join(str(kind.label) for kind in missing))
