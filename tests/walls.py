"""Breaking a wall on purpose: raw SQL against constraints and triggers."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection, transaction


def violated(statement: str, *params: Any) -> str:
    """Run a statement that must fail and return the name of the constraint or trigger that refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params or None)
    except DatabaseError as error:
        diagnostics = error.__cause__.diag
        return diagnostics.constraint_name or diagnostics.message_primary or ""
    message = f"nothing refused: {statement}"
    raise AssertionError(message)
