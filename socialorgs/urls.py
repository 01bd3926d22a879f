"""The pages of the floor's rooms."""

from socialorgs.incubation.urls import urlpatterns as incubation
from socialorgs.register.centers.urls import urlpatterns as centers
from socialorgs.register.clubs.urls import urlpatterns as clubs
from socialorgs.register.filing.urls import urlpatterns as filing
from socialorgs.register.strengths.urls import urlpatterns as strengths
from socialorgs.register.urls import urlpatterns as register
from socialorgs.supervision.urls import urlpatterns as supervision

app_name = "socialorgs"
urlpatterns = [*register, *centers, *clubs, *filing, *strengths, *supervision, *incubation]
