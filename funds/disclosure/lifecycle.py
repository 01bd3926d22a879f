"""How an account that is owed to the public is given: the clock opens it, one person writes it, another publishes it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

PUBLICITY = "Charity Law art. 72, 79"


class DisclosureStatus(models.TextChoices):
    """Where an account stands."""

    DUE = "DUE", _("to be written")
    WRITTEN = "WRITTEN", _("written, to be reviewed")
    PUBLISHED = "PUBLISHED", _("published")


DISCLOSURE = Lifecycle(
    "funds.Disclosure",
    initial=DisclosureStatus.DUE,
    terminal=frozenset({DisclosureStatus.PUBLISHED}),
    moves=(
        Move(
            "write",
            frozenset({DisclosureStatus.DUE}),
            DisclosureStatus.WRITTEN,
            permission="funds.write_disclosure",
            label=_("Write the account"),
            verb="funds.disclosure.written",
            basis=PUBLICITY,
            stamp="written",
            fields=("text",),
        ),
        Move(
            "publish",
            frozenset({DisclosureStatus.WRITTEN}),
            DisclosureStatus.PUBLISHED,
            permission="funds.publish_disclosure",
            label=pgettext_lazy("account", "Publish the account"),
            verb="funds.disclosure.published",
            basis=PUBLICITY,
            stamp="published",
            apart_from=("written",),
            fields=("notice", "sequence", "head_hash"),
            event="funds.disclosure.published",
        ),
        Move(
            "send_back",
            frozenset({DisclosureStatus.WRITTEN}),
            DisclosureStatus.DUE,
            permission="funds.publish_disclosure",
            label=_("Send back to the author"),
            verb="funds.disclosure.sent_back",
            needs_reason=True,
        ),
    ),
)
