"""The decisions room on the desk."""
