"""The pages of the floor's rooms."""

from projects.contracts.urls import urlpatterns as contracts
from projects.evaluation.urls import urlpatterns as evaluation
from projects.market.fairs.urls import urlpatterns as fairs
from projects.market.sharing.urls import urlpatterns as sharing
from projects.market.urls import urlpatterns as market
from projects.volunteering.urls import urlpatterns as volunteering

app_name = "projects"
urlpatterns = [*evaluation, *contracts, *market, *sharing, *fairs, *volunteering]
