"""Files of donations: what is read, what is refused with which words, and that nothing is written twice or half."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from funds.appeals.models import Appeal
from funds.donations.models import Donation
from funds.donations.promises import DonationMatch
from funds.intake import operations, posting
from funds.intake.models import ColumnMapping, DonationIntake, IntakeRow
from funds.intake.reading import FileUnusable
from funds.ledger.models import Account, Journal
from funds.ledger.queries import balance_of, differences_in
from governance import lifecycle
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.errors import NotAllowed
from governance.jobs.models import Job
from governance.jobs.operations import run_due
from tests.factories.funds_appeals import AppealFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory, MatchingPromiseFactory
from tests.factories.funds_ledger import shut_month
from tests.walls import change_refused

pytestmark = pytest.mark.django_db

HEAD = ["订单号", "捐赠时间", "捐赠人", "捐赠金额", "是否公开", "指定用途"]
GOOD = [
    ["TX0001", "2026-03-01 09:12:33", "王小明", "100.00", "是", ""],
    ["TX0002", "2026-03-01", "㐂𠮷 ", "１０００", "否", ""],  # noqa: RUF001 - as people type it
    ["TX0003", "2026/3/2", "=1+1", "￥1,000.50", "是", "助学"],
    ["TX0004", "20260302", "爱心网友", "0.01", "是", ""],
]


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Any) -> None:
    """Keep uploaded files in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path


def as_csv(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    """Write rows as a platform does."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: list[list[Any]]) -> bytes:
    """Write rows as a workbook."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.fixture
def take(people: SimpleNamespace, now: dt.datetime) -> Callable[..., DonationIntake]:
    """Return what uploads a file and has the job read it."""

    def taken(data: bytes | list[list[str]], name: str = "腾讯公益.csv", **more: Any) -> DonationIntake:
        content = data if isinstance(data, bytes) else as_csv([HEAD, *data])
        row = operations.upload_file(
            by=people.community_staff, fund=people.fund, file=ContentFile(content), name=name, now=now, **more
        )
        work(now)
        return DonationIntake.objects.get(pk=row.pk)

    return taken


def work(now: dt.datetime) -> None:
    """Run the jobs that are due."""
    while run_due(by=system_actor(), clock=lambda: now):
        pass


def balance(people: SimpleNamespace, code: str) -> Decimal:
    """Return what lies on an account of the fund."""
    return balance_of(Account.objects.get(book=people.fund.book, code=code))


def confirmed(people: SimpleNamespace, row: DonationIntake, now: dt.datetime, **more: Any) -> DonationIntake:
    """Confirm a file and have the job post it."""
    operations.confirm_intake(by=people.charity_officer, intake=row, now=now, **more)
    work(now)
    return DonationIntake.objects.get(pk=row.pk)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_either_encoding(take: Callable[..., DonationIntake], encoding: str) -> None:
    row = take(as_csv([["腾讯公益捐赠明细"], [], HEAD, *GOOD], encoding))

    assert (row.status, row.fresh, row.known, row.bad, row.total) == ("READ", 4, 0, 0, Decimal("2100.51"))
    assert list(row.rows.order_by("number").values_list("donor_name", "amount", "paid_on", "is_name_public")) == [
        ("王小明", Decimal("100.00"), dt.date(2026, 3, 1), True),
        ("㐂𠮷", Decimal("1000.00"), dt.date(2026, 3, 1), False),
        ("=1+1", Decimal("1000.50"), dt.date(2026, 3, 2), True),
        ("", Decimal("0.01"), dt.date(2026, 3, 2), False),
    ]
    assert not default_storage.exists(row.path)


def test_a_workbook_is_read(take: Callable[..., DonationIntake]) -> None:
    rows = [
        ["TX1", dt.datetime(2026, 3, 1, 9, 0), "王小明", 100, "是", None],  # noqa: DTZ001 - a workbook knows no zones
        ["TX2", dt.date(2026, 3, 1), "李华", 0.1 + 0.2, "否", None],
        ["TX3", "2026-03-01", "李华", "=1+1", "否", None],
        ["TX4", "2026-03-01", "李华", 1000.005, "否", None],
        [12345678901234567, "2026-03-01", "李华", 1, "否", None],
    ]
    row = take(as_xlsx([HEAD, *rows]), name="明细.xlsx")

    assert (row.fresh, row.bad, row.total) == (2, 3, Decimal("100.30"))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1,000.005", "more than two decimals"),
        ("-100", "negative"),
        ("－100", "negative"),
        ("1e5", "shortened by a spreadsheet"),
        ("=1+1", "formula"),
        ("", "missing"),
        ("0", "zero"),
        ("一百", "not an amount"),
        ("1,00", "not an amount"),
        ("99999999999999", "not an amount"),
    ],
)
@pytest.mark.usefixtures("english")
def test_each_bad_amount_has_its_own_answer(take: Callable[..., DonationIntake], amount: str, said: str) -> None:
    row = take([["TX1", "2026-03-01", "王小明", amount, "", ""]])

    bad = row.rows.get()
    assert (bad.verdict, row.bad, row.fresh) == ("BAD", 1, 0)
    assert said in bad.reason
    assert amount in bad.reason or amount == "0"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["", "2026-03-01", "王", "1", "", ""], "order number is missing"),
        (["1.2E+17", "2026-03-01", "王", "1", "", ""], "a spreadsheet has changed"),
        (["TX1", "", "王", "1", "", ""], "not a date"),
        (["TX1", "2026-02-30", "王", "1", "", ""], "not a date"),
        (["TX1", "2100-01-01", "王", "1", "", ""], "outside what can be booked"),
        (["TX1", "2024-12-31", "王", "1", "", ""], "outside what can be booked"),
        (["TX1", "2026-03-01", "王" * 101, "1", "", ""], "longer than 100"),
        (["TX1", "2026-03-01", "王\x07", "1", "", ""], "control characters"),
        (["TX1", "2026-03-01", "王", "1", "", "助" * 201], "longer than 200"),
    ],
)
@pytest.mark.usefixtures("english")
def test_each_bad_cell_has_its_own_answer(take: Callable[..., DonationIntake], cells: list[str], said: str) -> None:
    assert said in take([cells]).rows.get().reason


@pytest.mark.usefixtures("english")
def test_an_order_number_twice_in_a_file_is_named(take: Callable[..., DonationIntake]) -> None:
    row = take([GOOD[0], GOOD[0]])

    assert (row.fresh, row.bad) == (1, 1)
    assert "row 2 already" in row.rows.get(verdict="BAD").reason


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.pdf", b"%PDF-1.4", "Only CSV and XLSX"),
        ("x.xlsx", b"order,amount", "no XLSX file"),
        ("x.csv", b"PK\x03\x04....", "no CSV file"),
        ("x.csv", b"", "empty"),
    ],
)
@pytest.mark.usefixtures("english")
def test_other_files_are_refused_at_once(
    people: SimpleNamespace, now: dt.datetime, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(FileUnusable, match=said):
        operations.upload_file(by=people.community_staff, fund=people.fund, file=ContentFile(data), name=name, now=now)

    assert not DonationIntake.objects.exists()


@pytest.mark.usefixtures("english")
def test_a_file_that_is_too_large_is_refused_unread(people: SimpleNamespace, now: dt.datetime) -> None:
    file = ContentFile(b"x")
    file.size = 50 * 1024 * 1024

    with pytest.raises(FileUnusable, match="50 MB"):
        operations.upload_file(by=people.community_staff, fund=people.fund, file=file, name="x.csv", now=now)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.csv", "日期,付款人\n2026-03-01,王\n".encode(), "订单号"),
        ("x.csv", b'"open\n', "quotation mark"),
        ("x.csv", b"\xff\xff\xff\xff", "neither UTF-8 nor GB18030"),
        ("x.csv", b"a\0b", "no CSV file"),
        ("x.xlsx", b"PK\x03\x04broken", "damaged"),
    ],
)
@pytest.mark.usefixtures("english")
def test_a_file_that_cannot_be_read_is_given_up_with_the_reason(
    take: Callable[..., DonationIntake], name: str, data: bytes, said: str
) -> None:
    row = take(data, name=name)

    assert row.status == "UNREADABLE"
    assert said in row.problem
    assert not row.rows.exists()
    assert not default_storage.exists(row.path)


def test_a_saved_mapping_reads_other_headings(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    columns = {"reference": "单号", "amount": "款", "paid_on": "时", "donor_name": ""}
    mapping = operations.save_mapping(
        by=people.charity_officer, charity=people.fund.charity, name="本地平台", columns=columns, now=now
    )

    row = take(as_csv([["时", "单号", "款"], ["2026-03-01", "A1", "5"]]), mapping=mapping)
    again = operations.save_mapping(
        by=people.charity_officer, charity=people.fund.charity, name="本地平台", columns=columns, now=now
    )

    assert (row.fresh, again.pk, ColumnMapping.objects.count()) == (1, mapping.pk, 1)
    for wrong in ({"reference": "a", "amount": "b"}, {"reference": "a", "amount": "a", "paid_on": "c"}):
        with pytest.raises(operations.MappingUnfit):
            operations.save_mapping(
                by=people.charity_officer, charity=people.fund.charity, name="x", columns=wrong, now=now
            )
    with pytest.raises(NotAllowed):
        operations.save_mapping(by=people.stranger, charity=people.fund.charity, name="x", columns=columns, now=now)


def test_a_file_is_confirmed_by_another_and_posted_by_day_and_use(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = confirmed(people, take(GOOD), now)

    assert (row.status, row.fresh, row.total) == ("POSTED", 4, Decimal("2100.51"))
    journals = Journal.objects.order_by("sequence")
    assert [(journal.posted_on, journal.total) for journal in journals] == [
        (dt.date(2026, 3, 1), Decimal("1100.00")),
        (dt.date(2026, 3, 2), Decimal("0.01")),
        (dt.date(2026, 3, 2), Decimal("1000.50")),
    ]
    assert balance(people, "pool:free") == Decimal("1100.01")
    assert balance(people, "pool:restricted:助学") == Decimal("1000.50")
    donation = Donation.objects.get(reference="TX0001")
    assert (donation.status, donation.recorded_by, donation.received_by, donation.received_on) == (
        "RECEIVED",
        people.community_staff,
        people.charity_officer,
        dt.date(2026, 3, 1),
    )
    assert donation.voucher == journals[0]
    assert list(row.rows.values_list("verdict", flat=True).distinct()) == ["POSTED"]
    assert differences_in(people.fund.book) == []


def test_who_uploads_does_not_confirm(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = take(GOOD)
    other = operations.upload_file(
        by=people.charity_officer, fund=people.fund, file=ContentFile(as_csv([HEAD, GOOD[0]])), name="2.csv", now=now
    )
    work(now)

    with pytest.raises(lifecycle.MoveForbidden):
        operations.confirm_intake(by=people.community_staff, intake=row, now=now)
    with pytest.raises(lifecycle.SamePerson):
        operations.confirm_intake(by=people.charity_officer, intake=other, now=now)

    assert not Donation.objects.exists()
    change_refused("donationintake_two_persons", row, "confirmed_by_id = uploaded_by_id")


def test_bad_rows_are_left_out_only_when_somebody_says_so(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = take([*GOOD, ["TX9", "2026-03-01", "王", "1e5", "", ""]])

    with pytest.raises(operations.UnusableRows):
        operations.confirm_intake(by=people.charity_officer, intake=row, now=now)
    row = confirmed(people, row, now, leave_out_bad=True)

    assert (row.status, row.fresh, row.bad, Donation.objects.count()) == ("POSTED", 4, 1, 4)


def test_the_same_file_is_taken_once(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = take(GOOD)

    with pytest.raises(operations.FileKnown, match="腾讯公益"):
        take(GOOD, name="另一个名字.csv")
    row = confirmed(people, row, now)
    with pytest.raises(operations.FileKnown):
        take(GOOD)
    with pytest.raises(lifecycle.MoveClosed):
        operations.confirm_intake(by=people.second_officer, intake=row, now=now)
    operations.post_file(by=system_actor(), intake=row, now=now)

    assert (Donation.objects.count(), DonationIntake.objects.count(), Journal.objects.count()) == (4, 1, 3)


def test_orders_that_were_recorded_are_known_and_contradictions_are_named(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    DonationFactory(fund=people.fund, channel="PLATFORM", reference="TX0001", amount=Decimal("100.00"))
    DonationFactory(fund=people.fund, channel="PLATFORM", reference="TX0002", amount=Decimal("7.00"))

    row = take(GOOD)

    assert (row.fresh, row.known, row.bad) == (2, 1, 1)
    row = confirmed(people, row, now, leave_out_bad=True)
    assert (row.fresh, Donation.objects.count()) == (2, 4)


def test_two_files_that_overlap_write_each_order_once(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    first, second = take(GOOD), take([*GOOD[1:], ["TX0005", "2026-03-02", "李", "5", "", ""]], name="第二天.csv")
    assert second.fresh == 4

    confirmed(people, first, now)
    second = confirmed(people, second, now)

    assert (second.status, second.fresh, second.known) == ("POSTED", 1, 3)
    assert Donation.objects.count() == 5
    assert balance(people, "pool:free") == Decimal("1105.01")


def test_an_order_of_another_fund_of_the_charity_is_not_taken_again(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    other = CommunityFundFactory(charity=people.fund.charity, short_name="盐店街社区慈善基金", active=True)
    DonationFactory(fund=other, channel="PLATFORM", reference="TX0001", amount=Decimal("100.00"))
    DonationFactory(fund=other, channel="PLATFORM", reference="TX0002", amount=Decimal("1000.00"), withdrawn=True)
    DonationFactory(fund=other, channel="BANK", reference="TX0003", amount=Decimal("1000.50"))

    row = take(GOOD)

    assert (row.fresh, row.known, row.bad) == (3, 0, 1)
    assert "盐店街社区慈善基金" in row.rows.get(verdict="BAD").reason


def test_two_desks_post_the_same_orders_to_two_funds_once(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    other = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, active=True)
    row = take(GOOD)
    second = operations.upload_file(
        by=people.community_staff, fund=other, file=ContentFile(as_csv([HEAD, *GOOD, []])), name="2.csv", now=now
    )
    work(now)
    operations.confirm_intake(by=people.charity_officer, intake=row, now=now)
    operations.confirm_intake(by=people.charity_officer, intake=second, now=now)
    work(now)

    first, last = DonationIntake.objects.order_by("status")
    assert {first.fund, last.fund} == {people.fund, other}
    assert (first.status, first.fresh) == ("POSTED", 4)
    assert (last.status, last.fresh, last.bad) == ("READ", 0, 4)
    assert "4" in last.problem
    assert (Donation.objects.count(), Journal.objects.filter(book=last.fund.book).count()) == (4, 0)


def test_a_file_without_anything_new_is_not_posted(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    confirmed(people, take(GOOD), now)
    row = take([GOOD[0]], name="旧.csv")

    with pytest.raises(operations.NothingToPost):
        operations.confirm_intake(by=people.charity_officer, intake=row, now=now)


def test_what_stands_in_the_way_sends_the_file_back_unwritten(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = take(GOOD)
    operations.confirm_intake(by=people.charity_officer, intake=row, now=now)
    lifecycle.move(people.fund, "demand_rectification", by=people.fund_supervisor, now=now, reason="账目不清")

    work(now)

    row.refresh_from_db()
    assert row.status == "READ"
    assert people.fund.short_name in row.problem
    assert (Donation.objects.count(), Journal.objects.count()) == (0, 0)
    assert row.rows.filter(verdict="FRESH").count() == 4


def test_a_posting_that_breaks_off_writes_nothing_and_the_next_try_all(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = take(GOOD)
    broken = posting.RECEIVE
    monkeypatch.setattr(posting, "RECEIVE", "SELECT 1 / 0 -- %(fund)s")

    operations.confirm_intake(by=people.charity_officer, intake=row, now=now)
    run_due(by=system_actor(), clock=lambda: now, limit=1)
    assert (Donation.objects.count(), Journal.objects.count()) == (0, 0)
    monkeypatch.setattr(posting, "RECEIVE", broken)
    work(now + dt.timedelta(minutes=5))

    row.refresh_from_db()
    assert (row.status, Donation.objects.count(), Journal.objects.count()) == ("POSTED", 4, 3)


def test_reading_that_begins_again_starts_from_the_first_row(
    people: SimpleNamespace, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = operations.upload_file(
        by=people.community_staff, fund=people.fund, file=ContentFile(as_csv([HEAD, *GOOD])), name="x.csv", now=now
    )
    monkeypatch.setattr("funds.intake.staging.PER_COPY", 3)

    class Died(Exception):
        """The worker dies."""

    def die(_done: int) -> None:
        raise Died

    with pytest.raises(Died):
        operations.read_file(by=system_actor(), intake=row, now=now, report=die)
    assert IntakeRow.objects.count() == 3
    work(now)

    row.refresh_from_db()
    assert (row.status, IntakeRow.objects.count()) == ("READ", 4)


def test_promises_add_to_a_files_donations_in_their_order(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    promise = MatchingPromiseFactory(fund=people.fund, funded=True, ratio=Decimal("0.50"), cap=Decimal("560.00"))

    confirmed(people, take(GOOD), now)

    promise.refresh_from_db()
    added = dict(DonationMatch.objects.values_list("donation__reference", "amount"))
    assert added == {"TX0001": Decimal("50.00"), "TX0002": Decimal("500.00"), "TX0003": Decimal("10.00")}
    assert promise.used == Decimal("560.00")
    assert balance(people, "pool:restricted:助学") == Decimal("1010.50")
    assert differences_in(people.fund.book) == []


def test_a_files_donations_for_an_appeal_lie_in_its_pool(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    appeal = AppealFactory(fund=people.fund, opened=True, starts_on=dt.date(2026, 3, 2))
    row = take(GOOD, appeal=appeal)

    assert (row.fresh, row.bad) == (2, 2)
    confirmed(people, row, now, leave_out_bad=True)

    assert Appeal.objects.with_raised().get().raised == Decimal("1000.51")


def test_a_posted_file_is_published_with_who_issues_the_receipts(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = take(GOOD)
    with pytest.raises(operations.NotPosted):
        operations.publish_intake(by=people.charity_officer, intake=row, note="平台开具电子票据", now=now)
    row = confirmed(people, row, now)
    with pytest.raises(operations.NoteMissing):
        operations.publish_intake(by=people.charity_officer, intake=row, note=" ", now=now)

    count = operations.publish_intake(by=people.charity_officer, intake=row, note="平台开具电子票据", now=now)
    again = operations.publish_intake(by=people.charity_officer, intake=row, note="平台开具电子票据", now=now)

    assert (count, again) == (4, 0)
    assert set(Donation.objects.values_list("status", "receipt_note")) == {("PUBLISHED", "平台开具电子票据")}


def test_a_discarded_file_leaves_no_rows_and_may_come_again(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    row = take(GOOD)

    operations.discard_intake(by=people.community_staff, intake=row, reason="选错基金", now=now)

    assert not IntakeRow.objects.exists()
    assert take(GOOD).status == "READ"


def test_others_take_nothing_in(people: SimpleNamespace, now: dt.datetime) -> None:
    other = CommunityFundFactory(active=True)
    for by, fund in ((people.stranger, people.fund), (people.auditor, people.fund), (people.community_staff, other)):
        with pytest.raises(NotAllowed):
            operations.upload_file(by=by, fund=fund, file=ContentFile(as_csv([HEAD])), name="x.csv", now=now)

    assert not DonationIntake.objects.exists()


def test_the_job_tells_how_far_it_came_and_which_rows_failed(take: Callable[..., DonationIntake]) -> None:
    take([*GOOD, ["TX9", "2026-03-01", "王", "1e5", "", ""]])

    job = Job.objects.get(kind=operations.READ)
    assert (job.status, job.counts) == ("DONE", {"fresh": 4, "known": 0, "bad": 1})
    assert [failure["row"] for failure in job.failures] == ["6"]


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("intakerow_verdict_is_known", "verdict = 'OTHER'"),
        ("intakerow_fresh_is_whole", "amount = 0"),
        ("intakerow_fresh_is_whole", "reference = ''"),
        ("intakerow_posted_is_a_donation", "verdict = 'POSTED'"),
        ("intakerow_reference_is_unique", "reference = 'TX0002'"),
        ("intakerow_number_is_unique", "number = 3"),
    ],
)
def test_guards_of_a_row(take: Callable[..., DonationIntake], constraint: str, change: str) -> None:
    row = take(GOOD)

    change_refused(constraint, row.rows.get(number=2), change)


def test_what_was_given_in_a_closed_month_is_posted_today(
    people: SimpleNamespace, take: Callable[..., DonationIntake], now: dt.datetime
) -> None:
    MatchingPromiseFactory(fund=people.fund, funded=True, ratio=Decimal(1), starts_on=dt.date(2026, 1, 1))
    shut_month(people.fund.book, dt.date(2026, 2, 27))
    before = Journal.objects.filter(book=people.fund.book).count()
    days = [dt.date(2026, 2, 26), dt.date(2026, 2, 27), dt.date(2026, 3, 1)]

    row = confirmed(people, take([[f"TX{day}", str(day), "爱心网友", "10.00", "是", ""] for day in days]), now)

    posted = Journal.objects.filter(book=people.fund.book).order_by("sequence")[before:]
    assert row.status == "POSTED"
    assert {(journal.kind, journal.posted_on) for journal in posted} == {
        (kind, day) for kind in ("DONATION", "MATCHING") for day in (clock.today(), days[2])
    }
    made = Donation.objects.filter(intake_row__intake=row).order_by("reference")
    assert list(made.values_list("received_on", flat=True)) == days
    assert balance(people, "source:donor") == Decimal("-30.00")
    assert differences_in(people.fund.book) == []
