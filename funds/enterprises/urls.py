"""Addresses of the enterprises pages."""

from django.urls import path

from funds.enterprises import pages

urlpatterns = [
    path("enterprises/", pages.enterprise_list, name="enterprise-list"),
    path("enterprises/mine/", pages.Mine.as_view(), name="enterprise-mine"),
    path("enterprises/<int:pk>/", pages.enterprise_detail, name="enterprise-detail"),
    path("enterprises/<int:pk>/declarations/new/", pages.DeclarationNew.as_view(), name="declaration-new"),
    path("declarations/<int:pk>/", pages.declaration_detail, name="declaration-detail"),
    path("declarations/<int:pk>/edit/", pages.DeclarationEdit.as_view(), name="declaration-edit"),
    path("declarations/<int:pk>/correct/", pages.DeclarationCorrect.as_view(), name="declaration-correct"),
    path("declarations/<int:pk>/move/", pages.DeclarationMove.as_view(), name="declaration-move"),
]
