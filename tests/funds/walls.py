"""Statements that the database must refuse by the guard named."""

from __future__ import annotations

from django.db.models import Model

from tests.walls import violated


def refused(constraint: str, statement: str, *parameters: object) -> None:
    """Run the statement and expect this guard to refuse it."""
    assert violated(statement, *parameters) == constraint


def change_refused(constraint: str, row: Model, change: str) -> None:
    """Set columns of the row by hand ("status = 'CLOSED'") and expect this guard to refuse it."""
    refused(constraint, f"UPDATE {row._meta.db_table} SET {change} WHERE id = %s", row.pk)
