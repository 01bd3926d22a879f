"""The floor's rooms on the desk, gathered for Django."""

import socialorgs.register.admin  # noqa: F401 - registers
