"""The floor's rooms on the desk, gathered for Django."""

import consultation.ballots.admin
import consultation.ballots.papers.admin
import consultation.ballots.rolls.admin
import consultation.conventions.admin
import consultation.conventions.elections.admin
import consultation.conventions.recalls.admin
import consultation.decisions.admin
import consultation.matters.admin
import consultation.matters.handling.admin
import consultation.matters.intake.admin
import consultation.matters.surveys.admin
import consultation.meetings.admin
import consultation.topics.admin
import consultation.topics.needs.admin
import consultation.topics.papers.admin
import consultation.topics.statements.admin
