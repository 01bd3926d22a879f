"""The pages of the floor's rooms."""

from consultation.ballots.urls import urlpatterns as ballots
from consultation.decisions.urls import urlpatterns as decisions
from consultation.matters.urls import urlpatterns as matters
from consultation.meetings.urls import urlpatterns as meetings
from consultation.topics.urls import urlpatterns as topics

app_name = "consultation"
urlpatterns = [*matters, *topics, *ballots, *meetings, *decisions]
