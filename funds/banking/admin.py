"""The banking room on the desk."""
