"""The evaluation room on the desk."""
