"""Who may do what in the decisions room."""
