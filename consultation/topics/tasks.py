"""The topics room's entry points for the clock."""
