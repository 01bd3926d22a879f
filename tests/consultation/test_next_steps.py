"""What comes next stands on the desk and on one's account, and nothing else does; nobody has to know an address."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from consultation.ballots.models import Ballot
from consultation.ballots.papers.models import PaperVote
from consultation.decisions.models import Decision
from consultation.matters.handling import telling
from consultation.matters.lifecycle import MatterStatus
from consultation.topics.lifecycle import TopicStatus
from governance import lifecycle
from governance.accounts.models import User
from governance.calendar import clock
from governance.portal.worklist import leads_on, waiting_on_desk
from tests.consultation.decisions.test_operations import final, voted
from tests.factories.consultation_ballots import DAY, HOUR, Place, TopicForBallotFactory, add_vote_phase, entry_of
from tests.factories.consultation_matters import SMALL, MatterFactory
from tests.people import desk_client, sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def place(db: None) -> Place:
    """A community whose story began forty days ago."""
    made = Place(clock.now() - 40 * DAY)
    made.populate(5)
    return made


def waits(user: User) -> dict[Any, list[str]]:
    """Return what waits on somebody's desk: each row with the names of what can be done."""
    request = RequestFactory().get("/desk/")
    request.user = User.objects.get(pk=user.pk)
    found = waiting_on_desk(request)
    return {task.row: [str(move.label) for move in task.moves] for waiting in found for task in waiting.tasks}


def next_address(client: Client, page: str, label: str) -> str:
    """Return where the button of this name leads."""
    steps = client.get(page).context["steps"]
    return str(next(step.url for step in steps if step.label == label))


def test_ways_out_and_what_another_act_brings_wait_for_nobody() -> None:
    for label, name in (
        ("consultation.Matter", "withdraw"),
        ("consultation.Matter", "take_up"),
        ("consultation.Topic", "record_decision"),
        ("consultation.Topic", "begin_deliberation"),
        ("communities.PublicNotice", "archive"),
    ):
        assert not leads_on(lifecycle.REGISTRY[label].by_name[name])
    assert leads_on(lifecycle.REGISTRY["consultation.Matter"].by_name["sort"])


def test_a_sorted_matter_leads_to_its_topic(place: Place) -> None:
    matter = MatterFactory(division=place.division, sorted=SMALL)

    # Nobody has told the person anything for months.
    assert waits(place.staff)[matter] == ["Answer", "Tell the person how it stands", "Prepare a topic from it"]
    telling.tell_how_it_stands(by=place.staff, now=clock.now(), matter=matter, text="准备提交居民议事。")
    assert waits(place.staff)[matter] == ["Answer", "Prepare a topic from it"]
    client = desk_client(place.staff)
    address = next_address(client, f"/desk/consultation/matter/{matter.pk}/change/", "Prepare a topic from it")
    assert parse_qs(urlsplit(address).query) == {"division": [str(place.division.pk)], "matters": [str(matter.pk)]}
    form = client.get(address).context["adminform"].form
    assert form.initial["matters"] == [str(matter.pk)]
    assert form.initial["discussion_opens_at"] < form.initial["vote_opens_at"]


def test_a_matter_rests_while_its_topic_runs(place: Place) -> None:
    matter = MatterFactory(division=place.division, sorted=SMALL)
    topic = TopicForBallotFactory(division=place.division, deliberated=clock.now())
    topic.origins.create(matter=matter)
    matter.status = MatterStatus.TAKEN_UP
    matter.save()
    assert matter not in waits(place.staff)

    topic.status = TopicStatus.DECIDED
    topic.save()

    assert waits(place.staff)[matter] == ["Answer"]


def test_a_topic_leads_to_its_ballot_with_the_hours_of_its_phase(place: Place) -> None:
    topic = TopicForBallotFactory(division=place.division, deliberated=clock.now())
    client = desk_client(place.staff)
    assert waits(place.staff)[topic] == ["Prepare a ballot"]

    address = next_address(client, f"/desk/consultation/topic/{topic.pk}/change/", "Prepare a ballot")
    form = client.get(address).context["adminform"].form

    phase = topic.phases.get()
    assert (form.initial["opens_at"], form.initial["closes_at"]) == (phase.opens_at, phase.closes_at)
    assert (form.initial["question"], form.initial["rule_key"]) == (topic.title, "council_default")
    place.prepare(topic=topic, opens_at=clock.now() + HOUR, closes_at=clock.now() + DAY)
    assert topic not in waits(place.staff)


def test_a_ballot_that_passed_leads_to_its_decision(place: Place) -> None:
    ballot = voted(place)

    assert waits(place.staff)[ballot] == ["Draft the decision"]
    place.supervisor.refresh_from_db()
    assert ballot not in waits(place.supervisor)
    client = desk_client(place.staff)
    address = next_address(client, f"/desk/consultation/ballot/{ballot.pk}/change/", "Draft the decision")
    made = client.post(address, {"ballot": ballot.pk, "text": "更换路灯。", "cost_estimate": "1,200 元", "_save": "1"})

    decision = Decision.objects.get()
    assert made["Location"] == f"/desk/consultation/decision/{decision.pk}/change/"
    assert str(decision.cost_estimate) == "1200.00"
    assert ballot not in waits(place.staff)
    assert waits(place.staff)[decision] == ["Post for objections"]


@pytest.mark.parametrize(("cost", "said"), [("六千", "is not an amount"), ("-5", "is not an amount"), ("", "required")])
def test_a_cost_that_is_none_is_told_beside_it(place: Place, cost: str, said: str) -> None:
    ballot = voted(place)

    page = desk_client(place.staff).post(
        "/desk/consultation/decision/add/", {"ballot": ballot.pk, "text": "更换路灯。", "cost_estimate": cost}
    )

    form = page.context["adminform"].form
    assert said in str(form.errors["cost_estimate"])
    assert form["text"].value() == "更换路灯。"
    assert not Decision.objects.exists()


def test_a_freeze_waits_for_the_deliberation(place: Place) -> None:
    topic = TopicForBallotFactory(division=place.division)
    add_vote_phase(topic, clock.now())
    ballot = place.prepare(topic=topic, opens_at=clock.now() + HOUR, closes_at=clock.now() + DAY)

    assert ballot not in waits(place.staff)
    steps = desk_client(place.staff).get(f"/desk/consultation/ballot/{ballot.pk}/change/").context["steps"]
    freeze = next(step for step in steps if step.label == "Freeze roll and options")
    assert (freeze.is_open, "under deliberation" in str(freeze.reason)) == (False, True)


def test_what_was_given_up_before_it_was_frozen_is_no_public_ballot(place: Place) -> None:
    ballot = place.prepare()
    desk_client(place.staff).post(f"/desk/consultation/ballot/{ballot.pk}/moves/cancel/", {"reason": "改期"})

    assert Client().get(f"/ballots/{ballot.pk}/").status_code == 404
    assert Ballot.objects.visible_to(place.staff).filter(pk=ballot.pk).exists()


def test_a_sheet_waits_for_the_second_person(db: None) -> None:
    place = Place(clock.now() - 2 * HOUR)
    place.populate(2)
    ballot = place.open()
    number = entry_of(ballot, place.voters[0]).number
    body = {"ballot": ballot.pk, "number": number, "serial_number": "A-1", "marks": "2", "_save": "1"}
    desk_client(place.staff).post("/desk/consultation/papervote/add/", body)
    paper = PaperVote.objects.get()

    assert paper not in waits(place.staff)
    assert waits(place.colleague)[paper] == ["Check the sheet"]


def test_a_sheet_of_somebody_who_has_voted_is_said_to_be_void(db: None) -> None:
    place = Place(clock.now() - 2 * HOUR)
    place.populate(2)
    ballot = place.open()
    place.cast(ballot, [[1]])
    number = entry_of(ballot, place.voters[0]).number
    body = {"ballot": ballot.pk, "number": number, "serial_number": "A-1", "marks": "2", "_save": "1"}

    page = desk_client(place.staff).post("/desk/consultation/papervote/add/", body, follow=True)

    assert "declared void: this person has already voted" in page.content.decode()
    assert PaperVote.objects.get().voided_at is not None


def test_the_account_tells_a_resident_of_the_vote(db: None) -> None:
    place = Place(clock.now() - 2 * HOUR)
    place.populate(2)
    ballot = place.open()
    client = Client(headers={"accept-language": "en"})
    sign_in(client, place.voters[0])
    assert f"/ballots/{ballot.pk}/vote/" in client.get("/account/").content.decode()

    place.cast(ballot, [[1]])

    assert f"/ballots/{ballot.pk}/vote/" not in client.get("/account/").content.decode()


def test_the_account_tells_a_resident_of_the_answer_and_of_nothing_to_withdraw(place: Place) -> None:
    matter = MatterFactory(division=place.division, raised_by=place.voters[0], sorted=SMALL)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, place.voters[0])
    assert 'id="waiting"' not in client.get("/account/").content.decode()

    matter.status, matter.reply = MatterStatus.ANSWERED, "已修好。"
    matter.save()

    page = client.get("/account/").content.decode()
    assert 'id="waiting"' in page
    assert f"/matters/{matter.pk}/" in page


@pytest.mark.parametrize("count", [1, 3])
def test_next_rows_take_one_query_each(place: Place, count: int) -> None:
    TopicForBallotFactory.create_batch(count, division=place.division, deliberated=clock.now())
    client = desk_client(place.staff)
    client.get("/desk/")

    with CaptureQueriesContext(connection) as queries:
        client.get("/desk/")

    topics = [query["sql"] for query in queries if 'FROM "consultation_topic"' in query["sql"]]
    assert len(topics) == 2  # moves and next rows


def test_the_page_carries_a_decision_out(place: Place, tmp_path: Any) -> None:
    decision = final(place)
    client = Client(headers={"accept-language": "en"})
    sign_in(client, place.staff)
    home = f"/decisions/{decision.pk}/"
    assert f"{home}acts/begin_execution/" in client.get(home).content.decode()

    told = {"responsible": "社区居委会", "kind": "COMMITTEE"}
    past = client.post(f"{home}acts/begin_execution/", {**told, "due_on": "2020-01-01"})
    assert "lies in the past" in past.content.decode()
    assert "社区居委会" in past.content.decode()
    client.post(f"{home}acts/begin_execution/", {**told, "due_on": "2100-01-01"})
    decision.refresh_from_db()
    assert (decision.status, decision.responsible, decision.due_on) == ("EXECUTING", "社区居委会", dt.date(2100, 1, 1))

    bad = tmp_path / "灯.exe"
    bad.write_bytes(b"MZ" + b"0" * 64)
    with bad.open("rb") as file:
        refused = client.post(f"{home}acts/report_result/", {"text": "已更换。", "uploads": [file]})
    form = next(step.form for step in refused.context["steps"] if step.name == "report_result")
    assert (list(form.errors), form["text"].value()) == (["uploads"], "已更换。")
    decision.refresh_from_db()
    assert (decision.status, decision.evidence.count()) == ("EXECUTING", 0)
