"""Scheduled and heavy work of the territory room."""
