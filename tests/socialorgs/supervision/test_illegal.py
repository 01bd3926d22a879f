"""Illegal organizations: anybody tells, nobody learns who told; two hands decide, the public reads the name."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from communities.people.policy import PersonalNumbersFound
from communities.policy.models import PolicyParameter
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden, ReasonMissing, SamePerson
from socialorgs.supervision.illegal import operations
from socialorgs.supervision.illegal.models import IllegalCase, IllegalTip
from socialorgs.supervision.refusals import (
    DecisionDayUnfit,
    MeasureUnknown,
    NothingToReveal,
    TipSettled,
    TooManyTips,
)
from tests.people import desk_client, sign_in
from tests.walls import violated

pytestmark = pytest.mark.django_db
TIP = {"name": "某某养生协会", "place": "三八路12号二楼", "text": "未登记，向老人收会费。", "contact": "13812345678"}


def told(people: SimpleNamespace, now: dt.datetime, **more: str) -> tuple[IllegalTip, str]:
    return operations.give_tip(by=people.system, now=now, division=people.street, **{**TIP, **more})


def taken_up(people: SimpleNamespace, now: dt.datetime) -> IllegalCase:
    tip, _code = told(people, now)
    tip = operations.settle_tip(by=people.street_reviewer, now=now, tip=tip)
    assert tip.case is not None
    return lifecycle.move(tip.case, "take_up", by=people.street_reviewer, now=now)


def proposed(people: SimpleNamespace, now: dt.datetime, measure: str = "BAN") -> IllegalCase:
    return operations.propose_measure(
        by=people.street_reviewer, now=now, case=taken_up(people, now), findings="查无登记。", measure=measure
    )


def test_a_tip_becomes_a_case_decided_by_another_and_named_in_public(
    people: SimpleNamespace, now: dt.datetime, today: dt.date
) -> None:
    case = proposed(people, now)
    given = {"decision_number": "自民取缔〔2026〕1号", "decided_on": today}
    with pytest.raises(MoveForbidden):
        operations.decide_case(by=people.street_reviewer, now=now, case=case, **given)
    assert not IllegalCase.objects.public().exists()

    case = operations.decide_case(by=people.district_officer, now=now, case=case, **given)
    case = operations.close_case(by=people.street_reviewer, now=now, case=case, outcome="已停止活动，退还会费。")

    assert list(IllegalCase.objects.public()) == [case]
    page = Client().get("/illegal-organizations/").content.decode()
    assert "某某养生协会" in page
    assert "自民取缔〔2026〕1号" in page
    assert "三八路12号" not in page


def test_who_decides_at_the_desk_reads_what_was_found_and_proposed(people: SimpleNamespace, now: dt.datetime) -> None:
    case = proposed(people, now)

    shown = desk_client(people.district_admin).get(f"/desk/socialorgs/illegalcase/{case.pk}/change/").content.decode()

    assert "查无登记。" in shown
    assert case.get_measure_display() in shown
    assert case.get_status_display() in shown
    assert case.proposed_by.display_name in shown


def test_a_tip_names_the_street_with_its_district(people: SimpleNamespace) -> None:
    page = Client().get("/illegal-organizations/tip/").content.decode()

    assert f"{people.street.parent.name} · {people.street.name}" in page


def test_who_proposes_does_not_decide(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    case = taken_up(people, now)
    case = operations.propose_measure(
        by=people.district_officer, now=now, case=case, findings="查无登记。", measure="CEASE"
    )

    with pytest.raises(SamePerson):
        operations.decide_case(by=people.district_officer, now=now, case=case, decision_number="1号", decided_on=today)
    case.refresh_from_db()
    assert case.status == "PROPOSED"


def test_who_is_guided_to_registration_is_not_named(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    case = proposed(people, now, "GUIDED")
    operations.decide_case(by=people.district_officer, now=now, case=case, decision_number="1号", decided_on=today)

    assert not IllegalCase.objects.public().exists()


@pytest.mark.parametrize(("days", "fits"), [(-1, False), (0, True), (1, False)])
def test_the_day_of_the_decision(people: SimpleNamespace, now: dt.datetime, days: int, *, fits: bool) -> None:
    case = proposed(people, now)
    given = {"decision_number": "1号", "decided_on": now.date() + dt.timedelta(days=days)}

    if fits:
        assert operations.decide_case(by=people.district_officer, now=now, case=case, **given).status == "DECIDED"
    else:
        with pytest.raises(DecisionDayUnfit):
            operations.decide_case(by=people.district_officer, now=now, case=case, **given)


def test_bad_findings(people: SimpleNamespace, now: dt.datetime) -> None:
    case = taken_up(people, now)
    given = {"by": people.street_reviewer, "now": now, "case": case}

    with pytest.raises(MeasureUnknown):
        operations.propose_measure(findings="查无登记。", measure="FINE", **given)
    with pytest.raises(ReasonMissing):
        operations.propose_measure(findings=" ", measure="BAN", **given)
    with pytest.raises(PersonalNumbersFound):
        operations.propose_measure(findings="联系 13812345678", measure="BAN", **given)


def test_nobody_learns_who_gave_a_tip(people: SimpleNamespace, now: dt.datetime) -> None:
    tip, code = told(people, now)

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM socialorgs_illegaltip AS t")
        stored = cursor.fetchone()[0]
    assert "13812345678" not in stored
    assert code not in stored
    trail = AuditEntry.objects.get(verb="socialorgs.illegal_tip.given")
    assert (trail.actor, trail.after) == (people.system, {"division": people.street.pk})
    for who in (people.community_staff, people.street_officer, people.resident, people.supervisor):
        assert not IllegalTip.objects.visible_to(who).exists()
    assert IllegalTip.objects.visible_to(people.street_reviewer).get() == tip
    with pytest.raises(NotAllowed):
        operations.reveal_tip_giver(by=people.street_reviewer, now=now, tip=tip, reason="核实情况。")


def test_the_contact_is_opened_with_a_reason_that_stays(people: SimpleNamespace, now: dt.datetime) -> None:
    tip, _code = told(people, now)
    with pytest.raises(ReasonMissing):
        operations.reveal_tip_giver(by=people.district_admin, now=now, tip=tip, reason=" ")

    assert operations.reveal_tip_giver(by=people.district_admin, now=now, tip=tip, reason="核实情况。") == "13812345678"
    assert AuditEntry.objects.get(verb="socialorgs.illegal_tip.revealed").reason == "核实情况。"
    silent, _code = told(people, now, contact="")
    with pytest.raises(NothingToReveal):
        operations.reveal_tip_giver(by=people.district_admin, now=now, tip=silent, reason="核实情况。")


def test_a_tip_is_looked_at_once(people: SimpleNamespace, now: dt.datetime) -> None:
    tip, _code = told(people, now)
    operations.settle_tip(by=people.street_reviewer, now=now, tip=tip, answer="经查已依法登记。")

    with pytest.raises(TipSettled):
        operations.settle_tip(by=people.street_reviewer, now=now, tip=tip)
    assert not IllegalCase.objects.exists()


def test_a_place_takes_so_many_tips_a_day(people: SimpleNamespace, now: dt.datetime) -> None:
    PolicyParameter.objects.all().delete()
    for _number in range(200):
        IllegalTip.objects.create(
            division=people.street, name="x", text="y", code_hash=f"{_number:064d}", received_at=now
        )

    with pytest.raises(TooManyTips):
        told(people, now)
    assert told(people, now + dt.timedelta(days=1))


def test_anybody_gives_a_tip_on_the_page_and_follows_it(people: SimpleNamespace) -> None:
    client = Client()
    given = {"division": people.street.pk, **TIP}
    refused = client.post("/illegal-organizations/tip/", {**given, "text": ""})
    assert refused.status_code == 400
    assert "某某养生协会" in refused.content.decode()

    answer = client.post("/illegal-organizations/tip/", given)
    code = answer.content.decode().split("<strong>")[1].split("</strong>")[0]

    assert answer.headers["Cache-Control"] == "no-store"
    followed = client.post("/illegal-organizations/tip/follow/", {"code": f" {code.lower()} "})
    assert followed.status_code == 200
    assert "某某养生协会" in followed.content.decode()
    assert client.post("/illegal-organizations/tip/follow/", {"code": "WRONG"}).status_code == 400


def test_a_signed_in_giver_leaves_no_trace_either(people: SimpleNamespace) -> None:
    client = Client()
    sign_in(client, people.resident)
    client.post("/illegal-organizations/tip/", {"division": people.street.pk, **TIP})

    assert not AuditEntry.objects.filter(actor=people.resident, object_label="socialorgs.IllegalTip").exists()


def test_what_was_told_stays(people: SimpleNamespace, now: dt.datetime) -> None:
    tip, _code = told(people, now)

    assert "update" in violated(f"UPDATE socialorgs_illegaltip SET text = 'x' WHERE id = {tip.pk}").lower()
    assert "delete" in violated(f"DELETE FROM socialorgs_illegaltip WHERE id = {tip.pk}").lower()
