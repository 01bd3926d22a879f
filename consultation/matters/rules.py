"""Who may do what in the matters room."""
