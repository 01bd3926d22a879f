"""The people room on the desk."""
