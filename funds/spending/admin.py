"""The spending room on the desk."""
