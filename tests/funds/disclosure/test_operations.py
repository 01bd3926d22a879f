"""Accounts to the public: opened by the clock, given by two persons, never changed silently."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from communities.notices.models import PublicNotice
from communities.people.policy import PersonalNumbersFound
from funds.charity.models import CommunityFund
from funds.disclosure import operations, queries
from funds.disclosure.models import DisclosedFigure, Disclosure
from funds.ledger.models import Account
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from tests.factories.funds_reinvestment import set_value
from tests.funds.disclosure.conftest import TEXT
from tests.funds.statements.test_statements import late
from tests.walls import change_refused, refused, violated

pytestmark = pytest.mark.django_db


def published(row: Disclosure, author: User, reviewer: User, now: dt.datetime) -> Disclosure:
    """Write an account and publish it."""
    row = operations.write_disclosure(by=author, disclosure=row, text=TEXT, now=now)
    return operations.publish_disclosure(by=reviewer, disclosure=row, now=now)


def test_the_clock_opens_what_is_owed_once(
    active: CommunityFund, system: User, now: dt.datetime, today: dt.date
) -> None:
    made = operations.open_due(by=system, now=now, today=today)

    rows = Disclosure.objects.filter(fund=active).order_by("pk")
    assert [(row.pk, row.kind, row.covers_from, row.covers_to, row.due_on, row.status) for row in rows] == [
        (made[0], "ACCOUNT", dt.date(2025, 10, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 30), "DUE"),
        (made[1], "YEAR", dt.date(2025, 10, 1), dt.date(2025, 12, 31), dt.date(2026, 3, 31), "DUE"),
    ]
    assert operations.open_due(by=system, now=now, today=today) == []
    assert AuditEntry.objects.filter(verb="funds.disclosure.opened").count() == 2


def test_two_clocks_at_once_open_it_once(active: CommunityFund, system: User, now: dt.datetime, today: dt.date) -> None:
    owed = queries.owed_by(active, (), queries.Clocks(today))

    first = [key for each in owed for key in operations._open(active, each, by=system, now=now)]
    second = [key for each in owed for key in operations._open(active, each, by=system, now=now)]

    assert (len(first), second) == (2, [])
    assert AuditEntry.objects.filter(verb="funds.disclosure.opened").count() == 2


def test_the_rhythm_is_a_parameter(active: CommunityFund, system: User, now: dt.datetime, today: dt.date) -> None:
    set_value("disclosure.account_every", "1", active.division)

    operations.open_due(by=system, now=now, today=today)

    assert Disclosure.objects.filter(fund=active, kind="ACCOUNT").count() == 5


def test_what_is_late_is_told(opened: Disclosure, today: dt.date) -> None:
    assert opened.is_late_on(today)
    assert list(Disclosure.objects.late_on(today)) == [opened]
    assert not opened.is_late_on(opened.due_on)


def test_figures_are_fixed_at_the_head_and_posted_as_a_notice(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime
) -> None:
    row = published(opened, community_staff, street_officer, now)

    book = row.fund.book
    assert (row.status, row.sequence, row.head_hash) == ("PUBLISHED", book.sequence, book.head_hash)
    assert {(figure.name, figure.subject): figure.amount for figure in row.figures.all()} == {
        ("opening", ""): Decimal("0.00"),
        ("income", "source:donor"): Decimal("300.00"),
        ("received", ""): Decimal("300.00"),
        ("used", ""): Decimal("0.00"),
        ("free", ""): Decimal("300.00"),
        ("restricted", ""): Decimal("0.00"),
        ("held", ""): Decimal("0.00"),
        ("closing", ""): Decimal("300.00"),
    }
    notice = PublicNotice.objects.get(disclosure=row)
    assert (notice.status, notice.minimum_days, TEXT in notice.body, "300.00" in notice.body) == (
        "POSTED",
        7,
        True,
        True,
    )


def test_the_author_does_not_publish(opened: Disclosure, street_officer: User, now: dt.datetime) -> None:
    row = operations.write_disclosure(by=street_officer, disclosure=opened, text=TEXT, now=now)

    with pytest.raises(SamePerson):
        operations.publish_disclosure(by=street_officer, disclosure=row, now=now)
    assert not DisclosedFigure.objects.exists()
    assert not PublicNotice.objects.exists()


def test_who_may_not_is_refused(
    opened: Disclosure, resident: User, other_street_officer: User, charity_officer: User, now: dt.datetime
) -> None:
    for nobody in (resident, other_street_officer):
        with pytest.raises(MoveForbidden):
            operations.write_disclosure(by=nobody, disclosure=opened, text=TEXT, now=now)
    row = operations.write_disclosure(by=charity_officer, disclosure=opened, text=TEXT, now=now)
    with pytest.raises(MoveForbidden):
        operations.publish_disclosure(by=charity_officer, disclosure=row, now=now)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("  ", operations.DisclosureTextMissing), ("联系 13800138000", PersonalNumbersFound)],
)
def test_words_that_cannot_be_published(
    opened: Disclosure, community_staff: User, now: dt.datetime, text: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        operations.write_disclosure(by=community_staff, disclosure=opened, text=text, now=now)
    opened.refresh_from_db()
    assert (opened.status, opened.text) == ("DUE", "")


def test_it_goes_back_with_a_reason(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime
) -> None:
    with pytest.raises(MoveClosed):
        operations.publish_disclosure(by=street_officer, disclosure=opened, now=now)
    row = operations.write_disclosure(by=community_staff, disclosure=opened, text=TEXT, now=now)
    with pytest.raises(ReasonMissing):
        operations.send_back(by=street_officer, disclosure=row, reason=" ", now=now)
    row = operations.send_back(by=street_officer, disclosure=row, reason="请补充成效", now=now)

    assert row.status == "DUE"
    assert published(row, community_staff, street_officer, now).status == "PUBLISHED"


def test_what_is_posted_later_stands_beside(
    opened: Disclosure,
    community_staff: User,
    street_officer: User,
    system: User,
    accounts: dict[str, Account],
    now: dt.datetime,
) -> None:
    Disclosure.objects.filter(pk=opened.pk).update(covers_to=dt.date(2026, 2, 28), due_on=dt.date(2026, 3, 31))
    opened.refresh_from_db()
    row = published(opened, community_staff, street_officer, now)
    before = {figure.name: figure.amount for figure in row.figures.all()}
    made = late(system, accounts, now)

    row = Disclosure.objects.select_related("fund__book", "request").get(pk=row.pk)
    found = {each.figure.name: each for each in queries.compared(row)}
    assert {name: each.figure.amount for name, each in found.items()} == before
    assert (found["received"].difference, found["used"].has_changed) == (Decimal("50.00"), False)
    assert queries.posted_since(row) == [made]
    assert found["received"].rows.endswith(f"touching=SOURCE&until={row.sequence}")


def test_a_correction_is_another_account(
    opened: Disclosure, community_staff: User, street_officer: User, resident: User, now: dt.datetime
) -> None:
    with pytest.raises(operations.DisclosureNotPublished):
        operations.correct_disclosure(by=community_staff, disclosure=opened, reason="漏报", now=now)
    row = published(opened, community_staff, street_officer, now)
    with pytest.raises(NotAllowed):
        operations.correct_disclosure(by=resident, disclosure=row, reason="漏报", now=now)
    with pytest.raises(ReasonMissing):
        operations.correct_disclosure(by=community_staff, disclosure=row, reason="", now=now)

    newer = operations.correct_disclosure(by=community_staff, disclosure=row, reason="漏报", now=now)

    assert (newer.version, newer.corrects_id, newer.status, newer.covers_from) == (2, row.pk, "DUE", row.covers_from)
    with pytest.raises(operations.DisclosureCorrected):
        operations.correct_disclosure(by=community_staff, disclosure=row, reason="再次", now=now)
    assert published(newer, community_staff, street_officer, now).status == "PUBLISHED"


def test_no_statement_changes_what_was_published(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime
) -> None:
    row = published(opened, community_staff, street_officer, now)
    figure = row.figures.all()[0]

    change_refused("disclosure_stays_as_published", row, "text = '别的'")
    change_refused("disclosure_stays_as_published", row, "sequence = 1")
    refused("disclosure_stays_as_published", "DELETE FROM funds_disclosure WHERE id = %s", row.pk)
    refused(
        "disclosedfigure_before_publication",
        "INSERT INTO funds_disclosedfigure (disclosure_id, number, name, subject, label, amount) "
        "VALUES (%s, 99, 'gift', '', '', 1)",
        row.pk,
    )
    for statement in (
        "UPDATE funds_disclosedfigure SET amount = 1 WHERE id = %s",
        "DELETE FROM funds_disclosedfigure WHERE id = %s",
    ):
        assert "funds_disclosedfigure" in violated(statement, figure.pk)


def test_walls_of_the_row(opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime) -> None:
    row = operations.write_disclosure(by=community_staff, disclosure=opened, text=TEXT, now=now)
    notice = PublicNotice.objects.create(
        title="公示",
        body="",
        division=row.division,
        minimum_days=7,
        contact="",
        drafted_at=now,
        drafted_by=street_officer,
    )
    done = f"notice_id = {notice.pk}, published_at = now(), published_by_id = {street_officer.pk}"

    # Without figures, or at another journal than the head, nothing is published.
    change_refused("disclosure_published_with_figures", row, f"status = 'PUBLISHED', sequence = 1, {done}")
    change_refused("disclosure_runs_forward", row, "covers_to = covers_from - 1")
    change_refused("disclosure_of_a_use_names_it", row, "kind = 'FINAL'")
    change_refused("disclosure_written_says_something", row, "text = ''")
    change_refused("disclosure_two_persons", row, "published_by_id = written_by_id")
    change_refused("disclosure_correction_has_a_reason", row, "version = 2")
    change_refused("disclosure_kinds_are_known", row, "kind = 'GIFT'")
    refused(
        "disclosure_once_a_period",
        "INSERT INTO funds_disclosure (fund_id, kind, covers_from, covers_to, due_on, version, correction_reason, text, "
        "head_hash, status, opened_at) SELECT fund_id, kind, covers_from, covers_to, due_on, 1, '', '', '', 'DUE', now() "
        "FROM funds_disclosure WHERE id = %s",
        row.pk,
    )
