"""The front door's pages."""

app_name = "portal"
urlpatterns: list[object] = []
