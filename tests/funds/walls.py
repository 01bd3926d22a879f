"""Running a statement that the database must refuse, as the application's role."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model


def refused(constraint: str, statement: str, *parameters: object) -> None:
    """Run the statement and expect this guard to refuse it."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    cause = refusal.value.__cause__
    assert cause is not None
    assert cause.diag.constraint_name == constraint  # type: ignore[attr-defined]  # psycopg2's error


def change_refused(constraint: str, row: Model, change: str) -> None:
    """Set columns of the row by hand ("status = 'CLOSED'") and expect this guard to refuse it."""
    refused(constraint, f"UPDATE {row._meta.db_table} SET {change} WHERE id = %s", row.pk)
