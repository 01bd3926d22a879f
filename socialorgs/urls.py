"""The pages of the floor's rooms."""

from socialorgs.register.urls import urlpatterns as register

app_name = "socialorgs"
urlpatterns = [*register]
