"""What report S0 prints about 自流井区, entered as claims; the first computation sets the counted figures beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from governance.indicators import operations

if TYPE_CHECKING:
    from governance.portal.demonstration.steps import Scene

CLAIMS = Path(operations.__file__).with_name("data") / "claims_s0.csv"
SOURCE = "S0"


def enter_claims(scene: Scene) -> None:
    """Enter the figures of the report; those that are there stay."""
    lines = CLAIMS.read_text(encoding="utf-8").splitlines()
    operations.load_claims(by=scene.system, now=scene.now, source=SOURCE, lines=lines)


def compute(scene: Scene) -> None:
    """Ask for the figures of today, once more if they have been computed; the worker does it, and again every night."""
    operations.recompute(by=scene.system, now=scene.now, day=scene.today)
