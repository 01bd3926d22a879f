"""Supervisors with their terms and opinions; the monthly scan and what people decide on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyMembership, Seat
from funds.charity import operations as charity
from funds.charity.committee import Seated
from funds.charity.models import CommunityFund
from funds.ledger.models import Account
from funds.ledger.operations import Line, post_journal
from funds.oversight import operations
from funds.oversight.models import FundProposal, SupervisorOpinion
from funds.packs.operations import seed_rule_packs
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.calendar.days import months_later
from governance.errors import NotAllowed
from tests.factories.communities import BodyMembershipFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.people import session_client
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

OPENED = dt.date(2026, 1, 31)


def opened(fund: CommunityFund, day: dt.date = OPENED) -> None:
    CommunityFund.objects.filter(pk=fund.pk).update(opened_on=day)


def scan(people: SimpleNamespace, day: dt.date) -> list[FundProposal]:
    """Run the clock on a day and return what it proposed."""
    now = dt.datetime.combine(day, dt.time(5), tzinfo=dt.UTC)
    made = operations.scan_funds(by=people.system, now=now, today=day)
    return list(FundProposal.objects.filter(pk__in=made).order_by("pk"))


def moved(people: SimpleNamespace, day: dt.date) -> None:
    """Post a donation on a day."""
    accounts = {account.code: account for account in Account.objects.filter(book=people.fund.book)}
    post_journal(
        by=people.system,
        book=people.fund.book,
        kind="DONATION",
        key=f"gift:{day}",
        posted_on=day,
        memo="捐赠",
        lines=[Line(accounts["source:donor"], accounts["pool:free"], Decimal(1))],
        now=dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC),
    )


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 31), 6, dt.date(2026, 7, 31)),
        (dt.date(2027, 8, 31), 6, dt.date(2028, 2, 29)),
        (dt.date(2026, 12, 1), 12, dt.date(2027, 12, 1)),
        (dt.date(2026, 3, 31), -1, dt.date(2026, 2, 28)),
    ],
)
def test_months_are_counted_as_the_code_does(day: dt.date, months: int, result: dt.date) -> None:
    assert months_later(day, months) == result


# --- The clock


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (dt.date(2026, 7, 30), []),
        (dt.date(2026, 7, 31), [("RECTIFY", "IDLE", OPENED)]),
        (dt.date(2027, 1, 30), [("RECTIFY", "IDLE", OPENED)]),
        (dt.date(2027, 1, 31), [("CLOSE", "IDLE", OPENED)]),
    ],
)
def test_an_idle_fund_is_warned_then_proposed_for_closing(
    people: SimpleNamespace, day: dt.date, found: list[tuple[str, str, dt.date]]
) -> None:
    opened(people.fund)

    assert [(row.kind, row.ground, row.since) for row in scan(people, day)] == found
    assert scan(people, day) == []


def test_a_posting_begins_the_count_again_and_lets_the_proposal_lapse(people: SimpleNamespace) -> None:
    opened(people.fund)
    (first,) = scan(people, dt.date(2026, 8, 1))
    moved(people, dt.date(2026, 8, 15))

    assert scan(people, dt.date(2026, 9, 1)) == []
    first.refresh_from_db()
    assert (first.status, first.decided_by) == ("LAPSED", people.system)
    assert [row.since for row in scan(people, dt.date(2027, 3, 1))] == [dt.date(2026, 8, 15)]


def test_the_months_are_those_of_the_funds_pack(people: SimpleNamespace, now: dt.datetime) -> None:
    seed_rule_packs(by=people.system, now=now)
    opened(people.fund)
    CommunityFund.objects.filter(pk=people.fund.pk).update(rule_pack="zigong")

    assert [row.kind for row in scan(people, dt.date(2026, 7, 31))] == ["RECTIFY"]


def test_only_living_funds_are_looked_at(people: SimpleNamespace) -> None:
    opened(people.fund, dt.date(2026, 7, 1))
    for state in ("agreed", "closing", "closed"):
        opened(CommunityFundFactory(**{state: True}))
    CommunityFundFactory()

    assert scan(people, dt.date(2026, 8, 1)) == []


def test_a_confirmed_warning_puts_the_fund_right(people: SimpleNamespace, now: dt.datetime) -> None:
    opened(people.fund)
    (row,) = scan(people, dt.date(2026, 8, 1))

    with pytest.raises(lifecycle.MoveForbidden):
        operations.confirm_proposal(by=people.community_staff, proposal=row, now=now)
    row = operations.confirm_proposal(by=people.street_reviewer, proposal=row, now=now)

    people.fund.refresh_from_db()
    assert (row.status, row.decided_by, people.fund.status) == ("CONFIRMED", people.street_reviewer, "RECTIFYING")
    assert scan(people, dt.date(2026, 9, 1)) == []
    with pytest.raises(lifecycle.MoveClosed):
        operations.confirm_proposal(by=people.street_reviewer, proposal=row, now=now)


def test_a_dismissed_warning_is_not_made_again(people: SimpleNamespace, now: dt.datetime) -> None:
    opened(people.fund)
    (row,) = scan(people, dt.date(2026, 8, 1))
    lifecycle.move(row, "dismiss", by=people.fund_supervisor, now=now, reason="项目下月启动")

    assert scan(people, dt.date(2026, 9, 1)) == []
    assert [row.kind for row in scan(people, dt.date(2027, 2, 1))] == ["CLOSE"]


def test_the_end_of_a_term_is_announced_and_then_put_right(people: SimpleNamespace, now: dt.datetime) -> None:
    opened(people.fund, dt.date(2028, 12, 1))
    term_to = dt.date(2029, 3, 4)
    Body.objects.filter(pk=people.body.pk).update(term_to=term_to)

    assert scan(people, dt.date(2028, 12, 3)) == []
    (reminder,) = scan(people, dt.date(2028, 12, 4))
    assert (reminder.kind, reminder.ground, reminder.since) == ("RENEW", "TERM_ENDING", term_to)
    with pytest.raises(lifecycle.MoveHindered):
        operations.confirm_proposal(by=people.street_reviewer, proposal=reminder, now=now)

    (over,) = scan(people, term_to)
    reminder.refresh_from_db()
    assert (over.kind, over.ground, reminder.status) == ("RECTIFY", "TERM_OVER", "LAPSED")


def test_a_fund_whose_agreement_ended_is_proposed_for_closing(people: SimpleNamespace) -> None:
    opened(people.fund, dt.date(2026, 3, 1))
    last = dt.date(2026, 5, 31)
    CommunityFund.objects.filter(pk=people.fund.pk).update(agreement_ends_on=last)

    assert scan(people, last) == []
    (found,) = scan(people, dt.date(2026, 6, 1))
    assert (found.kind, found.ground, found.since) == ("CLOSE", "AGREEMENT", last)


def test_a_committee_that_became_even_is_to_be_completed(people: SimpleNamespace, now: dt.datetime) -> None:
    opened(people.fund, dt.date(2026, 3, 1))
    assert scan(people, dt.date(2026, 3, 3)) == []
    left = dt.date(2026, 4, 1)
    member = people.body.memberships.filter(is_chair=False).exclude(seat=Seat.SUPERVISOR).order_by("pk")[0]
    bodies.end_membership(by=people.community_staff, now=now, membership=member, on=left, reason="迁出")

    assert scan(people, dt.date(2026, 3, 31)) == []
    (found,) = scan(people, left)
    assert (found.kind, found.ground, found.since) == ("RENEW", "UNFIT", left)
    assert scan(people, dt.date(2026, 4, 2)) == []
    page = session_client(None).get(f"/funds/{people.fund.pk}/governance/").content.decode()
    assert "notice--wait" in page

    charity.fill_seat(
        by=people.community_staff,
        fund=people.fund,
        seated=Seated("新委员", member.seat),
        valid_from=dt.date(2026, 4, 2),
        now=now,
    )
    scan(people, dt.date(2026, 4, 3))
    found.refresh_from_db()
    assert found.status == "LAPSED"


def test_guards_of_a_proposal(people: SimpleNamespace) -> None:
    opened(people.fund)
    (row,) = scan(people, dt.date(2026, 8, 1))

    change_refused("fundproposal_kinds_are_known", row, "kind = 'SELL'")
    change_refused("fundproposal_decided_by_somebody", row, "status = 'CONFIRMED'")
    change_refused("fundproposal_decided_by_somebody", row, "decided_at = now()")
    refused(
        "fundproposal_once_a_ground",
        "INSERT INTO funds_fundproposal (fund_id, kind, ground, since, status, proposed_at) "
        "SELECT fund_id, kind, ground, since, status, proposed_at FROM funds_fundproposal WHERE id = %s",
        row.pk,
    )


# --- Supervisors


def test_a_supervisor_is_named_for_a_term(people: SimpleNamespace, now: dt.datetime) -> None:
    Body.objects.filter(pk=people.body.pk).update(term_to=dt.date(2028, 1, 1))
    values: dict[str, Any] = {"by": people.street_officer, "fund": people.fund, "now": now}

    row = operations.name_supervisor(name="罗监", valid_from=dt.date(2026, 3, 4), **values)

    assert (row.seat, row.valid_to, row.body) == (Seat.SUPERVISOR, dt.date(2028, 1, 1), people.body)
    assert AuditEntry.objects.get(verb="funds.fund.supervisor_named").after["valid_to"] == "2028-01-01"
    with pytest.raises(bodies.SeatOutsideTerm):
        operations.name_supervisor(name="宋计", valid_from=dt.date(2026, 3, 4), valid_to=dt.date(2028, 1, 2), **values)


def test_nobody_is_both_member_and_supervisor(people: SimpleNamespace, now: dt.datetime) -> None:
    values: dict[str, Any] = {"fund": people.fund, "valid_from": dt.date(2026, 3, 4), "now": now}
    count = BodyMembership.objects.count()

    for name, user in (("委员1", None), ("另一个名字", people.resident)):
        with pytest.raises((bodies.MemberAndSupervisor, bodies.SeatAlreadyHeld)):
            operations.name_supervisor(by=people.street_officer, name=name, user=user, **values)
    with pytest.raises(NotAllowed):
        operations.name_supervisor(by=people.charity_officer, name="罗监", **values)
    with pytest.raises(operations.CommitteeNotNamed):
        operations.name_supervisor(
            by=people.street_officer,
            name="罗监",
            **{**values, "fund": CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)},
        )

    assert BodyMembership.objects.count() == count


def test_the_database_keeps_members_and_supervisors_apart(people: SimpleNamespace) -> None:
    member = BodyMembership.objects.get(body=people.body, user=people.resident)

    refused(
        "bodymembership_member_or_supervisor",
        "INSERT INTO communities_bodymembership (body_id, user_id, name, seat, is_chair, valid_from, valid_to) "
        "VALUES (%s, %s, '甲', 'SUPERVISOR', false, %s, '2030-01-01')",
        people.body.pk,
        people.resident.pk,
        member.valid_from,
    )
    change_refused("bodymembership_member_or_supervisor", people.supervisor_seat, "name = '委员1', user_id = NULL")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE communities_bodymembership SET valid_to = '2026-03-01' WHERE id = %s", [member.pk])
    BodyMembershipFactory(
        body=people.body,
        seat=Seat.SUPERVISOR,
        user=people.resident,
        name=member.name,
        valid_from=dt.date(2026, 3, 1),
    )


def test_a_fund_keeps_its_supervisor(people: SimpleNamespace, now: dt.datetime) -> None:
    values: dict[str, Any] = {"by": people.street_officer, "fund": people.fund, "now": now}
    end = {"membership": people.supervisor_seat, "on": dt.date(2026, 5, 1), "reason": "工作调动"}

    with pytest.raises(operations.SupervisorsTooFew):
        operations.end_supervision(**values, **end)
    operations.name_supervisor(name="罗监", valid_from=dt.date(2026, 4, 1), **values)
    row = operations.end_supervision(**values, **end)

    assert row.valid_to == dt.date(2026, 5, 1)
    member = BodyMembership.objects.get(body=people.body, user=people.resident)
    with pytest.raises(operations.NotASupervisor):
        operations.end_supervision(**values, **{**end, "membership": member})


def test_a_supervisor_records_an_opinion(people: SimpleNamespace, now: dt.datetime) -> None:
    values: dict[str, Any] = {
        "fund": people.fund,
        "attended_on": dt.date(2026, 3, 3),
        "occasion": "第一季度管委会会议",
        "opinion": "程序合规，账目清楚。",
        "now": now,
    }

    row = operations.record_opinion(by=people.fund_supervisor, **values)

    assert (row.membership, row.recorded_by) == (people.supervisor_seat, people.fund_supervisor)
    for by, error in (
        (people.resident, NotAllowed),
        (people.stranger, NotAllowed),
        (people.community_staff, operations.NotASupervisor),
    ):
        with pytest.raises(error):
            operations.record_opinion(by=by, **values)
    with pytest.raises(operations.NotASupervisor):
        operations.record_opinion(by=people.community_staff, membership=people.supervisor_seat, **values)
    with pytest.raises(operations.AttendedInFuture):
        operations.record_opinion(by=people.fund_supervisor, **{**values, "attended_on": dt.date(2026, 3, 5)})
    with pytest.raises(operations.OpinionMissing):
        operations.record_opinion(by=people.fund_supervisor, **{**values, "opinion": " "})
    assert list(SupervisorOpinion.objects.all()) == [row]


def test_staff_record_the_opinion_of_a_supervisor_without_a_log_in(people: SimpleNamespace, now: dt.datetime) -> None:
    seat = operations.name_supervisor(
        by=people.street_officer, fund=people.fund, name="罗监", valid_from=dt.date(2026, 3, 1), now=now
    )

    row = operations.record_opinion(
        by=people.community_staff,
        fund=people.fund,
        attended_on=dt.date(2026, 3, 3),
        occasion="账目抽查",
        opinion="凭证齐全。",
        membership=seat,
        now=now,
    )

    assert (row.membership, row.recorded_by) == (seat, people.community_staff)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE funds_supervisoropinion SET opinion = 'x' WHERE id = %s", [row.pk])
