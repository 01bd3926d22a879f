"""Addresses of the evaluation pages."""

from django.urls import path

from projects.evaluation import pages, sheet_page
from projects.evaluation.grid import pages as grid
from projects.evaluation.invitations import pages as invitations
from projects.evaluation.open_account import pages as open_account

urlpatterns = [
    path("divisions/<int:pk>/evaluations/", pages.evaluation_list, name="evaluation-list"),
    path("divisions/<int:pk>/open-account/", open_account.account_page, name="open-account"),
    path("divisions/<int:pk>/open-account.csv", open_account.account_csv, name="open-account-csv"),
    path("divisions/<int:pk>/open-account.xlsx", open_account.account_xlsx, name="open-account-xlsx"),
    path("divisions/<int:pk>/open-account.pdf", open_account.account_paper, name="open-account-paper"),
    path(
        "organizations/<int:pk>/evaluations/",
        open_account.organization_evaluations,
        name="organization-evaluations",
    ),
    path("divisions/<int:pk>/grid-work/", grid.grid_work, name="grid-work"),
    path("divisions/<int:pk>/grid-work/round/", grid.grid_round, name="grid-work-round"),
    path("own-work/", grid.own_work, name="own-work"),
    path("evaluation-templates/<int:pk>/sheet.pdf", pages.template_paper, name="template-paper"),
    path("evaluation-invitations/", invitations.invitation_list, name="invitation-list"),
    path("evaluation-invitations/<int:pk>/", invitations.invitation_answer, name="invitation-answer"),
    path("evaluation-invitations/<int:pk>/tie/", invitations.invitation_tie, name="invitation-tie"),
    path("evaluation-invitations/<int:pk>/record/", invitations.invitation_record, name="invitation-record"),
    path("evaluations/<int:pk>/", pages.evaluation_detail, name="evaluation-detail"),
    path("evaluations/<int:pk>/result.pdf", sheet_page.result_paper, name="evaluation-result-paper"),
    path("evaluations/<int:pk>/result.xlsx", sheet_page.result_xlsx, name="evaluation-result-xlsx"),
    path("evaluations/<int:pk>/acts/<slug:name>/", pages.evaluation_act, name="evaluation-act"),
    path("evaluations/<int:pk>/invitations/", pages.evaluation_invite, name="evaluation-invite"),
    path("evaluations/<int:pk>/evaluators/", pages.evaluation_evaluators, name="evaluation-evaluators"),
    path("evaluations/<int:pk>/paper/", pages.evaluation_paper, name="evaluation-paper"),
    path("pushed-results/<int:pk>/confirm/", pages.message_confirm, name="message-confirm"),
    path("answers/", pages.answer_find, name="answer-find"),
    path("answers/<slug:token>/", pages.answer, name="answer"),
]
