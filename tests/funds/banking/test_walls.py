"""Each guard of the bank's tables by name: a statement that it alone refuses, and that succeeds once it is dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from funds.banking import operations
from funds.banking.models import BankLine, BankMatch
from funds.charity.models import HostCharity
from funds.intake.operations import save_mapping
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from tests.funds.banking.test_operations import arrived
from tests.funds.banking.test_parts import Post, line_of, posted, together
from tests.walls import alone

__all__ = ["posted"]
LINE = (
    "INSERT INTO funds_bankline (charity_id, account, bank_reference, booked_on, amount, payer, memo, status, matched,"
    " set_aside_reason, imported_at, imported_by_id) VALUES (%s, '', %s, '2026-03-02', %s, '甲', '', %s, %s, '', %s, %s)"
)
MATCH = (
    "INSERT INTO funds_bankmatch (line_id, order_id, journal_id, is_exact, suggested_at, suggested_by_id, rejected_at)"
    " VALUES (%s, %s, %s, false, %s, %s, %s)"
)
PART = (
    "INSERT INTO funds_bankallocation (line_id, journal_id, amount, reverses_id, reason, made_at, made_by_id)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
TOLD = "bankline_status_tells_what_is_matched"
MAPPING = (
    "INSERT INTO funds_columnmapping (charity_id, kind, name, account, columns, saved_at, saved_by_id)"
    " SELECT charity_id, kind, name, account, columns, saved_at, saved_by_id FROM funds_columnmapping WHERE id = %s"
)


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_the_banks_tables_refuses_alone(
    posted: Post,
    order: ReinvestmentOrder,
    charity: HostCharity,
    importer: User,
    system: User,
    charity_officer: User,
    now: dt.datetime,
    owner: Callable[[], Any],
) -> None:
    """Some seconds: some two dozen guards, each dropped and put back."""

    def suggested(journal: Any = None, **more: Any) -> tuple[BankLine, BankMatch]:
        line = arrived(order, importer) if "order" in more else line_of(charity, importer, f"{journal.total}")
        return line, operations.suggest_match(by=system, line=line, journal=journal, now=now, **more)

    def rejected(line: BankLine, match: BankMatch) -> BankLine:
        operations.reject_match(by=charity_officer, match=match, reason="另一笔", now=now)
        return line

    free, other, large = line_of(charity, importer, "300"), posted("300"), posted("1000")
    taken, refused_voucher = posted("310"), posted("320")
    standing, match = suggested(taken)
    refused_line = rejected(*suggested(refused_voucher))
    refused_pair = rejected(*suggested(order=order))
    suggested(order=order)
    split = line_of(charity, importer, "200")
    [part, second] = together(charity_officer, [split], [posted("100"), posted("100")], now)
    operations.take_part_back(by=charity_officer, part=part, reason="错", now=now)
    columns = {"reference": "单号", "amount": "款", "paid_on": "时"}
    mapping = save_mapping(by=importer, charity=charity, name="平台", columns=columns, now=now).pk
    by, who = charity_officer.pk, importer.pk

    with owner():
        alone("bankline_amount_is_positive", LINE, charity.pk, "N1", 0, "UNMATCHED", 0, now, who)
        alone("banking_line_begins", LINE, charity.pk, "N1", 5, "PARTLY", 1, now, who)
        alone("bankline_reference_is_unique", LINE, charity.pk, free.bank_reference, 5, "UNMATCHED", 0, now, who)
        change = "UPDATE funds_bankline SET {} WHERE id = %s"
        alone("bankline:as_the_bank_wrote_it", change.format("amount = 301"), free.pk)
        alone("banking_matched_kept", change.format("matched = 1, status = 'PARTLY'"), free.pk)
        alone("bankline_set_aside_has_a_reason", change.format("status = 'SET_ASIDE'"), free.pk)
        alone(TOLD, change.format("status = 'MATCHED'"), free.pk)
        lost = change.format("status = 'LOST'")
        alone("bankline_status_is_known", lost, free.pk, beside=[TOLD])

        change = "UPDATE funds_bankmatch SET {} WHERE id = %s"
        alone(
            "bankmatch:confirmed_by_another", change.format("confirmed_at = now(), confirmed_by_id = %s"), who, match.pk
        )
        alone("bankmatch_confirmed_or_rejected", change.format("confirmed_at = now(), rejected_at = now()"), match.pk)
        alone("bankmatch_is_with_an_order_or_a_journal", change.format("journal_id = NULL"), match.pk)
        alone("bankmatch_taken_back_was_confirmed", change.format("taken_back_at = now()"), match.pk)
        alone("bankmatch_journal_matches_once", MATCH, free.pk, None, taken.pk, now, by, None)
        alone("bankmatch_line_matches_once", MATCH, standing.pk, None, other.pk, now, by, None)
        alone("bankmatch_order_matches_once", MATCH, free.pk, order.pk, None, now, by, None)
        alone("bankmatch_once_per_voucher", MATCH, refused_line.pk, None, refused_voucher.pk, now, by, None)
        alone("bankmatch_once_per_pair", MATCH, refused_pair.pk, order.pk, None, now, by, now)

        alone("bankallocation:append_only", "DELETE FROM funds_bankallocation WHERE id = %s", second.pk)
        alone("bankallocation_amount_is_positive", PART, free.pk, other.pk, 0, None, "", now, by)
        alone("banking_part_added", PART, free.pk, other.pk, 300, None, "", now, who)
        voucher = second.journal_id
        alone("bankallocation_taken_back_has_a_reason", PART, split.pk, voucher, 100, second.pk, "", now, by)
        again = (split.pk, part.journal_id, 100, part.pk, "错", now, by)
        alone("funds_bankallocation_reverses_id_key", PART, *again)
        alone("bankline_never_matched_above_its_amount", PART, free.pk, large.pk, 301, None, "", now, by, beside=[TOLD])

        change = "UPDATE funds_columnmapping SET {} WHERE id = %s"
        alone("columnmapping_account_is_a_banks", change.format("account = '1234567'"), mapping)
        alone("columnmapping_kind_is_known", change.format("kind = 'LETTERS'"), mapping)
        alone("columnmapping_name_is_unique", MAPPING, mapping)
