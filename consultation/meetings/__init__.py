"""Bodies and their meetings: agenda, invitation, attendance, motions, resolutions, minutes, tasks."""
