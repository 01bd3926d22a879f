"""The register room's entry points for the clock."""
