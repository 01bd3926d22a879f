"""Who may do what in the bodies room."""
