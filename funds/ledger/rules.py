"""Who may do what in the ledger room."""
