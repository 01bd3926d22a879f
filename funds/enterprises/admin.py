"""The enterprises room on the desk."""
