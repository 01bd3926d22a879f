"""Scheduled and heavy work of the bodies room."""
