"""Scheduled and heavy work of the enterprises room."""
