"""The pages of the floor's rooms."""

from projects.contracts.urls import urlpatterns as contracts
from projects.evaluation.urls import urlpatterns as evaluation
from projects.grants.urls import urlpatterns as grants
from projects.volunteering.urls import urlpatterns as volunteering

app_name = "projects"
urlpatterns = [*evaluation, *grants, *contracts, *volunteering]
