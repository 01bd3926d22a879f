"""What the trace is made of: the steps of the way, and a point of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy


class Stage(models.TextChoices):
    """The steps of the way, in order."""

    MATTER = "MATTER", gettext_lazy("Matter")
    TOPIC = "TOPIC", gettext_lazy("Topic")
    MEETING = "MEETING", gettext_lazy("Resolution of a meeting")
    BALLOT = "BALLOT", gettext_lazy("Ballot")
    DECISION = "DECISION", gettext_lazy("Decision")
    PURCHASE = "PURCHASE", gettext_lazy("Purchase of a service")
    AWARD = "AWARD", gettext_lazy("Award of a purchase")
    REQUEST = "REQUEST", gettext_lazy("Spending request")
    RESOLUTION = "RESOLUTION", gettext_lazy("Resolution of the committee")
    HOLD = "HOLD", gettext_lazy("Money held")
    ORDER = "ORDER", gettext_lazy("Reinvestment")
    PAYMENT = "PAYMENT", gettext_lazy("Payment")
    JOURNAL = "JOURNAL", gettext_lazy("Voucher")
    CONTRACT = "CONTRACT", gettext_lazy("Contract")
    ACTIVITY = "ACTIVITY", gettext_lazy("Volunteers' activity")
    EVALUATION = "EVALUATION", gettext_lazy("Evaluation")
    RESULT = "RESULT", gettext_lazy("Result")


class Key(NamedTuple):
    """What a point of the way is called in addresses."""

    kind: str
    pk: int


@dataclass(frozen=True, slots=True)
class Node:
    """One point of the way. `after` lists what it may hang on, the nearest first; `parents` what it does hang on."""

    stage: Stage
    key: Key
    title: str
    state: str
    url: str
    on: dt.date | None = None
    amount: Decimal | None = None
    after: tuple[Key, ...] = ()
    parents: tuple[Key, ...] = ()
    is_here: bool = False

    @property
    def label(self) -> str:
        """The name of the step."""
        return str(self.stage.label)


def url_of(name: str, **parameters: Any) -> str:
    """Return the address of a page, or nothing where the installation has no such page."""
    try:
        return reverse(name, kwargs=parameters)
    except NoReverseMatch:
        return ""


def day_of(*moments: dt.datetime | None) -> dt.date | None:
    """Return the day of the first moment that there is."""
    return next((localdate(moment) for moment in moments if moment is not None), None)
