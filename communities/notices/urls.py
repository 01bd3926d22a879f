"""Addresses of the notices pages."""

from django.urls import URLPattern, path

from communities.notices import pages

urlpatterns: list[URLPattern] = [
    path("notices/", pages.notice_list, name="notice-list"),
    path("notices/<int:pk>/", pages.notice_detail, name="notice-detail"),
    path("notices/<int:pk>/moves/", pages.notice_move, name="notice-move"),
    path("notices/<int:pk>/objections/", pages.objection_raise, name="objection-raise"),
    path("objections/<int:pk>/answer/", pages.objection_answer, name="objection-answer"),
    path("attachments/<int:pk>/", pages.attachment_content, name="attachment-content"),
]
