"""The statements room on the desk."""
