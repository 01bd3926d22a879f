"""The contracts room on the desk."""
