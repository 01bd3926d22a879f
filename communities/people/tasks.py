"""Scheduled and heavy work of the people room."""
