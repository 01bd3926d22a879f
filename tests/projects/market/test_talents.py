"""Profiles of talents: stated, proposed, consented to, found as consented, matched to what is wanted, taken back."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.people.policy import PersonalNumbersFound
from governance import lifecycle
from governance.errors import NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from projects.market.talents import operations, refusals
from projects.market.talents.models import TalentProfile
from projects.market.talents.operations import Consent, Said
from projects.market.talents.queries import figures_of, services_for, talents_for
from tests.factories.communities import ResidentFactory
from tests.people import desk_client, session_client
from tests.projects.market.conftest import neighbor
from tests.projects.market.test_operations import refused
from tests.projects.market.test_surfaces import browser, service, text
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db
SAID = Said("CAPABLE", "HOME", ("水电维修", "灯具安装"), "做过二十年水电工。", "周末")
PUBLIC, NAMED = Consent("PUBLIC"), Consent("PUBLIC", is_name_shown=True)


def stated(people: SimpleNamespace, now: dt.datetime, **more: Any) -> TalentProfile:
    given = {"by": people.helper, "now": now, "said": SAID, "consent": PUBLIC, **more}
    return operations.state_talent(**given)


def listed(people: SimpleNamespace, now: dt.datetime, **more: Any) -> TalentProfile:
    row = stated(people, now, **more)
    return lifecycle.move(row, "confirm", by=people.community_staff, now=now)


def proposed(people: SimpleNamespace, now: dt.datetime, **more: Any) -> TalentProfile:
    resident = people.helper.residences.get()
    given = {"by": people.community_staff, "now": now, "resident": resident, "said": SAID, **more}
    return operations.propose_talent(**given)


def test_a_stated_profile_is_shown_when_the_community_has_confirmed_it(people: SimpleNamespace, now: Any) -> None:
    row = stated(people, now)
    seen = TalentProfile.objects.visible_to(people.third)
    assert (row.status, list(seen)) == ("STATED", [])

    refused(MoveForbidden, lifecycle.move, TalentProfile, row=row, name="confirm", by=people.helper, now=now)
    row = lifecycle.move(row, "confirm", by=people.community_staff, now=now)

    assert (row.status, row.confirmed_by, list(seen.all())) == ("LISTED", people.community_staff, [row])
    assert row.public_name == "钱*力"


def test_what_a_profile_may_not_say(people: SimpleNamespace, now: Any) -> None:
    def refuse(error: type[Exception], **more: Any) -> None:
        refused(error, stated, TalentProfile, people=people, now=now, **more)

    refuse(refusals.TalentForResidents, by=people.stranger)
    refuse(refusals.TalentForResidents, by=people.minor)
    refuse(refusals.SkillsUnfit, said=Said("CAPABLE", "HOME", (" ",)))
    refuse(refusals.SkillsUnfit, said=Said("CAPABLE", "HOME", tuple("一二三四五六七")))
    refuse(refusals.SkillsUnfit, said=Said("CAPABLE", "HOME", ("字" * 21,)))
    refuse(refusals.ConsentUnfit, consent=Consent("STAFF", is_name_shown=True))
    refuse(PersonalNumbersFound, said=Said("CAPABLE", "HOME", ("水电",), "找13812345678"))
    stated(people, now)
    refuse(refusals.TalentKnown)
    assert stated(people, now, said=Said("LECTURER", "CULTURE", ("书法", "书法 "))).skills == ["书法"]


def test_who_is_proposed_is_shown_to_nobody_before_consenting(people: SimpleNamespace, now: Any) -> None:
    row = proposed(people, now)
    refused(NotAllowed, proposed, TalentProfile, people=people, now=now, by=people.third)
    minor = people.minor.residences.get()
    refused(refusals.TalentForResidents, proposed, TalentProfile, people=people, now=now, resident=minor)
    assert not TalentProfile.objects.visible_to(people.third).exists()
    assert TalentProfile.objects.visible_to(people.helper).exists()

    consent: dict[str, Any] = {"now": now, "profile": row, "consent": NAMED}
    refused(MoveForbidden, operations.consent_talent, TalentProfile, by=people.third, **consent)
    refused(
        refusals.PaperUnfit, operations.note_paper_consent, by=people.community_staff, paper_day=now.date(), **consent
    )
    row = operations.consent_talent(by=people.helper, **consent)
    assert (row.status, row.consented_by, row.public_name) == ("LISTED", people.helper, "钱大力")


def test_nobody_proposes_oneself(people: SimpleNamespace, now: Any) -> None:
    resident = ResidentFactory(
        user=people.community_staff,
        division=people.community,
        birth_on=dt.date(1980, 1, 1),
        confirmed_at=now,
        confirmed_by=people.street_officer,
    )
    refused(SamePerson, proposed, TalentProfile, people=people, now=now, resident=resident)


def test_consent_on_paper_is_noted_by_another_for_people_without_a_log_in(people: SimpleNamespace, now: Any) -> None:
    resident = ResidentFactory(
        user=None,
        division=people.community,
        name="周奶奶",
        birth_on=dt.date(1944, 1, 1),
        confirmed_at=now,
        confirmed_by=people.street_officer,
    )
    row = proposed(people, now, resident=resident)
    said: dict[str, Any] = {"now": now, "profile": row, "consent": PUBLIC}
    day = timezone.localdate(now)
    refused(SamePerson, operations.note_paper_consent, by=people.community_staff, paper_day=day, **said)
    ahead = day + dt.timedelta(days=1)
    refused(refusals.PaperUnfit, operations.note_paper_consent, by=people.street_officer, paper_day=ahead, **said)
    row = operations.note_paper_consent(by=people.street_officer, paper_day=day, **said)

    assert (row.status, row.paper_day, row.public_name) == ("LISTED", day, "周*奶")


@pytest.mark.parametrize("way", ["withdraw", "remove"])
def test_what_ends_is_erased(people: SimpleNamespace, now: Any, way: str) -> None:
    row = listed(people, now, consent=NAMED)
    by = people.helper if way == "withdraw" else people.community_staff
    if way == "remove":
        refused(ReasonMissing, operations.end_talent, TalentProfile, by=by, now=now, profile=row, name=way)
    else:
        refused(MoveForbidden, operations.end_talent, by=people.community_staff, now=now, profile=row, name=way)
    row = operations.end_talent(by=by, now=now, profile=row, name=way, reason="本人要求")

    assert (row.skills, row.text, row.times, row.shown_to, row.is_name_shown) == ([], "", "", "STAFF", False)
    assert not TalentProfile.objects.visible_to(people.third).exists()
    refused(
        refusals.TalentEnded,
        operations.describe_talent,
        by=people.helper,
        now=now,
        profile=row,
        said=SAID,
        consent=PUBLIC,
    )
    assert stated(people, now).status == "STATED"


def test_a_proposal_is_refused_and_a_statement_declined(people: SimpleNamespace, now: Any) -> None:
    row = operations.end_talent(by=people.helper, now=now, profile=proposed(people, now), name="refuse")
    assert (row.status, row.skills) == ("DECLINED", [])
    row = stated(people, now)
    staff = people.community_staff
    row = operations.end_talent(by=staff, now=now, profile=row, name="decline", reason="请先与社区面谈")
    assert (row.status, row.ended_reason) == ("DECLINED", "请先与社区面谈")
    refused(MoveClosed, lifecycle.move, TalentProfile, row=row, name="confirm", by=staff, now=now)


def test_the_person_decides_anew_who_may_find_it(people: SimpleNamespace, now: Any) -> None:
    row = listed(people, now)
    said: dict[str, Any] = {"now": now, "profile": row, "said": Said("STAR", "YOUTH", ("修水管",))}
    refused(NotAllowed, operations.describe_talent, by=people.community_staff, consent=NAMED, **said)
    row = operations.describe_talent(by=people.helper, consent=Consent("STAFF"), **said)

    assert (row.kind, row.field, row.skills) == ("CAPABLE", "HOME", ["修水管"])
    assert not TalentProfile.objects.visible_to(people.third).exists()
    assert TalentProfile.objects.visible_to(people.community_staff).exists()


def test_who_moves_away_is_shown_no_more(people: SimpleNamespace, now: Any) -> None:
    row = listed(people, now)
    row.resident.left_on = timezone.localdate(now)
    row.resident.save(update_fields=["left_on"])

    assert not TalentProfile.objects.visible_to(people.third).exists()
    assert figures_of(people.community).listed == 0


def test_profiles_and_services_find_each_other(people: SimpleNamespace, now: Any) -> None:
    listed(people, timezone.now())
    wanted, other = service(people), service(people, field="CULTURE")

    assert [row.public_name for row in talents_for(wanted, people.asker)] == ["钱*力"]
    assert talents_for(other, people.asker) == []
    assert talents_for(service(people, side="OFFER"), people.asker) == []
    assert services_for(people.helper, timezone.now()) == [wanted]
    assert services_for(people.third, timezone.now()) == []
    assert "钱*力" in text(browser(people.asker).get(wanted.get_absolute_url()))
    assert "钱*力" not in text(browser(people.third).get(wanted.get_absolute_url()))
    assert wanted.title in text(browser(people.helper).get("/market/mine/"))


def test_people_are_counted_once(people: SimpleNamespace, now: Any) -> None:
    listed(people, now, said=Said("LECTURER", "CULTURE", ("书法",)))
    listed(people, now, said=Said("LECTURER", "YOUTH", ("书法启蒙",)))
    listed(people, now, by=people.third)
    found = figures_of(people.places["street"])

    assert (found.listed, found.lecturers, found.lecturers_fields, found.leading) == (2, 1, 2, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number(
    people: SimpleNamespace, house: Any, now: Any, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        listed(people, now, by=neighbor(house, f"赵明{number}"))
    address, api = f"/divisions/{people.community.pk}/market/talents/", "/api/v1/talent-profiles"
    page, client = browser(people.helper), session_client(people.helper)
    page.get(address)
    client.get(api)

    with django_assert_num_queries(8):
        shown = page.get(address, {"skill": "水电维修", "field": "HOME"}).content.decode()
    assert shown.count("<article>") == count
    with django_assert_num_queries(4):
        assert len(client.get(api).json()["results"]) == count
    assert page.get(address, {"skill": "插花"}).content.decode().count("<article>") == 0


def test_a_profile_on_the_pages(people: SimpleNamespace, english: None, django_assert_max_num_queries: Any) -> None:
    helper, staff = browser(people.helper), browser(people.community_staff)
    new = f"/divisions/{people.community.pk}/market/talents/new/"
    said = {"kind": "CAPABLE", "field": "HOME", "skills": "水电维修，灯具安装", "text": "二十年", "shown_to": "PUBLIC"}
    assert browser().get(new).status_code == 302
    assert helper.get(new).status_code == 200
    refused_one = helper.post(new, {**said, "shown_to": "STAFF", "is_name_shown": "on"})
    assert (refused_one.status_code, "水电维修，灯具安装" in refused_one.content.decode()) == (400, True)
    assert helper.post(new, said).status_code == 302
    row = TalentProfile.objects.get()
    home = row.get_absolute_url()

    assert (row.skills, browser(people.third).get(home).status_code) == (["水电维修", "灯具安装"], 404)
    assert browser(people.third).post(f"{home}acts/withdraw/").status_code == 404
    assert staff.post(f"{home}acts/confirm/").status_code == 302
    assert browser().post(f"{home}acts/withdraw/").status_code == 302
    shown = text(browser().get(home))
    assert ("钱*力" in shown, "钱大力" in shown, "13900000002" in shown) == (True, False, False)
    for client in (browser(), helper, staff):
        with django_assert_max_num_queries(10):
            assert client.get(home).status_code == 200
    changed = {"skills": "水电维修", "text": "", "times": "", "shown_to": "PUBLIC", "is_name_shown": "on"}
    assert helper.post(f"{home}acts/describe/", {**changed, "skills": ""}).status_code == 400
    assert helper.post(f"{home}acts/describe/", changed).status_code == 302
    assert "钱大力" in text(browser().get(home))
    assert helper.post(f"{home}acts/withdraw/").status_code == 302
    assert browser().get(home).status_code == 404
    assert helper.post(f"{home}acts/nothing/").status_code == 404


def test_a_profile_through_the_api(people: SimpleNamespace) -> None:
    helper, staff = session_client(people.helper), session_client(people.community_staff)
    said = {"kind": "LECTURER", "field": "CULTURE", "skills": ["书法"], "shown_to": "PUBLIC"}
    made = helper.post("/api/v1/talent-profiles", said, format="json")
    home = f"/api/v1/talent-profiles/{made.json()['id']}"
    answers = [
        session_client(people.third).get(home).status_code,
        helper.post(f"{home}/confirm", {}, format="json").status_code,
        staff.post(f"{home}/confirm", {}, format="json").status_code,
        session_client(people.third).post(f"{home}/withdraw", {}, format="json").status_code,
    ]

    assert (made.status_code, answers) == (201, [404, 403, 200, 403])
    assert session_client(None).get(home).json()["name"] == "钱*力"
    assert helper.get(home).json()["name"] == "钱大力"
    assert helper.post(f"{home}/withdraw", {}, format="json").json()["skills"] == []
    assert session_client(None).get(home).status_code == 404


def test_staff_propose_at_the_desk(people: SimpleNamespace) -> None:
    desk = desk_client(people.community_staff)
    resident = people.helper.residences.get()
    said = {"resident": resident.pk, "kind": "BACKBONE", "field": "GOVERNANCE", "skills": "楼栋协调", "_save": "1"}
    assert desk.post("/desk/projects/talentprofile/add/", said).status_code == 302
    row = TalentProfile.objects.get()
    assert (row.status, row.skills) == ("PROPOSED", ["楼栋协调"])
    assert desk.get("/desk/projects/talentprofile/").status_code == 200
    assert desk.get(f"/desk/projects/talentprofile/{row.pk}/change/").status_code == 200
    gone = desk.post(f"/desk/projects/talentprofile/{row.pk}/moves/remove/", {"reason": "本人不愿意"})
    assert (gone.status_code, TalentProfile.objects.get().status) == (302, "REMOVED")


@pytest.mark.django_db(transaction=True)
def test_walls(people: SimpleNamespace, now: Any, owner: Any) -> None:
    row = listed(people, now)
    begins = ("talentprofile:lifecycle",)
    with owner():
        alone("talentprofile_one_a_field", copied(row, status="'STATED'"))
        alone("talentprofile_kinds_are_known", copied(row, kind="'X'", field="'YOUTH'", status="'STATED'"))
        alone(
            "talentprofile_listed_by_two_hands",
            copied(row, confirmed_by_id="consented_by_id", field="'YOUTH'"),
            beside=begins,
        )
        alone(
            "talentprofile_name_only_in_public",
            copied(row, shown_to="'STAFF'", is_name_shown="TRUE", field="'YOUTH'", status="'STATED'"),
        )
        alone(
            "talentprofile_ended_keeps_nothing",
            f"UPDATE projects_talentprofile SET status = 'WITHDRAWN' WHERE id = {row.pk}",
        )
        alone("talentprofile:lifecycle", f"UPDATE projects_talentprofile SET status = 'PROPOSED' WHERE id = {row.pk}")
        alone("talentprofile:person_stays", f"UPDATE projects_talentprofile SET field = 'YOUTH' WHERE id = {row.pk}")
