"""Decisions over pages, API and desk."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communities.notices import operations as notices
from consultation.decisions import executing
from consultation.decisions.accepting import take_back_disputed_results
from consultation.decisions.models import Decision
from consultation.meetings.joint import CaseParty
from consultation.meetings.record import MeetingTask
from consultation.meetings.tasking import operations as tasking
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.decisions.test_operations import drafted, posted, reported, settle, voted
from tests.consultation.pictures import photo
from tests.factories.consultation_ballots import DAY, Place
from tests.factories.consultation_meetings import Hall
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def place(db: None) -> Place:
    """A community whose story began five days ago."""
    made = Place(clock.now() - 5 * DAY)
    made.populate(5)
    return made


def browser(user: User | None = None) -> Client:
    """Return somebody's browser."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        sign_in(client, user)
    return client


def show_out(place: Place) -> None:
    """Let the days of the notices pass."""
    later = clock.now() + 10 * DAY
    notices.close_due_notices(by=place.system, now=later, today=later.date())


def reported_now(place: Place) -> Decision:
    """Return a decision whose result is shown at this moment."""
    decision = executing.return_result(
        by=place.supervisor, now=clock.now(), decision=reported(place).decision, reason="缺照片"
    )
    return executing.report_result(by=place.staff, now=clock.now(), decision=decision, text="已补照片。")


def test_a_posted_decision_is_public_and_a_draft_is_not(place: Place) -> None:
    decision = drafted(place)
    address = f"/decisions/{decision.pk}/"
    assert browser().get(address).status_code == 404
    assert browser().get(f"/api/v1/decisions/{decision.pk}").status_code == 404

    browser(place.staff).post(f"{address}acts/put_up/")

    page = browser().get(address).content.decode()
    assert decision.number in page
    assert "使用社区基金更换路灯。" in page
    shown = session_client(None).get(f"/api/v1/decisions/{decision.pk}").json()
    assert (shown["status"], shown["cost_estimate"]) == ("POSTED", "0.00")


def test_a_representative_accepts_or_returns_on_the_page(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    decision = reported(place).decision
    address = f"/decisions/{decision.pk}/acts"
    client = browser(place.representative)

    assert "Accept for the residents" in client.get(f"/decisions/{decision.pk}/").content.decode()
    assert "Accept for the residents" not in browser(place.voters[0]).get(f"/decisions/{decision.pk}/").content.decode()
    browser(place.voters[0]).post(f"{address}/accept/")
    decision.refresh_from_db()
    assert decision.status == "REPORTED"
    assert browser().post(f"{address}/accept/").status_code == 302
    assert client.post(f"{address}/unknown/").status_code == 404
    client.post(f"{address}/return_result/", {"reason": "缺照片"})
    decision.refresh_from_db()
    assert decision.status == "EXECUTING"
    browser(place.staff).post(f"{address}/report_result/", {"text": "已补照片。"})
    early = client.post(f"{address}/accept/", {"acceptance": "FULL", "shortfall": ""})
    assert "still shown to the residents" in early.content.decode()
    decision.refresh_from_db()
    show_out(place)
    client.post(f"{address}/accept/", {"acceptance": "FULL", "shortfall": ""})
    decision.refresh_from_db()
    assert (decision.status, decision.accepted_by) == ("ACCEPTED", place.representative)
    browser(place.staff).post(f"{address}/close/")
    decision.refresh_from_db()
    assert decision.status == "CLOSED"


def test_staff_ask_the_fund_from_a_final_decision(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    decision = posted(place)
    home, ask = f"/decisions/{decision.pk}/", f"/decisions/{decision.pk}/requests/new/"
    staff = browser(place.staff)
    before = staff.get(home).content.decode()

    settle(place, decision, days=20)

    assert ask not in before
    assert ask in staff.get(home).content.decode()
    assert ask not in browser(place.voters[0]).get(home).content.decode()


def test_the_api_walks_a_decision(db: None) -> None:
    place = Place(clock.now() - 5 * DAY)
    place.populate(5)
    ballot = voted(place)
    staff = session_client(place.staff)
    body = {"topic": ballot.topic_id, "ballot": ballot.pk, "text": "更换路灯。", "cost_estimate": "4800.00"}

    assert session_client(place.voters[0]).post("/api/v1/decisions", body).status_code == 403
    made = staff.post("/api/v1/decisions", body)
    assert (made.status_code, made.json()["status"]) == (201, "DRAFT")
    address = f"/api/v1/decisions/{made.json()['id']}"
    assert staff.post("/api/v1/decisions", body).json()["code"] == "ballot_used"
    assert staff.post(f"{address}/put_up").json()["status"] == "POSTED"
    early = staff.post(f"{address}/begin_execution", {"responsible": "居委会", "due_on": "2100-01-01"})
    assert (early.status_code, early.json()["code"]) == (409, "move_closed")
    assert staff.post(f"{address}/make_final").status_code == 404


def test_the_api_reports_and_accepts(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    decision = reported(place).decision
    address = f"/api/v1/decisions/{decision.pk}"

    returned = session_client(place.supervisor).post(f"{address}/return_result", {"reason": "缺照片"})
    assert returned.json()["status"] == "EXECUTING"
    again = session_client(place.staff).post(f"{address}/report_result", {"text": "已补照片。"})
    assert (again.status_code, again.json()["result_text"]) == (200, "已补照片。")
    supervisor = session_client(place.supervisor)
    assert supervisor.post(f"{address}/accept").json()["code"] == "move_hindered"
    judged = session_client(place.voters[0]).post(f"{address}/judge", {"verdict": "DONE"})
    assert judged.status_code == 200
    assert session_client(place.voters[0]).post(f"{address}/judge", {"verdict": "DONE"}).json()["code"] == (
        "verdict_repeated"
    )
    decision.refresh_from_db()
    show_out(place)
    done = supervisor.post(f"{address}/accept", {"acceptance": "PARTLY", "shortfall": "一盏未亮"}).json()
    assert (done["status"], done["acceptance"], done["shortfall"]) == ("ACCEPTED", "PARTLY", "一盏未亮")


def test_residents_say_on_the_page_what_they_think(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(6)
    decision = reported_now(place)
    home = f"/decisions/{decision.pk}/"
    client = browser(place.voters[0])
    assert "Is it done?" in client.get(home).content.decode()
    assert "Sign in to say what you think of it" in browser().get(home).content.decode()

    empty = client.post(f"{home}verdicts/", {"verdict": ""})
    assert "This field is required" in empty.content.decode()
    client.post(f"{home}verdicts/", {"verdict": "PARTLY", "text": "东侧未装"})
    page = client.get(home).content.decode()
    assert "You have said what you think of this result." in page
    assert "Fewer than 5 residents have answered." in page
    assert "东侧未装" not in browser().get(home).content.decode()
    for voter in place.voters[1:]:
        browser(voter).post(f"{home}verdicts/", {"verdict": "DONE"})
    shown = browser().get(home).content.decode()
    assert "partly done" in shown
    assert 'max="6"' in shown


def test_the_desk_walks_a_decision(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    ballot = voted(place)
    client = desk_client(place.staff)
    desk = "/desk/consultation/decision/"

    assert ballot.question in client.get(f"{desk}add/").content.decode()
    client.post(f"{desk}add/", {"ballot": ballot.pk, "text": "更换路灯。", "cost_estimate": "0"})
    decision = Decision.objects.get()
    client.post(f"{desk}{decision.pk}/moves/put_up/")
    decision.refresh_from_db()
    assert decision.status == "POSTED"
    assert client.get(f"{desk}{decision.pk}/change/").status_code == 200


def test_the_desk_begins_and_reports(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    case = reported(place)
    client, desk = desk_client(place.staff), f"/desk/consultation/decision/{case.decision.pk}/"
    desk_client(place.supervisor).post(f"{desk}moves/return_result/", {"reason": "缺照片"})

    assert client.get(f"{desk}moves/report_result/").status_code == 200
    client.post(f"{desk}moves/report_result/", {"text": "已补照片。"})

    case.decision.refresh_from_db()
    assert (case.decision.status, case.decision.result_text) == ("REPORTED", "已补照片。")


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same(place: Place, count: int, django_assert_num_queries: Any) -> None:
    for _decision in range(count):
        posted(place)

    with django_assert_num_queries(3):  # division, decisions, ancestors
        page = browser().get(f"/divisions/{place.division.pk}/decisions/").content.decode()
    assert page.count("badge--POSTED") == count
    with django_assert_num_queries(3):  # place of the filter, decisions, evidence
        answer = session_client(None).get(f"/api/v1/decisions?division={place.division.pk}")
    assert len(answer.json()["results"]) == count


def test_tasks_of_a_decision_are_given_worked_on_and_shown(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    row = settle(place, posted(place), days=1)
    home, staff = f"/decisions/{row.pk}/", browser(place.staff)
    due = str(clock.today() + 5 * DAY)

    begun = staff.post(
        f"{home}acts/begin_execution/", {"responsible": "社区居委会", "kind": "COMMITTEE", "due_on": due}
    )
    late = staff.post(
        f"{home}acts/give_task/", {"text": "更换路灯", "owner": place.colleague.pk, "due_on": "2020-01-01"}
    )
    joined = staff.post(f"{home}acts/add_party/", {"kind": "DEPARTMENT", "name": "街道城管办"})
    again = staff.post(f"{home}acts/add_party/", {"kind": "DEPARTMENT", "name": "街道城管办"})
    party = CaseParty.objects.get(name="街道城管办")
    given = staff.post(
        f"{home}acts/give_task/",
        {
            "text": "更换路灯",
            "owner": place.colleague.pk,
            "due_on": due,
            "party": party.pk,
            "uploads": [SimpleUploadedFile("楼道.png", photo("PNG"))],
        },
    )
    stays = staff.post(f"{home}acts/end_party/", {"party": party.pk})

    assert [answer.status_code for answer in (begun, late, joined, again, given, stays)] == [
        302,
        400,
        302,
        400,
        302,
        400,
    ]
    assert "更换路灯" in late.content.decode()
    assert "lies in the past" in late.content.decode()
    assert "takes part in this already" in again.content.decode()
    task = MeetingTask.objects.get()
    public = browser().get(home).content.decode()
    assert "街道城管办" in public
    assert "更换路灯" in public
    assert public.count('<img src="/attachments/') == 1
    assert task.get_absolute_url() not in public
    assert place.colleague.display_name not in public

    path, owner = task.get_absolute_url(), browser(place.colleague)
    assert browser(place.voters[0]).get(path).status_code == 404
    assert browser().get(path).status_code == 302
    assert task.text in owner.get("/meetings/mine/").content.decode()
    empty = owner.post(f"{path}acts/report/", {"text": ""})
    odd = owner.post(f"{path}acts/report/", {"text": "已更换", "uploads": [SimpleUploadedFile("a.png", b"no picture")]})
    assert (empty.status_code, odd.status_code) == (400, 400)
    assert "已更换" in odd.content.decode()
    shown = owner.post(
        f"{path}acts/report/", {"text": "已更换", "uploads": [SimpleUploadedFile("a.png", photo("PNG"))]}
    )
    mute = staff.post(f"{path}acts/give_back/", {"reason": ""})
    assert (shown.status_code, mute.status_code) == (302, 400)
    assert staff.post(f"{path}acts/confirm/").status_code == 302
    assert staff.post(f"{path}acts/unknown/").status_code == 404
    assert browser().get(home).content.decode().count('<img src="/attachments/') == 2


def test_one_list_has_the_tasks_of_meetings_and_decisions(db: None) -> None:
    now, place = clock.now(), Place(clock.now() - 40 * DAY)
    place.populate(5)
    hall = Hall(place)
    tasking.give_task(
        by=place.staff,
        now=hall.held_at,
        meeting=hall.opened(),
        text="联系施工",
        owner=hall.chair,
        due_on=clock.today() + DAY,
    )
    row = settle(place, posted(place), days=1)
    row = executing.begin_execution(
        by=place.staff, now=now, decision=row, responsible="居委会", due_on=now.date() + 9 * DAY
    )
    executing.give_task(
        by=place.staff, now=now, decision=row, text="更换路灯", owner=place.colleague, due_on=now.date() + DAY
    )
    path = f"/divisions/{place.division.pk}/tasks/"
    staff = browser(place.staff)

    both = staff.get(path).content.decode()
    mine = browser(place.colleague).get(f"{path}?mine=true").content.decode()

    assert ("联系施工" in both, "更换路灯" in both) == (True, True)
    assert ("联系施工" in mine, "更换路灯" in mine) == (False, True)
    assert browser().get(path).status_code == 302
    assert "更换路灯" not in browser(place.voters[0]).get(path).content.decode()
    listed = session_client(place.staff).get("/api/v1/meeting-tasks").json()["results"]
    assert {one["text"] for one in listed} == {"联系施工", "更换路灯"}
    assert session_client(place.voters[0]).get("/api/v1/meeting-tasks").json()["results"] == []
    assert session_client(None).get("/api/v1/meeting-tasks").status_code in {401, 403}
    late = session_client(place.staff).get("/api/v1/meeting-tasks?due=overdue").json()["results"]
    assert late == []


def test_tasks_over_the_api(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    row = settle(place, posted(place), days=1)
    staff, address = session_client(place.staff), f"/api/v1/decisions/{row.pk}"
    due = str(clock.today() + DAY)
    task = {"text": "更换路灯", "owner": place.colleague.pk, "due_on": due}

    early = staff.post(f"{address}/tasks", task)
    assert (early.status_code, early.json()["code"]) == (409, "not_carried_out")
    odd = staff.post(f"{address}/begin_execution", {"responsible": "居委会", "kind": "X", "due_on": due})
    assert odd.status_code == 400
    assert staff.post(f"{address}/begin_execution", {"responsible": "居委会", "due_on": due}).status_code == 200
    joined = staff.post(f"{address}/parties", {"kind": "RESIDENTS", "name": "志愿者"})
    assert (joined.status_code, joined.json()["name"]) == (201, "志愿者")
    assert staff.post(f"{address}/parties", {"kind": "RESIDENTS", "name": ""}).json()["code"] == "meeting_text_missing"
    assert staff.post(f"{address}/tasks", {**task, "owner": place.voters[0].pk}).json()["code"] == "task_owner_unfit"
    assert session_client(place.voters[0]).post(f"{address}/tasks", task).status_code == 403
    made = staff.post(f"{address}/tasks", {**task, "party": joined.json()["id"]})
    assert (made.status_code, made.json()["party_name"]) == (201, "志愿者")
    path = f"/api/v1/meeting-tasks/{made.json()['id']}"
    assert staff.post(f"{address}/report_result", {"text": "完成"}).json()["code"] == "tasks_open"
    owner = session_client(place.colleague)
    assert owner.post(f"{path}/report", {"text": ""}).status_code == 400
    assert owner.post(f"{path}/photos", {"stage": "BEFORE"}).status_code == 400
    assert owner.post(f"{path}/report", {"text": "已更换"}).json()["status"] == "DONE"
    assert owner.post(f"{path}/confirm").json()["code"] == "same_person"
    assert staff.post(f"{path}/confirm").json()["status"] == "CONFIRMED"
    assert session_client(place.voters[0]).get(path).status_code == 404


def test_why_a_result_was_given_back_is_told_to_those_who_carry_it_out(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    row = reported(place).decision
    home, supervisor = f"/decisions/{row.pk}/", browser(place.supervisor)

    private = supervisor.post(f"{home}acts/return_result/", {"reason": "请联系13800138000"})
    long = session_client(place.supervisor).post(f"/api/v1{home}return_result", {"reason": "长" * 2001})
    given_back = supervisor.post(f"{home}acts/return_result/", {"reason": "三单元还有两盏未亮"})

    assert (private.status_code, long.status_code, given_back.status_code) == (400, 400, 302)
    assert "请联系13800138000" in private.content.decode()
    assert "三单元还有两盏未亮" in browser(place.staff).get(home).content.decode()
    public = browser().get(home).content.decode()
    assert "This result was given back" in public
    assert "三单元还有两盏未亮" not in public


def test_what_was_typed_stays_where_the_step_is_not_offered_any_more(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    row = reported(place).decision

    late = browser(place.staff).post(f"/decisions/{row.pk}/acts/report_result/", {"text": "写了很久的结果说明"})

    assert late.status_code == 400
    assert "写了很久的结果说明" in late.content.decode()


def test_a_rightful_objection_to_a_result_opens_the_work_again(db: None) -> None:
    place = Place(clock.now() - 40 * DAY)
    place.populate(5)
    row = reported_now(place)
    assert row.result_notice is not None
    home = row.result_notice.get_absolute_url()
    voter, staff = browser(place.voters[0]), browser(place.colleague)

    empty = voter.post(f"{home}objections/", {"text": ""})
    raised = voter.post(f"{home}objections/", {"text": "三单元没有装"})
    again = voter.post(f"{home}objections/", {"text": "还是没有装"})
    answer = f"/objections/{row.result_notice.objections.get().pk}/answer/"
    mute = staff.post(answer, {"outcome": "UPHELD", "reply": ""})
    upheld = staff.post(answer, {"outcome": "UPHELD", "reply": "属实，立即补装。"})
    twice = staff.post(answer, {"outcome": "REJECTED", "reply": "改主意了"})

    codes = [answer.status_code for answer in (empty, raised, again, mute, upheld, twice)]
    assert codes == [400, 302, 400, 400, 302, 400]
    assert "改主意了" in twice.content.decode()
    show_out(place)
    assert take_back_disputed_results(by=place.system, now=clock.now() + 10 * DAY) == [row.pk]
    row.refresh_from_db()
    assert row.case is not None
    assert (row.status, row.case.ended_at) == ("EXECUTING", None)
    assert "An objection to the result was upheld" in browser(place.staff).get(f"/decisions/{row.pk}/").content.decode()
