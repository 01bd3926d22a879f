"""Who may do what in the reinvestment room."""
