"""Addresses of the pages of purchases."""

from django.urls import path

from projects.purchasing import pages
from projects.purchasing.asking.pages import question_new
from projects.purchasing.inviting.pages import purchase_invite
from projects.purchasing.planning.pages import purchase_plan

urlpatterns = [
    path("divisions/<int:pk>/purchases/", pages.purchase_list, name="purchase-list"),
    path("divisions/<int:pk>/purchases.xlsx", pages.purchase_register, name="purchase-register"),
    path("divisions/<int:pk>/purchase-plan/", purchase_plan, name="purchase-plan"),
    path("purchases/", pages.open_calls, name="purchase-calls"),
    path("purchases/<int:pk>/", pages.purchase_detail, name="purchase-detail"),
    path("purchases/<int:pk>/question/", question_new, name="purchase-question-new"),
    path("purchases/<int:pk>/invitations/", purchase_invite, name="purchase-invite"),
]
