"""Scheduled and heavy work of the charity room."""
