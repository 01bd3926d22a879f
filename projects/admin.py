"""The floor's rooms on the desk, gathered for Django."""

import projects.contracts.admin
import projects.evaluation.admin
import projects.purchasing.admin
import projects.purchasing.awarding.admin
import projects.purchasing.catalogue.admin
import projects.volunteering.admin  # noqa: F401 - registers
