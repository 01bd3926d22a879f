"""Who may do what in the charity room."""
