"""Who may do what in the statements room."""
