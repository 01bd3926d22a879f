"""The changes room on the desk."""
