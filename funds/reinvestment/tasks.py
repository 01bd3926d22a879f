"""Scheduled and heavy work of the reinvestment room."""
