"""The ballots room's entry points for the clock."""
