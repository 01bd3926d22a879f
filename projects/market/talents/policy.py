"""What stands firm about talents: their kinds, how many skills a profile names, who may find it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

SKILLS_MOST = 6
SKILL_LONGEST = 20


class TalentKind(models.TextChoices):
    """What somebody is known for (Basis: reports S1, S2)."""

    BACKBONE = "BACKBONE", pgettext_lazy("talent", "resident who leads others")
    STAR = "STAR", pgettext_lazy("talent", "model neighbor")
    CAPABLE = "CAPABLE", pgettext_lazy("talent", "skilled person")
    GIFTED = "GIFTED", pgettext_lazy("talent", "enthusiast with a gift")
    LECTURER = "LECTURER", pgettext_lazy("talent", "star lecturer")


class ShownTo(models.TextChoices):
    """Who may find a profile: as the person consents, and no wider."""

    STAFF = "STAFF", pgettext_lazy("talent", "the staff of the community alone")
    PUBLIC = "PUBLIC", pgettext_lazy("talent", "everybody")
