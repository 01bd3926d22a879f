"""The pages of the floor's rooms."""

from consultation.ballots.urls import urlpatterns as ballots
from consultation.conventions.elections.urls import urlpatterns as elections
from consultation.conventions.recalls.urls import urlpatterns as recalls
from consultation.conventions.urls import urlpatterns as conventions
from consultation.decisions.urls import urlpatterns as decisions
from consultation.matters.handling.urls import urlpatterns as handling
from consultation.matters.surveys.urls import urlpatterns as surveys
from consultation.matters.urls import urlpatterns as matters
from consultation.meetings.urls import urlpatterns as meetings
from consultation.topics.urls import urlpatterns as topics

app_name = "consultation"
urlpatterns = [
    *handling,
    *surveys,
    *matters,
    *topics,
    *ballots,
    *meetings,
    *decisions,
    *conventions,
    *elections,
    *recalls,
]
