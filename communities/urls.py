"""The pages of the floor's rooms."""

from communities.bodies.urls import urlpatterns as bodies
from communities.changes.urls import urlpatterns as changes
from communities.notices.urls import urlpatterns as notices
from communities.people.urls import urlpatterns as people
from communities.policy.urls import urlpatterns as policy
from communities.territory.urls import urlpatterns as territory

app_name = "communities"
urlpatterns = [*territory, *policy, *people, *changes, *notices, *bodies]
