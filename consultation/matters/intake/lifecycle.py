"""How matters come to be handled together, and how a quarterly list is settled."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class JoiningStatus(models.TextChoices):
    """Where a joining stands."""

    ASKED = "ASKED", pgettext_lazy("joining", "the person is asked")
    STANDING = "STANDING", pgettext_lazy("joining", "handled together")
    DECLINED = "DECLINED", pgettext_lazy("joining", "declined by the person")
    SPLIT = "SPLIT", pgettext_lazy("joining", "split off")


class ListStatus(models.TextChoices):
    """Where a quarterly list of livelihood matters stands."""

    COLLECTING = "COLLECTING", pgettext_lazy("livelihood list", "collecting")
    SETTLED = "SETTLED", pgettext_lazy("livelihood list", "settled")


LIVELIHOOD_LIST = Lifecycle(
    "consultation.LivelihoodList",
    initial=ListStatus.COLLECTING,
    terminal=frozenset({ListStatus.SETTLED}),
    moves=(
        Move(
            "settle",
            frozenset({ListStatus.COLLECTING}),
            ListStatus.SETTLED,
            permission="consultation.settle_livelihood_list",
            label=_("Settle the list"),
            verb="consultation.livelihood.settled",
            stamp="settled",
            event="consultation.livelihood.settled",
        ),
    ),
)

JOINING = Lifecycle(
    "consultation.MatterJoining",
    initial=JoiningStatus.ASKED,
    terminal=frozenset({JoiningStatus.DECLINED, JoiningStatus.SPLIT}),
    moves=(
        Move(
            "agree",
            frozenset({JoiningStatus.ASKED}),
            JoiningStatus.STANDING,
            permission="consultation.answer_joining",
            label=_("Agree to be handled together"),
            verb="consultation.joining.agreed",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="answered",
            fields=("voice",),
            event="consultation.joining.agreed",
        ),
        Move(
            "decline",
            frozenset({JoiningStatus.ASKED}),
            JoiningStatus.DECLINED,
            permission="consultation.answer_joining",
            label=_("Keep it apart"),
            verb="consultation.joining.declined",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="answered",
            fields=("voice",),
            event="consultation.joining.declined",
        ),
        Move(
            "split",
            frozenset({JoiningStatus.STANDING}),
            JoiningStatus.SPLIT,
            permission="consultation.split_joining",
            label=_("Split off"),
            verb="consultation.joining.split",
            stamp="ended",
            fields=("end_reason",),
            event="consultation.joining.split",
            waits=False,
        ),
    ),
)
