"""Addresses of the evaluation pages."""

from django.urls import path

from projects.evaluation import pages

urlpatterns = [
    path("divisions/<int:pk>/evaluations/", pages.evaluation_list, name="evaluation-list"),
    path("evaluations/<int:pk>/", pages.evaluation_detail, name="evaluation-detail"),
    path("evaluations/<int:pk>/acts/<slug:name>/", pages.evaluation_act, name="evaluation-act"),
    path("evaluations/<int:pk>/invitations/", pages.evaluation_invite, name="evaluation-invite"),
    path("evaluations/<int:pk>/paper/", pages.evaluation_paper, name="evaluation-paper"),
    path("pushed-results/<int:pk>/confirm/", pages.message_confirm, name="message-confirm"),
    path("answers/", pages.answer_find, name="answer-find"),
    path("answers/<slug:token>/", pages.answer, name="answer"),
]
