"""The API routes of the floor's rooms."""

from consultation.ballots.api import routes as ballots
from consultation.decisions.api import routes as decisions
from consultation.matters.api import routes as matters
from consultation.meetings.api import routes as meetings
from consultation.topics.api import routes as topics

routes = [*matters, *topics, *ballots, *meetings, *decisions]
