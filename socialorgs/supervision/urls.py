"""Addresses of the pages of supervision."""

from django.urls import path

from socialorgs.supervision import pages

urlpatterns = [
    path("my/supervision/", pages.my_supervision, name="my-supervision"),
    path("year-reports/<int:pk>/", pages.report_detail, name="year-report-detail"),
    path("year-reports/<int:pk>/acts/<str:name>/", pages.report_act, name="year-report-act"),
    path("rectifications/<int:pk>/", pages.order_detail, name="rectification-detail"),
    path("rectifications/<int:pk>/paper/", pages.order_paper, name="rectification-paper"),
    path("rectifications/<int:pk>/acts/<str:name>/", pages.order_act, name="rectification-act"),
    path("credit-listings/<int:pk>/repair/", pages.AskForRepair.as_view(), name="repair-new"),
    path("credit-repairs/<int:pk>/", pages.repair_detail, name="repair-detail"),
    path("credit-repairs/<int:pk>/acts/<str:name>/", pages.repair_act, name="repair-act"),
    path("grades/", pages.assessment_list, name="assessment-list"),
    path("organizations/<int:pk>/grade/", pages.AskForGrade.as_view(), name="assessment-new"),
    path("assessments/<int:pk>/", pages.assessment_detail, name="assessment-detail"),
    path("assessments/<int:pk>/acts/<str:name>/", pages.assessment_act, name="assessment-act"),
    path("illegal-organizations/", pages.illegal_list, name="illegal-list"),
    path("illegal-organizations/tip/", pages.tip_new, name="tip-new"),
    path("illegal-organizations/tip/follow/", pages.tip_follow, name="tip-follow"),
]
