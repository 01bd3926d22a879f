"""The spending room's entry points for the clock."""
