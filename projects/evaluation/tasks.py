"""The evaluation room's entry points for the clock."""
