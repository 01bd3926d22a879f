"""The policy room on the desk."""
