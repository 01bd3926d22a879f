"""Fairs of projects: the list, intentions, and the contracts that came of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from governance import lifecycle
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden, MoveHindered
from projects.market.fairs import operations
from projects.market.fairs.models import FairIntention, FairProject, MatchFair
from projects.market.fairs.operations import Listed
from projects.market.fairs.queries import conversion_of
from socialorgs.register.queries import OrganizationHindered
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.socialorgs_register import CreditListingFactory
from tests.people import desk_client, session_client
from tests.projects.market.test_operations import refused
from tests.projects.market.test_surfaces import browser, text
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db
LIST = [Listed("独居老人结对探访", "ELDERLY", "三八路社区"), Listed("楼道微更新", "ENVIRONMENT", "盐店街社区")]


def planned(people: SimpleNamespace, now: dt.datetime, **more: Any) -> MatchFair:
    given = {
        "by": people.street_officer,
        "now": now,
        "division": people.places["street"],
        "title": "社区项目对接会",
        "place": "街道会议室",
        "starts_at": now + dt.timedelta(days=3),
        "ends_at": now + dt.timedelta(days=3, hours=4),
        **more,
    }
    return operations.plan_fair(**given)


def opened(people: SimpleNamespace, now: dt.datetime) -> MatchFair:
    fair = planned(people, now)
    operations.list_projects(by=people.street_officer, now=now, fair=fair, listed=LIST)
    return lifecycle.move(fair, "open", by=people.street_officer, now=now)


def test_a_fair_is_planned_listed_and_opened(people: SimpleNamespace, now: dt.datetime) -> None:
    fair = planned(people, now)
    refused(operations.FairDatesUnfit, planned, MatchFair, people=people, now=now, ends_at=now + dt.timedelta(days=3))
    refused(NotAllowed, planned, MatchFair, people=people, now=now, by=people.manager)
    refused(MoveHindered, lambda: lifecycle.move(fair, "open", by=people.street_officer, now=now))
    refused(operations.FairListUnfit, operations.list_projects, by=people.street_officer, now=now, fair=fair, listed=[])
    operations.list_projects(by=people.street_officer, now=now, fair=fair, listed=LIST)
    operations.list_projects(by=people.street_officer, now=now, fair=fair, listed=LIST[:1])

    assert list(fair.projects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert MatchFair.objects.visible_to(people.resident).count() == 0


def test_intentions_become_contracts(people: SimpleNamespace, now: dt.datetime) -> None:
    fair = planned(people, now)
    operations.list_projects(by=people.street_officer, now=now, fair=fair, listed=LIST)
    first, second = fair.projects.order_by("number")
    said = {"by": people.manager, "now": now, "organization": people.organization}
    refused(operations.FairNotOpen, operations.note_intention, FairIntention, **said, project=first)
    fair = opened(people, now)
    first, second = fair.projects.order_by("number")
    one = operations.note_intention(**said, project=first)
    operations.note_intention(**said, project=second)
    refused(operations.IntentionNoted, operations.note_intention, FairIntention, **said, project=first)
    refused(NotAllowed, operations.note_intention, FairIntention, **{**said, "by": people.third}, project=first)
    refused(NotAllowed, operations.note_intention, FairIntention, by=people.manager, now=now, project=first)
    by = people.street_officer
    refused(operations.ContractUnfit, operations.sign_intention, by=by, now=now, intention=one, reference=" ")
    refused(MoveForbidden, operations.sign_intention, by=people.manager, now=now, intention=one, reference="x")
    operations.sign_intention(by=by, now=now, intention=one, reference="东街购〔2026〕3号")
    shown = MatchFair.objects.for_list().get(pk=fair.pk)

    assert (shown.project_count, shown.intention_count, shown.signed_count) == (2, 2, 1)
    CreditListingFactory(organization=people.organization)
    refused(OrganizationHindered, operations.note_intention, FairIntention, **said, project=first)


@pytest.mark.django_db(transaction=True)
def test_walls(people: SimpleNamespace, now: dt.datetime, owner: Any) -> None:
    fair = opened(people, now)
    project = fair.projects.order_by("number")[0]
    row = operations.note_intention(by=people.manager, now=now, organization=people.organization, project=project)
    enterprise = EnterpriseFactory(operating=True)
    with owner():
        alone("matchfair_runs_forward", copied(fair, ends_at="starts_at", status="'PLANNED'"))
        alone("matchfair:lifecycle", f"UPDATE projects_matchfair SET status = 'PLANNED' WHERE id = {fair.pk}")
        alone("matchfair_status_is_known", copied(fair, status="'X'"), beside=("matchfair:lifecycle",))
        alone("fairproject_numbered_once", copied(project))
        alone("fairproject_field_is_known", copied(project, number="9", field="'X'"))
        alone("fairproject_amount_is_some", copied(project, number="9", amount="0"))
        alone("fairintention_organization_once", copied(row))
        by_enterprise = copied(row, organization_id="NULL", enterprise_id=str(enterprise.pk))
        alone("fairintention_enterprise_once", f"{by_enterprise}; {by_enterprise}")
        alone("fairintention_of_one_body", copied(row, organization_id="NULL"))
        alone(
            "fairintention_signed_has_its_contract",
            f"UPDATE projects_fairintention SET status = 'SIGNED' WHERE id = {row.pk}",
        )
        alone(
            "fairintention_status_is_known",
            f"UPDATE projects_fairintention SET status = 'X' WHERE id = {row.pk}",
            beside=("fairintention:lifecycle", "fairintention_signed_has_its_contract"),
        )


def test_surfaces_of_a_fair(
    people: SimpleNamespace, english: None, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    fair = opened(people, now)
    project = fair.projects.order_by("number")[0]
    manager, home = browser(people.manager), fair.get_absolute_url()
    assert manager.post(f"{home}acts/note/", {"project": project.pk, "note": "我们可以做"}).status_code == 400
    said = {"project": project.pk, "organization": people.organization.pk, "note": "我们可以做"}
    assert manager.post(f"{home}acts/note/", said).status_code == 302
    assert browser(people.third).post(f"{home}acts/note/", said).status_code == 404
    row = FairIntention.objects.get()
    desk = desk_client(people.street_officer)
    listed = desk.post(f"/desk/projects/matchfair/{fair.pk}/deeds/list/", {"lines": "科普课堂|YOUTH|三八路|3000\n坏行"})
    assert (listed.status_code, FairProject.objects.count()) == (200, 2)
    listed = desk.post(f"/desk/projects/matchfair/{fair.pk}/deeds/list/", {"lines": "科普课堂|YOUTH|三八路|3000"})
    assert (listed.status_code, FairProject.objects.count()) == (302, 3)
    signed = desk.post(f"/desk/projects/fairintention/{row.pk}/moves/sign/", {"reference": "东街购〔2026〕3号"})
    assert signed.status_code == 302
    place = people.places["street"].pk
    for client in (browser(), manager):
        for address in (home, f"/divisions/{place}/market/fairs/"):
            with django_assert_max_num_queries(10):
                assert client.get(address).status_code == 200
    assert "1/1" in text(manager.get(home))
    sheet = load_workbook(BytesIO(browser().get(f"{home}list.xlsx").content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert (len(rows), rows[1][5], rows[1][7]) == (4, people.organization.name, "东街购〔2026〕3号")
    paper = browser().get(f"{home}list.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    monkeypatch.setattr("projects.market.fairs.pages.MOST_ROWS", 2)
    for name in ("list.xlsx", "list.pdf"):  # three projects: a part would pass for the whole
        cut = browser().get(f"{home}{name}")
        assert (cut.status_code, "more than 2 rows" in text(cut)) == (400, True)
    starts = fair.starts_at - dt.timedelta(days=1)
    year = conversion_of(people.places["street"], starts, starts + dt.timedelta(days=2))
    assert (year.fairs, year.projects, year.intentions, year.signed, year.share) == (1, 3, 1, 1, Decimal(100))
    assert conversion_of(people.places["street"], starts - dt.timedelta(days=9), starts).share is None
    api = session_client(None).get(f"/api/v1/match-fairs/{fair.pk}").json()
    assert (api["project_count"], api["intention_count"], api["signed_count"]) == (3, 1, 1)
    assert desk.get("/desk/projects/matchfair/").status_code == 200
    assert desk.get("/desk/projects/fairintention/").status_code == 200
