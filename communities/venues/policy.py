"""What stands firm about venues: three classes of premises, and on which of two lines each is run."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class PropertyClass(models.TextChoices):
    """The three classes of premises (Basis: report S3)."""

    PUBLIC = "PUBLIC", pgettext_lazy("premises", "public benefit")
    SEMI_PUBLIC = "SEMI_PUBLIC", pgettext_lazy("premises", "half public benefit")
    MARKET = "MARKET", pgettext_lazy("premises", "market")


class OperatingLine(models.TextChoices):
    """The two lines on which premises are run (Basis: report S3)."""

    STREET = "STREET", pgettext_lazy("premises", "street or department")
    STATE_COMPANY = "STATE_COMPANY", pgettext_lazy("premises", "state-owned company of the district")


LINE_OF = {
    PropertyClass.PUBLIC: OperatingLine.STREET,
    PropertyClass.SEMI_PUBLIC: OperatingLine.STATE_COMPANY,
    PropertyClass.MARKET: OperatingLine.STATE_COMPANY,
}
"""Who runs premises of each class (Basis: report S3)."""
