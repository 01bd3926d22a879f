"""The pages of the floor's rooms."""

from socialorgs.incubation.urls import urlpatterns as incubation
from socialorgs.register.filing.urls import urlpatterns as filing
from socialorgs.register.urls import urlpatterns as register
from socialorgs.supervision.urls import urlpatterns as supervision

app_name = "socialorgs"
urlpatterns = [*register, *filing, *supervision, *incubation]
