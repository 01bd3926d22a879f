"""The floor's rooms on the desk, gathered for Django."""

import consultation.ballots.admin
import consultation.decisions.admin
import consultation.matters.admin
import consultation.meetings.admin
import consultation.topics.admin  # noqa: F401 - registers
