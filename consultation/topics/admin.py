"""The topics room on the desk."""
