"""Addresses of the topic pages."""

from django.urls import URLPattern, path

from consultation.topics import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/topics/", pages.topic_list, name="topic-list"),
    path("topics/<int:pk>/", pages.topic_detail, name="topic-detail"),
    path("topics/<int:pk>/moves/", pages.topic_move, name="topic-move"),
    path("topics/<int:pk>/opinions/", pages.opinion_give, name="opinion-give"),
    path("opinions/<int:pk>/support/", pages.opinion_support, name="opinion-support"),
    path("opinions/<int:pk>/hide/", pages.opinion_hide, name="opinion-hide"),
]
