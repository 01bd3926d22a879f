"""A decision carried out by tasks of several parties, with photos from before and after."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from communities.notices.models import Attachment
from consultation.decisions import executing
from consultation.decisions.models import Decision
from consultation.meetings import refusals
from consultation.meetings.joint import CaseParty, MultiPartyCase
from consultation.meetings.record import MeetingTask, TaskPhoto
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden, MoveHindered, SamePerson
from tests.consultation.decisions.test_operations import final
from tests.consultation.pictures import photo
from tests.factories.communities import AttachmentFactory
from tests.factories.consultation_ballots import DAY, Place
from tests.factories.consultation_meetings import Hall
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.walls import alone, label_of

PHOTO = ("楼道.png", photo("PNG"))


@pytest.fixture
def place(db: None, now: dt.datetime) -> Place:
    """A community with five voters."""
    made = Place(now)
    made.populate(5)
    return made


def begun(place: Place) -> SimpleNamespace:
    """Return a decision that is being carried out, with what every task of it needs."""
    moment = place.now + 30 * DAY
    decision = executing.begin_execution(
        by=place.staff, now=moment, decision=final(place), responsible="社区居委会", due_on=moment.date() + 10 * DAY
    )
    given = {"by": place.staff, "now": moment, "decision": decision}
    task = {**given, "text": "更换三单元路灯", "owner": place.colleague, "due_on": moment.date() + 5 * DAY}
    return SimpleNamespace(decision=decision, now=moment, given=given, task=task)


def refused(refusal: Any, call: Any, **arguments: Any) -> None:
    """Expect a refusal that leaves nothing behind, no file neither."""
    rows = (MeetingTask, CaseParty, TaskPhoto, Attachment, AuditEntry)
    before = [model.objects.count() for model in rows]
    with pytest.raises(refusal):
        call(**arguments)
    assert [model.objects.count() for model in rows] == before


def test_who_begins_leads_and_others_join(place: Place) -> None:
    case = begun(place)
    organization = OrganizationFactory(active=True, division=place.division)
    listed = OrganizationFactory(division=place.division)
    party = {"call": executing.add_party, **case.given}

    executing.add_party(**case.given, kind="DEPARTMENT", name="街道城管办")
    joined = executing.add_party(**case.given, kind="ORGANIZATION", organization=organization)
    refused(refusals.PartyKnown, kind="DEPARTMENT", name="街道城管办", **party)
    refused(refusals.PartyUnfit, kind="DEPARTMENT", organization=organization, **party)
    refused(refusals.PartyUnfit, kind="UNKNOWN", name="x", **party)
    refused(refusals.TextMissing, kind="RESIDENTS", name=" ", **party)
    with pytest.raises(Exception, match=listed.name):
        executing.add_party(**case.given, kind="ORGANIZATION", organization=listed)
    refused(NotAllowed, kind="RESIDENTS", name="楼栋志愿者", **{**party, "by": place.voters[0]})

    assert case.decision.case is not None
    parties = case.decision.case.parties.order_by("pk")
    assert [(row.name, row.is_leading) for row in parties] == [
        ("社区居委会", True),
        ("街道城管办", False),
        (organization.name, False),
    ]
    with pytest.raises(refusals.PartyStays):
        tasking.end_party(by=place.staff, now=case.now, party=parties[0])
    assert tasking.end_party(by=place.staff, now=case.now, party=joined).left_at == case.now
    with pytest.raises(refusals.PartyUnfit):
        executing.give_task(**{**case.task, "party": joined})


def test_tasks_are_given_for_parties_shown_reported_and_confirmed(place: Place) -> None:
    case = begun(place)
    organization = OrganizationFactory(active=True, division=place.division)
    manager: User = manager_of(organization)
    give = {"call": executing.give_task, **case.task}
    refused(refusals.OwnerUnfit, **{**give, "owner": manager})
    party = executing.add_party(**case.given, kind="ORGANIZATION", organization=organization)
    refused(refusals.DueBefore, **{**give, "due_on": case.now.date() - DAY})
    refused(refusals.TextMissing, **{**give, "text": "长" * 201})
    refused(refusals.OwnerUnfit, **{**give, "owner": place.voters[0]})
    refused(Exception, **{**give, "uploads": [("x.png", b"no picture")]})
    task = executing.give_task(**{**case.task, "owner": manager, "party": party, "uploads": [PHOTO]})

    assert (task.case, task.meeting, task.party) == (case.decision.case, None, party)
    assert list(MeetingTask.objects.visible_to(manager)) == [task]
    assert list(MeetingTask.objects.visible_to(place.staff)) == [task]
    assert not MeetingTask.objects.visible_to(place.voters[0]).exists()
    with pytest.raises(refusals.TasksOpen):
        executing.report_result(by=place.staff, now=case.now, decision=case.decision, text="完成")
    with pytest.raises(MoveForbidden):
        tasking.report_task(by=place.voters[0], now=case.now, task=task, text="已更换")
    done = tasking.report_task(by=manager, now=case.now, task=task, text="已更换", uploads=[PHOTO])
    refused(
        refusals.PhotosOver,
        call=tasking.show_task,
        by=manager,
        now=case.now,
        task=done,
        stage="BEFORE",
        uploads=[PHOTO],
    )
    refused(
        refusals.PhotoMissing, call=tasking.show_task, by=manager, now=case.now, task=done, stage="AFTER", uploads=[]
    )
    many = [PHOTO] * 9
    refused(
        refusals.TooManyTaskPhotos,
        call=tasking.show_task,
        by=manager,
        now=case.now,
        task=done,
        stage="AFTER",
        uploads=many,
    )
    assert list(task.photos.order_by("pk").values_list("stage", "photo__visibility")) == [
        ("BEFORE", "PUBLIC"),
        ("AFTER", "PUBLIC"),
    ]
    lifecycle.move(done, "confirm", by=place.staff, now=case.now)
    shown = executing.report_result(by=place.staff, now=case.now, decision=case.decision, text="完成")
    assert shown.status == "REPORTED"


def test_nobody_confirms_what_they_reported(place: Place) -> None:
    case = begun(place)
    task = executing.give_task(**{**case.task, "owner": place.staff})
    done = tasking.report_task(by=place.staff, now=case.now, task=task, text="已更换")

    with pytest.raises(SamePerson):
        lifecycle.move(done, "confirm", by=place.staff, now=case.now)


def test_a_case_rests_while_its_result_is_shown_and_goes_on_when_it_is_returned(place: Place) -> None:
    case = begun(place)
    task = executing.give_task(**case.task)
    done = tasking.report_task(by=place.colleague, now=case.now, task=task, text="已更换")
    executing.report_result(by=place.staff, now=case.now, decision=case.decision, text="完成")

    refused(executing.NotCarriedOut, call=executing.give_task, **case.task)
    refused(executing.NotCarriedOut, call=executing.add_party, **case.given, kind="RESIDENTS", name="志愿者")
    with pytest.raises(MoveHindered):
        lifecycle.move(done, "give_back", by=place.staff, now=case.now, reason="缺一盏")

    executing.return_result(by=place.supervisor, now=case.now, decision=case.decision, reason="缺一盏")
    assert MultiPartyCase.objects.get().ended_at is None
    lifecycle.move(done, "give_back", by=place.staff, now=case.now, reason="缺一盏")
    assert executing.give_task(**case.task).status == "GIVEN"


def test_a_decision_begun_before_there_were_cases_gets_one_with_its_first_task(place: Place) -> None:
    moment = place.now + 30 * DAY
    row = final(place)
    changes = {"responsible": "社区居委会", "due_on": moment.date() + 10 * DAY}
    row = lifecycle.move(row, "begin_execution", by=place.staff, now=moment, changes=changes)

    executing.give_task(
        by=place.staff, now=moment, decision=row, text="更换", owner=place.colleague, due_on=moment.date()
    )

    assert Decision.objects.get(pk=row.pk).case is not None
    assert CaseParty.objects.get().name == "社区居委会"


WALLS = (
    (
        "meetingtask",
        "meetingtask_has_one_origin",
        "UPDATE consultation_meetingtask SET meeting_id = %(meeting)s WHERE id = %(open)s",
        ("given_stays",),
    ),
    (
        "meetingtask",
        "given_stays",
        "UPDATE consultation_meetingtask SET party_id = NULL WHERE id = %(open)s",
        (),
    ),
    (
        "meetingtask",
        "of_a_party_to_its_case",
        "UPDATE consultation_meetingtask SET party_id = %(stranger)s WHERE id = %(open)s",
        ("given_stays",),
    ),
    (
        "meetingtask",
        "given_while_open",
        "UPDATE consultation_meetingtask SET status = 'GIVEN' WHERE id = %(done)s",
        (),
    ),
    (
        "multipartycase",
        "ended_without_open_tasks",
        "UPDATE consultation_multipartycase SET ended_at = now() WHERE id = %(case)s",
        (),
    ),
    (
        "taskphoto",
        "shown_until_confirmed",
        (
            "INSERT INTO consultation_taskphoto (task_id, stage, photo_id, added_at, added_by_id) "
            "SELECT %(done)s, 'BEFORE', %(file)s, now(), uploaded_by_id FROM communities_attachment WHERE id = %(file)s"
        ),
        (),
    ),
    ("taskphoto", "append_only", "UPDATE consultation_taskphoto SET stage = 'AFTER'", ()),
    ("caseparty", "joined_stays", "UPDATE consultation_caseparty SET name = 'x' WHERE id = %(party)s", ()),
    (
        "caseparty",
        "caseparty_one_leads",
        "UPDATE consultation_caseparty SET is_leading = true WHERE id = %(party)s",
        ("joined_stays",),
    ),
    (
        "caseparty",
        "caseparty_once_each",
        "UPDATE consultation_caseparty SET name = %(leading)s WHERE id = %(party)s",
        ("joined_stays",),
    ),
    (
        "caseparty",
        "caseparty_has_a_name",
        "UPDATE consultation_caseparty SET name = '' WHERE id = %(party)s",
        ("joined_stays",),
    ),
    (
        "caseparty",
        "caseparty_kind_is_known",
        "UPDATE consultation_caseparty SET kind = 'X' WHERE id = %(party)s",
        ("joined_stays",),
    ),
    (
        "caseparty",
        "caseparty_organization_is_one",
        "UPDATE consultation_caseparty SET organization_id = %(organization)s WHERE id = %(party)s",
        ("joined_stays",),
    ),
    (
        "taskphoto",
        "taskphoto_stage_is_known",
        "UPDATE consultation_taskphoto SET stage = 'X'",
        ("append_only",),
    ),
    (
        "decision",
        "reported_when_its_case_ended",
        "UPDATE consultation_decision SET status = 'REPORTED' WHERE id = %(decision)s",
        (),
    ),
    ("decision", "case_stays", "UPDATE consultation_decision SET case_id = NULL WHERE id = %(decision)s", ()),
)
"""Table, wall, a statement that it alone refuses, and walls of the table that say so again and are taken down first."""


@pytest.mark.django_db(transaction=True)
def test_each_wall_refuses_alone(now: dt.datetime, owner: Any) -> None:
    place = Place(now)
    place.populate(5)
    case = begun(place)
    other = begun(place)
    party = executing.add_party(**case.given, kind="DEPARTMENT", name="街道城管办")
    task = executing.give_task(**{**case.task, "party": party, "uploads": [PHOTO]})
    ended = executing.give_task(**other.task)
    tasking.report_task(by=place.colleague, now=other.now, task=ended, text="已更换")
    executing.report_result(by=place.staff, now=other.now, decision=other.decision, text="完成")
    hall = Hall(place)
    stored = AttachmentFactory(division=place.division)
    named = {
        "meeting": hall.plan().pk,
        "open": task.pk,
        "done": ended.pk,
        "case": case.decision.case_id,
        "decision": case.decision.pk,
        "party": party.pk,
        "leading": case.decision.responsible,
        "stranger": CaseParty.objects.get(case=other.decision.case_id).pk,
        "organization": OrganizationFactory(active=True, division=place.division).pk,
        "file": stored.pk,
    }

    written = {key: f"'{found}'" if isinstance(found, str) else found for key, found in named.items()}
    with owner():
        for table, name, statement, beside in WALLS:
            others = [label_of(f"consultation_{table}", again) for again in beside]
            alone(label_of(f"consultation_{table}", name), statement % written, beside=others)
