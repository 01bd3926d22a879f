"""Who may do what in the banking room."""
