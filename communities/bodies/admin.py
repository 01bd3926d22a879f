"""The bodies room on the desk."""
