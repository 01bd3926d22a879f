"""Scheduled and heavy work of the banking room."""
