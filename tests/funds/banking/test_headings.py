"""Saved headings of banks, whose account a file is of, encodings, and the amounts that people and banks write."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest

from funds.banking import operations
from funds.banking.models import BankLine
from funds.banking.policy import accounts_above
from funds.banking.statement_file import FileUnusable, OtherAccount, RowsUnreadable, read_statement
from funds.charity.models import HostCharity
from funds.intake.models import ColumnMapping
from funds.intake.operations import AccountUnfit, MappingUnfit, save_mapping
from governance.accounts.models import User
from tests.factories.funds_charity import HostCharityFactory
from tests.funds.banking.test_statement_file import workbook

pytestmark = pytest.mark.django_db
OWN, OTHER = "6222021234567890123", "6222029999999990000"
HEADINGS = {
    "booked_on": "过账日",
    "amount": "发生数",
    "payer": "谁",
    "bank_reference": "号",
    "side": "方向",
    "memo": "",
}
TABLE = "过账日,方向,发生数,谁,号\n2026-03-02,贷,100.00,甲,A1\n2026-03-02,借,50.00,乙,A2\n"


@pytest.fixture
def mapping(charity: HostCharity, importer: User, now: dt.datetime) -> ColumnMapping:
    """The saved headings of a bank, with the charity's account."""
    return save_mapping(
        by=importer,
        charity=charity,
        name="农商行",
        columns=HEADINGS,
        kind="BANK",
        account="6222 0212 3456 7890 123",
        now=now,
    )


def take(by: User, charity: HostCharity, text: str | bytes, now: dt.datetime, **more: Any) -> operations.Imported:
    """Import a text as a CSV file."""
    data = text if isinstance(text, bytes) else text.encode()
    return operations.import_statement_file(by=by, charity=charity, name="流水.csv", data=data, now=now, **more)


# --- Headings and accounts


@pytest.mark.parametrize(
    "above", [f"账号,{OWN}\n", f"账号：{OWN}\n", "本方账号: 6222 0212 3456 7890 123\n", "账号,6222********0123\n"]
)
def test_saved_headings_read_a_banks_file_of_the_account(
    above: str, mapping: ColumnMapping, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    found = take(importer, charity, above + TABLE, now, mapping=mapping)
    again = take(importer, charity, above + TABLE, now, mapping=mapping)

    line = BankLine.objects.get()
    assert (found.imported, found.debits, again.repeated) == (1, 1, 1)
    assert (line.account, line.amount, line.payer, line.owner) == (OWN, Decimal("100.00"), "甲", importer)


@pytest.mark.parametrize(
    ("above", "said"),
    [
        (f"账号,{OTHER}\n", r"of the account ＊*\**.*0000.*0123"),
        ("", "does not say of which account"),
        (f"账号,{OWN},另一账号：{OTHER}\n", "several accounts"),
    ],
)
@pytest.mark.usefixtures("english")
def test_a_file_of_another_account_is_refused_with_what_is_expected(
    *, above: str, said: str, mapping: ColumnMapping, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    with pytest.raises(OtherAccount) as refusal:
        take(importer, charity, above + TABLE, now, mapping=mapping)

    assert any(part in str(refusal.value) for part in ("of the account", "does not say", "several accounts"))
    assert not any(number in str(refusal.value) for number in (OWN, OTHER)), said
    assert not BankLine.objects.exists()


@pytest.mark.usefixtures("english")
def test_a_file_of_another_bank_is_refused_with_what_is_missing(
    mapping: ColumnMapping, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    usual = "日期,金额,谁,附言,流水号\n2026-03-02,1,甲,,A1\n"
    with pytest.raises(
        FileUnusable, match="no column 过账日、发生数、号; its headings are 日期、金额、谁、附言、流水号"
    ):
        take(importer, charity, usual, now, mapping=mapping)
    with pytest.raises(FileUnusable, match="no column 付款人"):
        take(importer, charity, usual, now)

    assert not BankLine.objects.exists()


def test_usual_headings_of_a_foreign_account_are_refused_where_accounts_are_saved(
    mapping: ColumnMapping, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    table = "日期,金额,付款人,附言,流水号\n2026-03-02,1,甲,,A1\n"
    with pytest.raises(OtherAccount):
        take(importer, charity, f"账号,{OTHER}\n{table}", now)

    assert take(importer, charity, f"账号,{OWN}\n{table}", now).imported == 1
    assert take(importer, charity, table, now).repeated == 1


def test_the_same_reference_at_two_banks_is_two_lines(
    mapping: ColumnMapping, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    other = save_mapping(
        by=importer, charity=charity, name="工行", columns=HEADINGS, kind="BANK", account=OTHER, now=now
    )

    assert take(importer, charity, f"账号,{OWN}\n{TABLE}", now, mapping=mapping).imported == 1
    assert take(importer, charity, f"账号,{OTHER}\n{TABLE}", now, mapping=other).imported == 1


def test_headings_of_platforms_and_other_charities_do_not_read_statements(
    charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    columns = {"reference": "单号", "amount": "款", "paid_on": "时"}
    platform = save_mapping(by=importer, charity=charity, name="平台", columns=columns, now=now)
    foreign = ColumnMapping.objects.create(
        charity=HostCharityFactory(), kind="BANK", name="x", columns=HEADINGS, saved_at=now, saved_by=importer
    )

    for wrong in (platform, foreign):
        with pytest.raises(MappingUnfit):
            take(importer, charity, TABLE, now, mapping=wrong)
    for account, kind in (("12345", "BANK"), ("账号", "BANK"), (OWN, "DONATIONS")):
        with pytest.raises((AccountUnfit, MappingUnfit)):
            save_mapping(
                by=importer,
                charity=charity,
                name="y",
                columns=HEADINGS if kind == "BANK" else columns,
                kind=kind,
                account=account,
                now=now,
            )


def test_numbers_above_the_headings_are_found() -> None:
    assert accounts_above([["户名：某慈善会", "账号：5103 0200 0012 3456"], ["币种", "人民币"], []]) == {
        "5103020000123456"
    }
    assert accounts_above([["账户名称", "某慈善会"], ["日期", "2026-03-02"]]) == set()


# --- Encodings


NAMES = ["㐂𠮷 ", "汉字𠮷野家", "联通", "王小明"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rare_signs_and_spaces_come_through_in_either_encoding(encoding: str) -> None:
    lines = [f"2026-03-02, 100.0{number} ,{name},备注，全角,A{number}" for number, name in enumerate(NAMES)]
    text = "日期,金额,付款人,附言,流水号\n" + "\n".join(lines)

    found = read_statement("x.csv", text.encode(encoding))

    assert [row.payer for row in found.rows] == [name.strip() for name in NAMES]
    assert (found.rows[0].amount, found.bad) == (Decimal("100.00"), [])


def test_a_text_that_could_be_both_is_told_by_its_headings() -> None:
    """These bytes of GB18030 are valid UTF-8 as well: each pair of them is one sign there."""
    columns = {"booked_on": "d", "amount": "n", "payer": "啊", "bank_reference": "r"}
    pairs = "".join(bytes([lead, trail]).decode("gb18030") for lead in range(0xC3, 0xD0) for trail in (0xA1, 0xB5))
    data = f"d,n,拢,r\n2026-03-02,1,{pairs},A1\n".encode("gb18030")
    assert data.decode("utf-8")

    found = read_statement("x.csv", data, columns={**columns, "payer": "拢"})

    assert found.rows[0].payer == pairs


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_broken_utf8_is_not_taken_for_another_encoding(start: bytes) -> None:
    table = "date,amount,payer,memo,reference\n2026-03-02,1,王小明和他的朋友们,谢谢大家,A1\n".encode()
    broken = start + table.replace("朋".encode(), "朋".encode()[:2])

    with pytest.raises(FileUnusable, match="cannot be read as UTF-8"):
        read_statement("x.csv", broken)


@pytest.mark.usefixtures("english")
def test_utf16_is_refused_with_what_to_do() -> None:
    with pytest.raises(FileUnusable, match="CSV UTF-8"):
        read_statement("x.csv", "日期,金额".encode("utf-16"))


# --- Amounts


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("１０００", "1000.00"),  # noqa: RUF001 - as typed
        ("￥1000", "1000.00"),
        ("¥1,000.50", "1000.50"),
        ("1,000.00元", "1000.00"),
        ("1.10", "1.10"),
    ],
)
def test_amounts_are_understood_as_people_write_them(typed: str, amount: str) -> None:
    found = read_statement("x.csv", f'日期,金额,付款人,附言,流水号\n2026-03-02,"{typed}",甲,,A1\n'.encode())

    assert [row.amount for row in found.rows] == [Decimal(amount)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1,000.005", "more than two decimals"),
        ("-100", "negative"),
        ("－100", "negative"),
        ("(100)", "negative"),
        ("1e5", "shortened by a spreadsheet"),
        ("=1+1", "formula"),
        ("0", "zero"),
        ("一百", "not an amount"),
        ("1,00", "not an amount"),
    ],
)
@pytest.mark.usefixtures("english")
def test_each_bad_amount_has_its_own_answer_and_nothing_is_written(
    *, typed: str, said: str, charity: HostCharity, importer: User, now: dt.datetime
) -> None:
    text = f'日期,金额,付款人,附言,流水号\n2026-03-02,7,甲,,A0\n2026-03-02,"{typed}",甲,,A1\n'

    with pytest.raises(RowsUnreadable) as refusal:
        take(importer, charity, text, now)

    [bad] = refusal.value.rows
    assert bad.row == 3
    assert said in bad.reason
    assert not BankLine.objects.exists()


def test_formulas_are_plain_text_in_names_and_no_amounts() -> None:
    data = workbook(
        ["日期", "金额", "付款人", "附言", "流水号"],
        [dt.date(2026, 3, 2), 0.1 + 0.2, "=HYPERLINK(1)", "@SUM(A1)", "A1"],
        [dt.date(2026, 3, 2), "=1+1", "甲", "", "A2"],
        [dt.date(2026, 3, 2), 1000.005, "甲", "", "A3"],
        [dt.date(2026, 3, 2), 5, "甲", "", "=A1"],
    )

    found = read_statement("x.xlsx", data)

    assert [(row.amount, row.payer, row.memo) for row in found.rows] == [(Decimal("0.30"), "=HYPERLINK(1)", "@SUM(A1)")]
    assert [bad.row for bad in found.bad] == [3, 4, 5]


def test_debits_are_left_out_however_the_bank_writes_them() -> None:
    text = "交易日期,借方金额,贷方金额,对方户名,摘要,交易流水号\n20260302,50.00,0.00,乙,,A1\n20260302,0.00,60.00,甲,,A2\n20260302,-,70,丙,,A3\n"

    found = read_statement("x.csv", text.encode())

    assert ([row.bank_reference for row in found.rows], found.debits, found.bad) == (["A2", "A3"], 1, [])


@pytest.mark.usefixtures("english")
def test_a_large_file_is_refused_by_its_size() -> None:
    data = io.BytesIO(b"x" * (50 * 1024 * 1024)).getvalue()

    with pytest.raises(FileUnusable, match="50 MB; at most 5 MB"):
        read_statement("x.csv", data)
