"""Who may do what in the enterprises room."""
