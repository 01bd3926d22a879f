"""The register room on the desk."""
