"""The funds floor: ledger, charities and funds, enterprises, reinvestment, statements."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ROOMS = (
    *("ledger", "packs", "charity", "support", "upkeep", "oversight", "appeals", "donations"),
    *("intake", "enterprises", "reinvestment", "banking", "spending", "returns", "closing", "budgeting"),
    *("statements", "disclosure"),
)


class FundsConfig(AppConfig):
    """Money: where it comes from, who decides, where it goes."""

    name = "funds"
    verbose_name = _("Funds")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        for room in ROOMS:
            import_module(f"funds.{room}.rules")
