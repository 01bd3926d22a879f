"""Conventions: rules that residents give themselves, with versions, the vote that passed them, and their filing."""
