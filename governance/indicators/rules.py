"""Indicators are public."""
