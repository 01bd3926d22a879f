"""Scheduled and heavy work of the donations room."""
