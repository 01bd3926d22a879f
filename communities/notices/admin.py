"""The notices room on the desk."""
