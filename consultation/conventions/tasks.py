"""The conventions room has no clock of its own: notices close by theirs, the worklist shows what is to be filed."""
