"""The floor's rooms on the desk, gathered for Django."""

import socialorgs.incubation.admin
import socialorgs.register.admin
import socialorgs.register.barring.admin
import socialorgs.register.filing.admin
import socialorgs.register.intake.admin
import socialorgs.supervision.admin  # noqa: F401 - registers
