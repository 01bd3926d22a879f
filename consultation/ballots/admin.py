"""The ballots room on the desk."""
