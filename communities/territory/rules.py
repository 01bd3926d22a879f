"""Who may do what in the territory room."""
