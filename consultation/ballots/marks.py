"""Marks as programs write them; what may be marked is judged by `counting`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from consultation.ballots.policy import MOST_OPTIONS

HIGHEST_NUMBER = 32767
"""The highest number that an option can have."""


class ChoicesSerializer(serializers.Serializer[Any]):
    """The numbers of the options that are marked: the best first where options are put in order, a number once for each
    point where points are given."""

    choices = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=HIGHEST_NUMBER), max_length=MOST_OPTIONS
    )
