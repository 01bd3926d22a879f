"""The volunteering room on the desk."""
