"""Scheduled and heavy work of the policy room."""
