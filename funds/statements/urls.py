"""Addresses of the statements pages."""

from django.urls import path

from funds.statements import account_page, pages, sheet_page

urlpatterns = [
    path("funds/", pages.fund_list, name="fund-list"),
    path("funds/<int:pk>/", account_page.fund_detail, name="fund-detail"),
    path("funds/<int:pk>/account.pdf", account_page.account_sheet, name="fund-account-sheet"),
    path("funds/<int:pk>/heads/<int:sequence>/<slug:noted>/", account_page.head, name="fund-head"),
    path("funds/<int:pk>/journals/", pages.journal_list, name="fund-journals"),
    path("funds/<int:pk>/statement/", sheet_page.statement, name="fund-statement"),
    path("funds/<int:pk>/statement.csv", sheet_page.statement_csv, name="fund-statement-csv"),
    path("funds/<int:pk>/statement.xlsx", sheet_page.statement_xlsx, name="fund-statement-xlsx"),
    path("funds/<int:pk>/statement.pdf", sheet_page.statement_pdf, name="fund-statement-pdf"),
    path("funds/<int:pk>/vouchers.pdf", sheet_page.vouchers_pdf, name="fund-vouchers-pdf"),
    path("journals/<int:pk>/voucher.pdf", sheet_page.voucher_pdf, name="journal-voucher"),
    path("divisions/<int:pk>/funds/statement/", sheet_page.area_statement, name="area-statement"),
    path("divisions/<int:pk>/funds/statement.csv", sheet_page.area_csv, name="area-statement-csv"),
    path("divisions/<int:pk>/funds/statement.xlsx", sheet_page.area_xlsx, name="area-statement-xlsx"),
    path("divisions/<int:pk>/funds/statement.pdf", sheet_page.area_pdf, name="area-statement-pdf"),
    path("funds/<int:pk>/ledger.jsonl", pages.ledger_json, name="fund-ledger"),
    path("funds/<int:pk>/ledger.csv", pages.ledger_csv, name="fund-ledger-csv"),
    path("divisions/<int:pk>/money/", account_page.place_money, name="place-money"),
    path("divisions/<int:pk>/money/journals/", account_page.place_journals, name="place-journals"),
    path("journals/<int:pk>/", pages.journal_detail, name="journal-detail"),
    path("verify_ledger.py", pages.verifier, name="verifier"),
]
