"""Who may do what in the contracts room."""
