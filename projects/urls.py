"""The pages of the floor's rooms."""

from projects.contracts.urls import urlpatterns as contracts
from projects.evaluation.urls import urlpatterns as evaluation
from projects.grants.urls import urlpatterns as grants
from projects.market.fairs.urls import urlpatterns as fairs
from projects.market.sharing.urls import urlpatterns as sharing
from projects.market.talents.urls import urlpatterns as talents
from projects.market.urls import urlpatterns as market
from projects.market.venues.urls import urlpatterns as venues
from projects.purchasing.awarding.urls import urlpatterns as awarding
from projects.purchasing.catalogue.urls import urlpatterns as catalogue
from projects.purchasing.urls import urlpatterns as purchasing
from projects.volunteering.urls import urlpatterns as volunteering

app_name = "projects"
urlpatterns = [
    *evaluation,
    *catalogue,
    *purchasing,
    *awarding,
    *grants,
    *contracts,
    *market,
    *fairs,
    *sharing,
    *talents,
    *venues,
    *volunteering,
]
