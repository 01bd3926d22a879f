"""Who may do what in the spending room."""
