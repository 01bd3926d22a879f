"""Scheduled and heavy work of the notices room."""
