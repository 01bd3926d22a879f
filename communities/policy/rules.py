"""Who may do what in the policy room."""
