"""The matters room on the desk."""
