"""Participatory budgets over HTTP: pages, API, file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from funds.budgeting import queries
from funds.budgeting.models import ProposalExclusion
from governance.calendar import clock
from tests.funds.budgeting.conftest import Story, final
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

BASE = "/api/v1"


def page(user: Any) -> Client:
    """Return the browser of a person."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def test_a_draft_is_hidden_and_a_call_public(story: Story) -> None:
    draft, called = story.draft(amount=Decimal(1000)), story.called(amount=Decimal(1000), title="征集中")
    story.propose(called, "扶手", "500.00")

    hidden = session_client(None).get(f"{BASE}/budget-rounds/{draft.pk}")
    listed = session_client(None).get(f"{BASE}/budget-rounds")
    proposals = session_client(None).get(f"{BASE}/budget-proposals")

    assert hidden.status_code == 404
    assert [row["title"] for row in listed.json()["results"]] == ["征集中"]
    assert [row["title"] for row in proposals.json()["results"]] == ["扶手"]
    assert "proposed_by" not in proposals.json()["results"][0]
    assert page(None).get(draft.get_absolute_url()).status_code == 404
    assert page(None).get(called.get_absolute_url()).status_code == 200


def test_a_resident_proposes_and_staff_examine_over_http(story: Story) -> None:
    row, resident = story.called(proposals_until=clock.today()), story.place.voters[0]
    told = {"title": "扶手", "text": "为老楼安装。", "purpose": "ENVIRONMENT", "estimate": "500.00"}

    made = session_client(resident).post(f"{BASE}/budget-proposals", {**told, "round": row.pk})
    path = f"{BASE}/budget-proposals/{made.json()['id']}"
    forbidden = session_client(resident).post(f"{path}/accept", {"cost": "1.00", "costing": "询价"})
    mute = session_client(story.people.community_staff).post(f"{path}/refuse", {})
    refused = session_client(story.people.community_staff).post(f"{path}/refuse", {"reason": "没有场地"})
    appealed = session_client(resident).post(f"{path}/appeal", {"reason": "有场地"})
    upheld = session_client(story.people.street_officer).post(f"{path}/uphold", {"cost": "450.00", "costing": "看过"})

    assert (made.status_code, forbidden.status_code, mute.status_code) == (201, 403, 400)
    assert (refused.json()["status"], appealed.json()["status"]) == ("REFUSED", "APPEALED")
    assert (upheld.json()["status"], upheld.json()["cost"]) == ("FEASIBLE", "450.00")


def test_proposals_from_the_page_keep_what_is_refused(story: Story) -> None:
    row, resident = story.called(proposals_until=clock.today()), story.place.voters[0]
    url = reverse("funds:budget-proposal-new", args=[row.pk])
    told = {"title": "扶手", "text": "为老楼安装。", "purpose": "ENVIRONMENT", "estimate": "99999.00"}

    wrong = page(resident).post(url, told)
    right = page(resident).post(url, {**told, "estimate": "500.00"})

    assert (wrong.status_code, right.status_code) == (400, 302)
    assert "扶手" in wrong.content.decode()
    assert list(row.proposals.values_list("title", "estimate")) == [("扶手", Decimal("500.00"))]
    assert page(None).get(url).status_code == 302


def test_the_outcome_is_read_by_everybody(story: Story) -> None:
    row = story.allocated(method="GREEDY")

    shown = page(None).get(row.get_absolute_url())
    file = page(None).get(reverse("funds:budget-round-file", args=[row.pk]))
    proposal = row.proposals.order_by("number")[0]

    assert shown.status_code == 200
    for line in queries.outcome_of(row).lines:
        assert line.title in shown.content.decode()
    assert file.status_code == 200
    assert "selected" in file.content.decode()
    assert page(None).get(reverse("funds:budget-proposal-detail", args=[proposal.pk])).status_code == 200


def test_nothing_of_the_result_is_shown_before_it_is_published(story: Story) -> None:
    row = story.voting()

    assert page(story.people.community_staff).get(reverse("funds:budget-round-file", args=[row.pk])).status_code == 404
    assert session_client(story.people.community_staff).get(f"{BASE}/budget-rounds/{row.pk}").json()["outcome"] is None


def test_the_rule_is_tried_on_the_last_votes_and_on_a_file(story: Story) -> None:
    last = story.allocated(method="GREEDY")
    row = story.draft(title="下一轮", amount=Decimal(1000))
    url = reverse("funds:budget-round-trial", args=[row.pk])
    staff = page(story.people.community_staff)
    file = queries.pb_of(last, story.people.community_staff).encode()

    tried = staff.get(url)
    on_file = staff.post(url, {"file": SimpleUploadedFile("last.pb", file)})
    broken = staff.post(url, {"file": SimpleUploadedFile("last.pb", b"META\nkey;value\n")})

    assert (tried.status_code, on_file.status_code, broken.status_code) == (200, 200, 400)
    assert "楼道扶手" in tried.content.decode()
    assert "楼道扶手" in on_file.content.decode()
    assert page(None).get(url).status_code == 302
    assert page(story.place.voters[0]).get(url).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_and_pages_cost_the_same_for_one_and_three(
    story: Story, django_assert_max_num_queries: Any, count: int
) -> None:
    row = story.called(amount=Decimal(3000))
    for number in range(count):
        story.propose(row, f"提案{number}", "100.00")
        if number:
            story.called(amount=Decimal(100), title=f"第{number}轮")

    with django_assert_max_num_queries(6):
        assert Client().get(reverse("funds:budget-round-list")).status_code == 200
    with django_assert_max_num_queries(10):
        assert Client().get(row.get_absolute_url()).status_code == 200
    with django_assert_max_num_queries(5):
        session_client(None).get(f"{BASE}/budget-proposals")


def test_the_desk_lists_and_shows(story: Story) -> None:
    row = story.called()
    one = story.propose(row)
    desk = desk_client(story.people.community_staff)

    for name, key in (("budgetround", row.pk), ("budgetproposal", one.pk)):
        assert desk.get(reverse(f"admin:funds_{name}_changelist")).status_code == 200
        assert desk.get(reverse(f"admin:funds_{name}_change", args=[key])).status_code == 200
    assert desk.get(reverse("admin:funds_budgetround_add")).status_code == 200


def test_the_chosen_become_requests_with_one_click_and_the_round_leads_to_them(story: Story) -> None:
    row = final(story, story.allocated(method="GREEDY"))
    path = row.get_absolute_url()
    staff, voter = page(story.people.community_staff), page(story.place.voters[0])

    assert f"{path}ask/" in staff.get(path).content.decode()
    assert f"{path}ask/" not in voter.get(path).content.decode()
    assert voter.post(f"{path}ask/").status_code == 400
    assert staff.post(f"{path}ask/").status_code == 302
    assert staff.post(f"{path}ask/").status_code == 400

    requests = [one.request for one in row.proposals.filter(is_winner=True).select_related("request")]
    shown, public = staff.get(path).content.decode(), page(None).get(path).content.decode()
    for request in requests:
        assert request is not None
        assert request.get_absolute_url() in shown
        assert request.number in public
        assert request.get_absolute_url() not in public


def test_exclusions_are_stated_by_page_desk_and_api(story: Story) -> None:
    row = story.called()
    one, two, three, four = (story.propose(row, title, "100.00") for title in ("甲", "乙", "丙", "丁"))
    elsewhere = story.propose(story.called(amount=Decimal(100), title="另一轮"), "戊", "10.00")
    staff, resident = story.people.community_staff, story.place.voters[0]
    url = reverse("funds:budget-proposal-step", args=[one.pk, "exclude"])

    other_round = page(staff).post(url, {"other": elsewhere.pk, "reason": "同一处场地"})
    itself = page(staff).post(url, {"other": one.pk, "reason": "同一处场地"})
    mute = page(staff).post(url, {"other": two.pk, "reason": ""})
    stranger = page(resident).post(url, {"other": two.pk, "reason": "同一处场地"})
    stated = page(staff).post(url, {"other": two.pk, "reason": "同一处场地"})
    again = page(staff).post(url, {"other": two.pk, "reason": "同一处场地"})
    desk = desk_client(staff).post(
        reverse("admin:funds_budgetproposal_deed", args=[three.pk, "exclude"]),
        {"other": four.pk, "reason": "同一处场地"},
    )
    told = {"other": three.pk, "reason": "同一处场地"}
    by_api = session_client(staff).post(f"{BASE}/budget-proposals/{one.pk}/exclude", told)
    wrong = session_client(staff).post(f"{BASE}/budget-proposals/{one.pk}/exclude", {**told, "other": elsewhere.pk})
    forbidden = session_client(resident).post(f"{BASE}/budget-proposals/{two.pk}/exclude", told)

    assert [answer.status_code for answer in (other_round, itself, mute, stated, again)] == [400, 400, 400, 302, 400]
    assert stranger.status_code in {400, 403}
    assert "同一处场地" in other_round.content.decode()
    assert (desk.status_code, by_api.status_code, wrong.status_code, forbidden.status_code) == (302, 200, 400, 403)
    assert set(ProposalExclusion.objects.values_list("first__title", "second__title")) == {
        ("甲", "乙"),
        ("丙", "丁"),
        ("甲", "丙"),
    }
    assert "同一处场地" in page(None).get(reverse("funds:budget-proposal-detail", args=[two.pk])).content.decode()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("accept", {"cost": "", "costing": "询价"}),
        ("accept", {"cost": "0", "costing": "询价"}),
        ("accept", {"cost": "-5", "costing": "询价"}),
        ("accept", {"cost": "1e3", "costing": "询价"}),
        ("accept", {"cost": "10.001", "costing": "询价"}),
        ("accept", {"cost": "10000.01", "costing": "询价"}),
        ("accept", {"cost": "99999999999999999999", "costing": "询价"}),
        ("accept", {"cost": "100", "costing": " "}),
        ("accept", {"cost": "100", "costing": "电话 13800138000"}),
        ("refuse", {"reason": ""}),
        ("refuse", {"reason": "联系 11010519491231002X"}),
        ("appeal", {"reason": "不服"}),
        ("uphold", {"cost": "1", "costing": "看过"}),
        ("dismiss", {"reason": "没有场地"}),
    ],
)
def test_what_is_refused_of_a_proposal_changes_nothing_by_page_or_api(
    story: Story, name: str, told: dict[str, str]
) -> None:
    one = story.propose(story.called(), "扶手", "500.00")
    staff = story.people.community_staff

    by_page = page(staff).post(reverse("funds:budget-proposal-step", args=[one.pk, name]), told)
    by_api = session_client(staff).post(f"{BASE}/budget-proposals/{one.pk}/{name}", told)

    assert by_page.status_code in {400, 403, 409}
    assert by_api.status_code in {400, 403, 409}
    one.refresh_from_db()
    assert (one.status, one.cost, one.refusal, one.appeal) == ("PROPOSED", None, "", "")
