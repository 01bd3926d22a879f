"""Looking rule parameters up: the value in force in a place on a day."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from django.db.models import F, Q

from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import PolicyParameter
from communities.policy.policy import Parameter
from communities.territory.models import Division

V = TypeVar("V")


def value(parameter: Parameter[V], division: Division | None, on: dt.date) -> V:
    """Return the parameter's value in a division on a day: the nearest row up the tree, else the declared default.

    One query.
    """
    row = in_force(parameter.key, division, on)
    return parameter.default if row is None else parameter.read(row.value)


def in_force(key: str, division: Division | None, on: dt.date) -> PolicyParameter | None:
    """Return the row behind a value, with its document, or None where the default holds."""
    places = Q(division=None)
    if division is not None:
        places |= Q(division_id__in=division.ancestor_ids)
    return (
        PolicyParameter.objects.filter(
            places,
            Q(valid_to=None) | Q(valid_to__gt=on),
            key=key,
            status=ParameterStatus.ACTIVE,
            valid_from__lte=on,
        )
        .select_related("basis", "division")
        .order_by(F("division__tier").desc(nulls_last=True))
        .first()
    )
