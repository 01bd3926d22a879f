"""Addresses of the pages of filing."""

from django.urls import path

from socialorgs.register.filing import pages

urlpatterns = [
    path("my/organizations/", pages.my_organizations, name="my-organizations"),
    path("organizations/<int:pk>/report-year/", pages.YearReport.as_view(), name="organization-report-year"),
    path("filings/", pages.filing_list, name="filing-list"),
    path("filings/new/", pages.filing_new, name="filing-new"),
    path("filings/<int:pk>/", pages.filing_detail, name="filing-detail"),
    path("filings/<int:pk>/correct/", pages.filing_edit, name="filing-edit"),
    path("filings/<int:pk>/application.pdf", pages.filing_application, name="filing-application"),
    path("filings/<int:pk>/certificate.pdf", pages.filing_certificate, name="filing-certificate"),
    path("filings/<int:pk>/acts/<str:name>/", pages.filing_act, name="filing-act"),
]
