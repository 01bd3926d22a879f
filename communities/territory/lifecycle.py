"""Whether a division exists: not a machine with moves, for a division opens and closes by a change of divisions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DivisionStatus(models.TextChoices):
    """Whether a division exists."""

    PLANNED = "PLANNED", _("planned")
    ACTIVE = "ACTIVE", _("active")
    CLOSED = "CLOSED", pgettext_lazy("division", "closed")
