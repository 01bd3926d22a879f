"""The charity room on the desk."""
