"""Scheduled and heavy work of the ledger room."""
