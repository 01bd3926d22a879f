"""Addresses of the enterprises pages."""

from django.urls import path

from funds.enterprises import pages
from funds.enterprises.letting import pages as letting
from funds.enterprises.records import pages as records

urlpatterns = [
    path("enterprises/", pages.enterprise_list, name="enterprise-list"),
    path("enterprises/mine/", pages.Mine.as_view(), name="enterprise-mine"),
    path("enterprises/<int:pk>/", pages.enterprise_detail, name="enterprise-detail"),
    path("enterprises/<int:pk>/files/<int:file>/", pages.enterprise_file, name="enterprise-file"),
    path("enterprises/<int:pk>/declarations/new/", pages.DeclarationNew.as_view(), name="declaration-new"),
    path("enterprises/arrears/", letting.ArrearsList.as_view(), name="letting-arrears"),
    path("enterprises/<int:pk>/assets/new/", letting.AssetNew.as_view(), name="enterprise-asset-new"),
    path("enterprises/<int:pk>/lettings/", letting.Lettings.as_view(), name="enterprise-lettings"),
    path("enterprises/<int:pk>/lettings/new/", letting.LettingNew.as_view(), name="enterprise-letting-new"),
    path("enterprises/<int:pk>/lettings/import/", letting.LettingImport.as_view(), name="enterprise-letting-import"),
    path("enterprises/<int:pk>/lettings/export/", letting.LettingExport.as_view(), name="enterprise-letting-export"),
    path("assets/<int:pk>/edit/", letting.AssetEdit.as_view(), name="asset-edit"),
    path("lettings/<int:pk>/", letting.LettingDetail.as_view(), name="letting-detail"),
    path("lettings/<int:pk>/acts/<str:name>/", letting.LettingDetail.as_view(), name="letting-act"),
    path("lettings/<int:pk>/demand/", letting.DemandLetter.as_view(), name="letting-demand"),
    path("lettings/<int:pk>/edit/", letting.LettingEdit.as_view(), name="letting-edit"),
    path("rent-receipts/<int:pk>/void/", letting.ReceiptVoid.as_view(), name="receipt-void"),
    path("enterprises/<int:pk>/books/", records.Books.as_view(), name="enterprise-books"),
    path("enterprises/<int:pk>/records/new/", records.RecordNew.as_view(), name="enterprise-record-new"),
    path("enterprises/<int:pk>/records/import/", records.RecordImport.as_view(), name="enterprise-record-import"),
    path("enterprises/<int:pk>/records/export/", records.RecordExport.as_view(), name="enterprise-record-export"),
    path("enterprises/<int:pk>/declarations/propose/", records.Propose.as_view(), name="enterprise-propose"),
    path("records/<int:pk>/void/", records.RecordVoid.as_view(), name="record-void"),
    path("declarations/<int:pk>/records/", records.BesideRecords.as_view(), name="declaration-records"),
    path("declarations/<int:pk>/papers/", pages.DeclarationPaper.as_view(), name="declaration-paper"),
    path("declarations/<int:pk>/", pages.declaration_detail, name="declaration-detail"),
    path("declarations/<int:pk>/edit/", pages.DeclarationEdit.as_view(), name="declaration-edit"),
    path("declarations/<int:pk>/correct/", pages.DeclarationCorrect.as_view(), name="declaration-correct"),
    path("declarations/<int:pk>/move/", pages.DeclarationMove.as_view(), name="declaration-move"),
]
