"""Uses of a fund's money as a child would keep them: a list with their states, purses in fen, a list of who was chair.

Nothing of the product is known here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

FREE = "pool:free"
COST = 1_200_000
"""What the decision allows."""
CAP = 500_000
"""What relief may cost, and what a household may get before it is ratified."""
SMALL = 100_000
CHAIR_LIMIT = 3
ENDED = ("COMPLETED", "STOPPED")
NOTHING = ("REJECTED", "WITHDRAWN")


@dataclass
class Refunded:
    """Something that comes back."""

    fen: int
    status: str = "RECORDED"


@dataclass
class Paid:
    """One payment."""

    fen: int
    to_body: bool
    status: str = "PLANNED"
    refunds: list[Refunded] = field(default_factory=list)

    @property
    def back(self) -> int:
        """What is promised to come back."""
        return sum(refund.fen for refund in self.refunds if refund.status != "CANCELLED")


@dataclass
class Ask:
    """One use."""

    fen: int
    purpose: str
    duty: str
    pool: str
    is_emergency: bool
    status: str = "DRAFT"
    relief: str = ""
    household: str = ""
    due: dt.date | None = None
    is_accepted: bool = False
    payments: list[Paid] = field(default_factory=list)

    @property
    def is_permitted(self) -> bool:
        """Whether rules and donors allow it."""
        return self.duty == "NOBODY" and (self.pool == FREE or self.purpose == "CARE")

    @property
    def paid(self) -> int:
        """What has left."""
        return sum(payment.fen for payment in self.payments if payment.status == "PAID")

    @property
    def back(self) -> int:
        """What is in the fund again."""
        return sum(refund.fen for payment in self.payments for refund in payment.refunds if refund.status == "POSTED")

    @property
    def planned(self) -> int:
        """What is planned, under way or paid."""
        return sum(payment.fen for payment in self.payments if payment.status != "CANCELLED")

    @property
    def held(self) -> int:
        """What lies on its hold."""
        return self.fen - self.paid if self.status == "APPROVED" else 0

    @property
    def is_under_way(self) -> bool:
        """Whether a payment is neither paid nor cancelled."""
        return any(payment.status not in {"PAID", "CANCELLED"} for payment in self.payments)

    @property
    def is_sound(self) -> bool:
        """Whether relief, if it is one, may be paid."""
        return self.relief not in {"OVERDUE", "REFUSED"}


@dataclass
class Plain:
    """The fund: what lies where, what was asked, who is stopped."""

    purses: dict[str, int]
    asks: list[Ask] = field(default_factory=list)
    chaired: list[tuple[int, int]] = field(default_factory=list)
    """The months in which the chair alone decided, once for each time."""
    is_listed: bool = False
    stopped_by: str = ""
    used: int = 0

    @property
    def asked(self) -> int:
        """What is asked for under the decision: all of a live use, what was paid of an ended one and did not come back."""
        mine = [ask for ask in self.asks if not ask.is_emergency]
        live = sum(ask.fen for ask in mine if ask.status not in (*ENDED, *NOTHING))
        return live + sum(ask.paid - ask.back for ask in mine if ask.status in ENDED)

    @property
    def is_hindered(self) -> bool:
        """Whether earlier relief was not ratified in time, or was refused and is not back."""
        return any(ask.relief == "OVERDUE" or (ask.relief == "REFUSED" and ask.paid > ask.back) for ask in self.asks)

    def takes(self, fen: int, *, is_emergency: bool) -> bool:
        """Tell whether so much may be asked for."""
        return fen <= CAP if is_emergency else self.asked + fen <= COST

    def is_resolvable(self, ask: Ask, month: tuple[int, int], *, is_alone: bool) -> bool:
        """Tell whether a vote on it may be recorded: the chair alone decides three times a month."""
        return ask.status == "CHECKED" and not (is_alone and self.chaired.count(month) >= CHAIR_LIMIT)

    def relieves(self, ask: Ask, household: str) -> bool:
        """Tell whether relief may be granted to a household at once."""
        granted = sum(
            other.fen for other in self.asks if other.household == household and other.relief in {"AWAITING", "OVERDUE"}
        )
        return ask.status == "CHECKED" and ask.is_emergency and not self.is_hindered and granted + ask.fen <= CAP

    def holds(self, ask: Ask) -> bool:
        """Tell whether the money of a use may be held."""
        return ask.status == "CLEARED" and not self.stopped_by and self.purses[ask.pool] >= ask.fen

    def plans(self, ask: Ask, fen: int, *, to_body: bool) -> bool:
        """Tell whether a payment may be planned."""
        return ask.status == "APPROVED" and ask.planned + fen <= ask.fen and not (to_body and self.is_listed)

    def is_payable(self, ask: Ask, paid: Paid) -> bool:
        """Tell whether a payment may go on."""
        return ask.status == "APPROVED" and ask.is_sound and not (paid.to_body and self.is_listed)

    def ends(self, ask: Ask, how: str) -> bool:
        """Tell whether a use may be completed or stopped."""
        is_done = ask.planned > 0 and (ask.is_accepted or ask.fen <= SMALL or ask.purpose == "RELIEF")
        return ask.status == "APPROVED" and not ask.is_under_way and (how == "stop" or is_done)
