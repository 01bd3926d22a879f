"""The decisions room's entry points for the clock."""
