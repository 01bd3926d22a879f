"""Addresses of the pages of questionnaires."""

from django.urls import URLPattern, path

from consultation.matters.surveys import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/surveys/", pages.survey_list, name="survey-list"),
    path("divisions/<int:pk>/surveys/new/", pages.SurveyNew.as_view(), name="survey-new"),
    path("surveys/<int:pk>/", pages.survey_detail, name="survey-detail"),
    path("surveys/<int:pk>/answer/", pages.survey_answer, name="survey-answer"),
    path("surveys/<int:pk>/slips/", pages.survey_slips, name="survey-slips"),
    path("surveys/<int:pk>/slip/", pages.survey_code, name="survey-code"),
    path("surveys/<int:pk>/slip/<int:number>/<slug:code>/", pages.survey_by_slip, name="survey-by-slip"),
    path("surveys/<int:pk>/paper/", pages.SurveyEntry.as_view(), name="survey-paper"),
    path("surveys/<int:pk>/visit/", pages.SurveyEntry.as_view(is_visit=True), name="survey-visit"),
    path("surveys/<int:pk>/words/", pages.survey_words, name="survey-words"),
    path("surveys/<int:pk>/<slug:name>/", pages.survey_act, name="survey-act"),
    path("survey-answers/<int:pk>/<slug:name>/", pages.survey_answer_act, name="survey-answer-act"),
]
