"""The floor's rooms on the desk, gathered for Django."""

import projects.contracts.admin
import projects.evaluation.admin
import projects.market.admin
import projects.market.fairs.admin
import projects.market.sharing.admin
import projects.volunteering.admin  # noqa: F401 - registers
