"""The contracts room's entry points for the clock."""
