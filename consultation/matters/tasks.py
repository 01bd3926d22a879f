"""The matters room's entry points for the clock."""
