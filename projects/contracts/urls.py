"""Addresses of the contract pages."""

from django.urls import path

from projects.contracts import pages
from projects.contracts.directory import pages as directory
from projects.contracts.judging import pages as judging
from projects.contracts.services import pages as services
from projects.contracts.terms import pages as terms

urlpatterns = [
    path("projects/", directory.project_list, name="project-list"),
    path("projects.csv", directory.projects_csv, name="project-list-csv"),
    path("projects.xlsx", directory.projects_xlsx, name="project-list-xlsx"),
    path("divisions/<int:pk>/contracts/", pages.contract_list, name="contract-list"),
    path("divisions/<int:pk>/contracts.xlsx", pages.contract_register, name="contract-list-sheet"),
    path("contracts/<int:pk>/", pages.contract_detail, name="contract-detail"),
    path("contracts/<int:pk>/acts/<slug:name>/", pages.contract_act, name="contract-act"),
    path("contracts/<int:pk>/instalments/<int:number>/release/", pages.contract_release, name="contract-release"),
    path("contracts/<int:pk>/agreement.pdf", pages.contract_paper, name="contract-paper"),
    path("contracts/<int:pk>/money.xlsx", pages.contract_sheet, name="contract-sheet"),
    path("contracts/<int:pk>/money/", terms.contract_money, name="contract-money"),
    path("contracts/<int:pk>/money/<slug:name>/", terms.contract_money_act, name="contract-money-act"),
    path("contracts/<int:pk>/watch/", judging.contract_watch, name="contract-watch"),
    path("contracts/<int:pk>/watch/<slug:name>/", judging.contract_watch_act, name="contract-watch-act"),
    path("contracts/<int:pk>/services/", services.contract_services, name="contract-services"),
    path("contracts/<int:pk>/services/<slug:name>/", services.contract_services_act, name="contract-services-act"),
    path("contracts/<int:pk>/<slug:part>/<int:key>/<slug:name>/", pages.contract_part, name="contract-part-act"),
    path("divisions/<int:pk>/contracts/watch/", judging.contract_board, name="contract-list-watch"),
    path("divisions/<int:pk>/services/", services.service_list, name="service-list"),
    path("divisions/<int:pk>/bought-posts/", services.post_list, name="post-list"),
    path("divisions/<int:pk>/project-awards/", services.award_list, name="project-award-list"),
    path("contracts/mine/", services.own_contracts, name="own-contracts"),
    path("milestones/<int:pk>/", pages.milestone_detail, name="milestone-detail"),
    path("milestones/<int:pk>/acts/<slug:name>/", pages.milestone_act, name="milestone-act"),
]
