"""The triggers by which a recorded row stays as it is; the models name them."""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger


def stays(model: str, columns: Sequence[str], *, final: str = "FALSE", once: str = "TRUE") -> pgtrigger.Trigger:
    """Return the trigger that keeps these columns once `once` holds of the old row, and all of it once `final` does."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF ({final}) OR (({once}) AND ({old}) IS DISTINCT FROM ({new})) THEN
                RAISE EXCEPTION 'What was recorded stays'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{model}_stays';
            END IF;
            RETURN NEW;
        """,
    )


def never_deleted(model: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses to delete a row of the books."""
    return pgtrigger.Trigger(
        name="never_deleted",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=f"""
            RAISE EXCEPTION 'A row of the books is never deleted'
                USING ERRCODE = 'check_violation', CONSTRAINT = '{model}_is_never_deleted';
        """,
    )
