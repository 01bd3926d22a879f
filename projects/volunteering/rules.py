"""Who may do what in the volunteering room."""
