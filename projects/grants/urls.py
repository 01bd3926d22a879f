"""Addresses of the pages of grant rounds."""

from django.urls import path

from projects.grants import pages, sheet_page

urlpatterns = [
    path("grants/", pages.round_list, name="grant-round-list"),
    path("grants/<int:pk>/", pages.round_detail, name="grant-round-detail"),
    path("grants/<int:pk>/results.csv", pages.round_csv, name="grant-round-csv"),
    path("grants/<int:pk>/results.ocds.json", pages.round_ocds, name="grant-round-ocds"),
    path("grants/<int:pk>/applications.xlsx", sheet_page.round_applications, name="grant-round-applications"),
    path("grants/<int:pk>/scores.xlsx", sheet_page.round_scores, name="grant-round-scores"),
    path("grants/<int:pk>/apply/", pages.application_new, name="grant-application-new"),
    path("grants/<int:pk>/board/", pages.round_board, name="grant-round-board"),
    path("grants/<int:pk>/repeat/", pages.round_repeat, name="grant-round-repeat"),
    path("grants/<int:pk>/board/acts/<slug:name>/", pages.round_act, name="grant-round-act"),
    path("grant-applications/", pages.application_list, name="grant-application-list"),
    path("grant-applications/<int:pk>/", pages.application_detail, name="grant-application-detail"),
    path("grant-applications/<int:pk>/edit/", pages.application_write, name="grant-application-write"),
    path("grant-applications/<int:pk>/acts/<slug:name>/", pages.application_act, name="grant-application-act"),
    path("grant-applications/<int:pk>/paper/", sheet_page.application_paper, name="grant-application-paper"),
    path("grant-applications/<int:pk>/copy/", pages.application_copy, name="grant-application-copy"),
    path("grant-awards/<int:pk>/paper/", sheet_page.award_paper, name="grant-award-paper"),
    path("grant-reviews/", pages.review_list, name="grant-review-list"),
    path("grant-reviews/<int:pk>/", pages.sheet_detail, name="score-sheet-detail"),
    path("grant-reviews/<int:pk>/paper/", sheet_page.sheet_paper, name="score-sheet-paper"),
    path("grant-reviews/<int:pk>/acts/<slug:name>/", pages.sheet_act, name="score-sheet-act"),
    path("grant-seats/<int:pk>/", pages.seat_detail, name="panel-seat-detail"),
    path("grant-seats/<int:pk>/acts/<slug:name>/", pages.seat_act, name="panel-seat-act"),
]
