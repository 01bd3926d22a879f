"""What everybody may have of a lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consultation.meetings.stewards.policy import FORM, drawn

if TYPE_CHECKING:
    from consultation.meetings.stewards.models import StewardSelection


def published_lot(selection: StewardSelection) -> dict[str, object]:
    """Return a lot as `draw_lot.py` reads it; the seed is empty until it was drawn. One query."""
    chosen = sorted(one.number for one in selection.candidates.all() if one.is_chosen)
    ordered = drawn(selection.seed, selection.word, selection.list_sha256, chosen, len(chosen))
    return {
        "form": FORM,
        "seed_sha256": selection.seed_sha256,
        "list": selection.list_text,
        "list_sha256": selection.list_sha256,
        "word": selection.word,
        "seed": selection.seed,
        "drawn": ordered if selection.seed else [],
    }
