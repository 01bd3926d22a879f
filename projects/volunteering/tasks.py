"""The volunteering room's entry points for the clock."""
