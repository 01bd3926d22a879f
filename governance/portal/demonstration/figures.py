"""What the reports print about their districts, entered as claims; what is computed stands beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from governance.indicators import operations

if TYPE_CHECKING:
    from governance.portal.demonstration.steps import Scene

CLAIMS = Path(operations.__file__).with_name("data")
SOURCES = ("S0", "S1", "S2", "S2b", "S3", "S4")


def enter_claims(scene: Scene) -> None:
    """Enter the figures of the reports, those of districts that are loaded; what is there stays."""
    for source in SOURCES:
        lines = (CLAIMS / f"claims_{source.lower()}.csv").read_text(encoding="utf-8").splitlines()
        operations.load_claims(by=scene.system, now=scene.now, source=source, lines=lines)


def compute(scene: Scene) -> None:
    """Ask for the figures of today, once more if they have been computed; the worker does it, and again every night."""
    operations.recompute(by=scene.system, now=scene.now, day=scene.today)
