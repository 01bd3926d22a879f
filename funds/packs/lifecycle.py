"""How a rule pack comes into force: one person enters it, another adopts it; what the platform brings is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.packs.models import FundRulePack


class PackStatus(models.TextChoices):
    """Whether a version counts."""

    DRAFT = "DRAFT", _("draft")
    ACTIVE = "ACTIVE", pgettext_lazy("rule pack", "adopted")
    RETIRED = "RETIRED", _("retired")


def is_brought_along(pack: FundRulePack) -> StrOrPromise | None:
    """Let the system load only what the platform brings; everything else is adopted by a person."""
    return None if pack.is_preset else _("This version was entered here. Another person adopts it.")


RULE_PACK = Lifecycle(
    "funds.FundRulePack",
    initial=PackStatus.DRAFT,
    terminal=frozenset({PackStatus.ACTIVE, PackStatus.RETIRED}),
    moves=(
        Move(
            "adopt",
            frozenset({PackStatus.DRAFT}),
            PackStatus.ACTIVE,
            permission="funds.adopt_rule_pack",
            label=_("Adopt"),
            verb="funds.rule_pack.adopted",
            basis="Rule of this platform",
            stamp="adopted",
            apart_from=("entered",),
            event="funds.rule_pack.adopted",
        ),
        Move(
            "load",
            frozenset({PackStatus.DRAFT}),
            PackStatus.ACTIVE,
            permission=SYSTEM,
            label=_("Load"),
            verb="funds.rule_pack.loaded",
            basis="Rule of this platform",
            guard=is_brought_along,
        ),
        Move(
            "withdraw",
            frozenset({PackStatus.DRAFT}),
            PackStatus.RETIRED,
            permission="funds.adopt_rule_pack",
            label=_("Withdraw"),
            verb="funds.rule_pack.withdrawn",
            basis="Rule of this platform",
            needs_reason=True,
        ),
    ),
)
