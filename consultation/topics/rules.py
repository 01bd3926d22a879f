"""Who may do what in the topics room."""
