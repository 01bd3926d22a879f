"""Who may do what in the ballots room."""
