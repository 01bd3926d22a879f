"""How a letting is decided, runs and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.lifecycle import NoticeStatus
from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.enterprises.letting.models import Letting


class LettingStatus(models.TextChoices):
    """Where a letting stands."""

    DRAFT = "DRAFT", _("draft")
    RUNNING = "RUNNING", pgettext_lazy("letting", "running")
    ENDED = "ENDED", pgettext_lazy("letting", "ended")
    TERMINATED = "TERMINATED", pgettext_lazy("letting", "ended early")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


def _notice_first(row: Letting) -> StrOrPromise | None:
    """A letting to a related party waits until its notice has closed without an upheld objection."""
    if not row.is_related:
        return None
    if row.notice is None:
        return _("The lessee is a related party: a public notice comes first.")
    if row.notice.status != NoticeStatus.CLOSED_CLEAR:
        return _("The notice about this letting to a related party has not closed without objection.")
    return None


LETTING = Lifecycle(
    "funds.Letting",
    initial=LettingStatus.DRAFT,
    terminal=frozenset({LettingStatus.ENDED, LettingStatus.TERMINATED, LettingStatus.WITHDRAWN}),
    moves=(
        Move(
            "confirm",
            frozenset({LettingStatus.DRAFT}),
            LettingStatus.RUNNING,
            permission="funds.confirm_letting",
            label=pgettext_lazy("letting", "Confirm"),
            verb="funds.letting.confirmed",
            basis="Report on Ziliujing 2021",
            stamp="confirmed",
            apart_from=("entered",),
            guard=_notice_first,
            event="funds.letting.confirmed",
        ),
        Move(
            "withdraw",
            frozenset({LettingStatus.DRAFT}),
            LettingStatus.WITHDRAWN,
            permission="funds.keep_lettings",
            label=pgettext_lazy("letting", "Withdraw"),
            verb="funds.letting.withdrawn",
            basis="Report on Ziliujing 2021",
            needs_reason=True,
        ),
        Move(
            "terminate",
            frozenset({LettingStatus.RUNNING}),
            LettingStatus.TERMINATED,
            permission="funds.confirm_letting",
            label=pgettext_lazy("letting", "End early"),
            verb="funds.letting.terminated",
            basis="Civil Code art. 562",
            stamp="ended",
            needs_reason=True,
            fields=("ends_on",),
            event="funds.letting.terminated",
        ),
        Move(
            "end",
            frozenset({LettingStatus.RUNNING}),
            LettingStatus.ENDED,
            permission=SYSTEM,
            label=pgettext_lazy("letting", "End"),
            verb="funds.letting.ended",
            basis="Civil Code art. 733",
            stamp="ended",
            event="funds.letting.ended",
        ),
    ),
)
