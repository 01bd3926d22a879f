"""Tasks of meetings and of cases that several parties carry out."""
