"""The territory room on the desk."""
