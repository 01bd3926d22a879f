"""Addresses of the pages of figures."""

from django.urls import path

from governance.indicators import pages

app_name = "indicators"
urlpatterns = [
    path("indicators/", pages.indicators, name="indicators"),
    path("divisions/<int:pk>/growth/", pages.growth, name="division-growth"),
    path("divisions/<int:pk>/figures.csv", pages.figures_csv, name="division-figures-csv"),
    path("divisions/<int:pk>/figures.xlsx", pages.figures_xlsx, name="division-figures-xlsx"),
    path("divisions/<int:pk>/figures.pdf", pages.figures_paper, name="division-figures-paper"),
    path("divisions/<int:pk>/problems/", pages.problems, name="division-problems"),
    path("divisions/<int:pk>/problems.csv", pages.problems_csv, name="division-problems-csv"),
    path("divisions/<int:pk>/problems.xlsx", pages.problems_xlsx, name="division-problems-xlsx"),
]
