"""Addresses of the pages by which matters come in and are joined."""

from django.urls import URLPattern, path, re_path

from consultation.matters.intake import pages
from consultation.matters.intake.boards import pages as boards

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/matters/new/", pages.MatterNew.as_view(), name="matter-new"),
    path("divisions/<int:pk>/matters/record/", pages.MatterRecord.as_view(), name="matter-record"),
    path("divisions/<int:pk>/visits/", pages.visit_list, name="visit-list"),
    path("divisions/<int:pk>/visits/new/", pages.VisitNew.as_view(), name="visit-new"),
    path("divisions/<int:pk>/needs/", boards.need_board, name="need-board"),
    path("divisions/<int:pk>/livelihood/", boards.livelihood_list, name="livelihood-list"),
    path("divisions/<int:pk>/livelihood/begin/", boards.livelihood_begin, name="livelihood-begin"),
    path("livelihood/<int:pk>/", boards.livelihood_detail, name="livelihood-detail"),
    re_path(r"^livelihood/(?P<pk>\d+)/(?P<name>enter|settle)/$", boards.livelihood_act, name="livelihood-act"),
    path("visits/<int:pk>/", pages.visit_detail, name="visit-detail"),
    path("matters/follow/", pages.matter_follow, name="matter-follow"),
    path("matters/follow/<str:code>/", pages.matter_followed, name="matter-followed"),
    path("matters/<int:pk>/slip/", pages.matter_slip, name="matter-slip"),
    path("matters/<int:pk>/slip.pdf", pages.matter_slip_pdf, name="matter-slip-pdf"),
    path("matters/<int:pk>/slip/new/", pages.matter_slip_new, name="matter-slip-new"),
    path("matters/<int:pk>/similar/", boards.matter_similar, name="matter-similar"),
    path("matters/<int:pk>/join/", boards.matter_join, name="matter-join"),
    path("matters/<int:pk>/classify/", boards.matter_classify, name="matter-classify"),
    re_path(r"^matters/(?P<pk>\d+)/support/(?P<name>add|withdraw)/$", boards.matter_support, name="matter-support"),
    path("joinings/<int:pk>/<slug:name>/", boards.joining_act, name="joining-act"),
]
