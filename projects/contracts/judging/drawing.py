"""The lot that decides whose opinions on a delivery count: anybody can draw it again from what is published."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.utils import timezone

from communities.people.models import Resident
from communities.policy.queries import value
from governance.audit import operations as audit
from projects.contracts import refusals
from projects.contracts.judging.models import AcceptanceSample, SampledResident
from projects.contracts.policy import SAMPLE_SIZE
from socialorgs.register.queries import acting_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from governance.accounts.models import User
    from projects.contracts.models import Contract


def ticket(seed: str, number: int) -> str:
    """Return the ticket of a number on the roll."""
    return hashlib.sha256(f"{seed} {number}".encode()).hexdigest()


def lot(seed: str, roll_size: int, size: int) -> list[int]:
    """Return the numbers that the lot falls on, from 1 to the size of the roll: the smallest tickets, in order."""
    return sorted(sorted(range(1, roll_size + 1), key=lambda number: ticket(seed, number))[:size])


def roll_hash(roll: Sequence[int]) -> str:
    """Return the hash of a roll: the keys of its residents in their order."""
    return hashlib.sha256(" ".join(map(str, roll)).encode()).hexdigest()


def draw_sample(*, by: User, now: dt.datetime, contract: Contract) -> AcceptanceSample:
    """Let the system draw who judges the delivery that waits; the caller has locked the contract.

    The roll is that of the adults of the place on this day, in the order of their registration, without those who act
    for the organization. Two people cannot make two draws: the seed is the machine's.

    Raises:
        RollEmpty: nobody can be asked.
    Basis: rule of this platform; report S0 (residents judge services).
    """
    today = timezone.localdate(now)
    people = Resident.objects.on_rolls(today).filter(division__path__startswith=contract.division.path)
    roll = list(
        people.exclude(user__in=acting_for(contract.organization, today)).order_by("pk").values_list("pk", flat=True)
    )
    size = min(len(roll), max(value(SAMPLE_SIZE, contract.division, today), contract.opinions_needed))
    if size < contract.opinions_needed:
        raise refusals.RollEmpty(count=len(roll), needed=contract.opinions_needed)
    seed = secrets.token_hex(32)
    sample = AcceptanceSample.objects.create(
        contract=contract,
        delivery=contract.delivery_number,
        seed=seed,
        roll_size=len(roll),
        roll_hash=roll_hash(roll),
        size=size,
        drawn_at=now,
    )
    SampledResident.objects.bulk_create(
        SampledResident(sample=sample, number=number, resident_id=roll[number - 1])
        for number in lot(seed, len(roll), size)
    )
    after = {"delivery": sample.delivery, "seed": seed, "roll_size": len(roll), "size": size}
    audit.record(by=by, verb="projects.acceptance_sample.drawn", row=contract, now=now, after=after)
    return sample
