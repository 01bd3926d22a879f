"""The ledger room on the desk."""
