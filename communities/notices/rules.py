"""Who may do what in the notices room."""
