"""Who may do what in the register room."""
