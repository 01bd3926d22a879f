"""The API routes of the floor's rooms."""

from consultation.ballots.api import routes as ballots
from consultation.ballots.papers.api import routes as paper_votes
from consultation.conventions.api import routes as conventions
from consultation.conventions.elections.api import routes as elections
from consultation.conventions.recalls.api import routes as recalls
from consultation.decisions.api import routes as decisions
from consultation.matters.api import routes as matters
from consultation.matters.handling.api import routes as handling
from consultation.matters.surveys.api import routes as surveys
from consultation.meetings.api import routes as meetings
from consultation.meetings.inviting.api import routes as inviting
from consultation.meetings.tasking.api import routes as tasking
from consultation.topics.api import routes as topics
from consultation.topics.papers.api import routes as papers
from consultation.topics.statements.api import routes as statements

routes = [
    *(
        *matters,
        *handling,
        *surveys,
        *topics,
        *statements,
        *papers,
        *ballots,
        *paper_votes,
        *meetings,
        *inviting,
        *tasking,
        *decisions,
    ),
    *(*conventions, *elections, *recalls),
]
