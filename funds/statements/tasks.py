"""Scheduled and heavy work of the statements room."""
