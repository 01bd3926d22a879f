"""The reinvestment room on the desk."""
