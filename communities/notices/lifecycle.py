"""How a public notice (公示) runs: it cannot close before its days are over, and an open objection holds it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class NoticeStatus(models.TextChoices):
    """Where a notice stands."""

    DRAFT = "DRAFT", _("draft")
    POSTED = "POSTED", _("posted")
    CLOSED_CLEAR = "CLOSED_CLEAR", _("closed without objection upheld")
    CLOSED_OBJECTION = "CLOSED_OBJECTION", _("closed, objection upheld")
    ARCHIVED = "ARCHIVED", _("archived")


NOTICE = Lifecycle(
    "communities.PublicNotice",
    initial=NoticeStatus.DRAFT,
    terminal=frozenset({NoticeStatus.ARCHIVED}),
    moves=(
        Move(
            # Not "post": a view set names the HTTP method so.
            "put_up",
            frozenset({NoticeStatus.DRAFT}),
            NoticeStatus.POSTED,
            permission="communities.post_notice",
            label=_("Post"),
            verb="communities.notice.posted",
            basis="Civil Code art. 201",
            stamp="posted",
            fields=("starts_on", "ends_on", "is_end_provisional"),
            event="communities.notice.posted",
        ),
        Move(
            "close_clear",
            frozenset({NoticeStatus.POSTED}),
            NoticeStatus.CLOSED_CLEAR,
            permission=SYSTEM,
            label=pgettext_lazy("notice", "Close"),
            verb="communities.notice.closed",
            basis="Civil Code art. 203",
            stamp="closed",
            event="communities.notice.closed",
        ),
        Move(
            "close_with_objection",
            frozenset({NoticeStatus.POSTED}),
            NoticeStatus.CLOSED_OBJECTION,
            permission=SYSTEM,
            label=_("Close with an upheld objection"),
            verb="communities.notice.closed",
            basis="Civil Code art. 203",
            stamp="closed",
            event="communities.notice.closed",
        ),
        Move(
            "archive",
            frozenset({NoticeStatus.CLOSED_CLEAR, NoticeStatus.CLOSED_OBJECTION}),
            NoticeStatus.ARCHIVED,
            permission="communities.post_notice",
            label=_("Archive"),
            verb="communities.notice.archived",
            basis="Rule of this platform",
            waits=False,
        ),
    ),
)
