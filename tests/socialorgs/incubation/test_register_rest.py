"""From the shell into the register, and what comes of contracts with those who run incubators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.errors import NotAllowed
from governance.lifecycle import move
from socialorgs.incubation import operations
from socialorgs.incubation.models import IncubationStay, Incubator
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.incubation.operators.operations import Agreed, ContractKnown, ContractUnfit, enter_contract
from socialorgs.incubation.operators.queries import results_of
from socialorgs.incubation.promoting import StayFilingUnderWay, file_stay
from socialorgs.incubation.shells import NotInAShell
from socialorgs.register.filing.models import Filing
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import OrganizationHindered
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory, manager_of
from tests.paper import needs_paper
from tests.people import desk_client
from tests.socialorgs.incubation.conftest import admitted, applied, browser, leaving
from tests.socialorgs.register.test_filing import CHOIR
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db


# --- From the shell into the register ----------------------------------------------------------------------------------


def test_an_incubated_group_goes_from_application_to_the_register_on_the_pages(
    people: SimpleNamespace, park: Incubator
) -> None:
    """The journey: every step by its person, on the page where they meet it."""
    head, operator = browser(people.resident), browser(people.operator)
    district, street = browser(people.district_officer), browser(people.street_reviewer)
    wish = {"kind": "GROUP", "name": "银发互助小组", "idea": "低龄老人照护高龄老人。"}
    assert head.post(f"/incubators/{park.pk}/apply/", wish).status_code == 302
    stay = IncubationStay.objects.get()
    acts = f"/stays/{stay.pk}/acts/"
    points = {"need": "20", "team": "20", "plan": "25", "benefit": "15"}
    assert head.get(f"/stays/{stay.pk}/").context["may_file"] is False
    assert operator.post(f"{acts}propose/", points).status_code == 302
    assert district.post(f"{acts}admit/", {"place": park.places.get(label="201").pk}).status_code == 302
    due = IncubationStay.objects.get().admitted_on
    assert due is not None
    plan = {"title": "建账", "due_on": str(due + dt.timedelta(days=60))}
    assert operator.post(f"{acts}plan/", plan).status_code == 302
    assert operator.post(f"{acts}nurture/").status_code == 302

    assert "银发互助小组" in head.get(f"/stays/{stay.pk}/filing/").content.decode()
    assert operator.get(f"/stays/{stay.pk}/filing/").status_code == 403
    few = head.post(f"/stays/{stay.pk}/filing/", {**CHOIR.plain(), "name": "银发互助小组", "members": "王小明"})
    assert (few.status_code, "每周排练" in few.content.decode(), Filing.objects.count()) == (400, True, 0)
    asked = head.post(f"/stays/{stay.pk}/filing/", {**CHOIR.plain(), "name": "银发互助小组"})
    filing = Filing.objects.get()
    assert asked.headers["Location"] == filing.get_absolute_url()
    assert head.post(f"/stays/{stay.pk}/filing/", CHOIR.plain()).status_code == 400
    home = f"/filings/{filing.pk}/"
    assert browser(people.community_staff).post(f"{home}acts/recommend/", {"opinion": "同意。"}).status_code == 302
    assert street.post(f"{home}acts/file/").status_code == 302

    leave = {"projects": "25", "finances": "20", "governance": "20", "party": "15", "projects_done": "1"}
    leave |= {"has_finances": "on", "has_party_work": "on"}
    assert operator.post(f"{acts}begin_exit/", leave).status_code == 302
    assert district.post(f"{acts}graduate/", {"code": ""}).status_code == 302

    organization = SocialOrganization.objects.get(name="银发互助小组")
    stay = IncubationStay.objects.get()
    assert (stay.status, stay.organization, stay.filing) == ("GRADUATED", organization, filing)
    mine = head.get("/my/organizations/").content.decode()
    assert organization.get_absolute_url() in mine
    assert organization.filing_number in Client().get(organization.get_absolute_url()).content.decode()


def test_only_a_group_in_a_shell_asks_to_be_filed_by_its_own(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    waiting = applied(people, park, now)
    with pytest.raises(NotInAShell):
        file_stay(by=people.resident, now=now, stay=waiting, described=CHOIR)
    move(waiting, "withdraw", by=people.resident, now=now)
    stay = admitted(people, park, now)
    with pytest.raises(NotAllowed):
        file_stay(by=people.neighbor_resident, now=now, stay=stay, described=CHOIR)
    first = file_stay(by=people.resident, now=now, stay=stay, described=CHOIR)
    with pytest.raises(StayFilingUnderWay):
        file_stay(by=people.resident, now=now, stay=stay, described=CHOIR)
    move(first, "withdraw", by=people.resident, now=now)
    again = file_stay(by=people.resident, now=now, stay=stay, described=CHOIR)

    assert IncubationStay.objects.get(pk=stay.pk).filing == again != first


@needs_paper
def test_the_papers_of_a_filing_come_as_pdf(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    stay = admitted(people, park, now)
    filing = file_stay(by=people.resident, now=now, stay=stay, described=CHOIR)
    head = browser(people.resident)
    paper = head.get(f"/filings/{filing.pk}/application.pdf")

    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    assert head.get(f"/filings/{filing.pk}/certificate.pdf").status_code == 404
    assert browser(people.neighbor_resident).get(f"/filings/{filing.pk}/application.pdf").status_code == 404


# --- Contracts with who runs an incubator ------------------------------------------------------------------------------


def agreed(operator: SocialOrganization, today: dt.date, **more: Any) -> Agreed:
    year = today.replace(year=today.year + 1)
    return replace(Agreed(operator, "自民合〔2026〕1号", Decimal(350000), today, year, 10, 6), **more)


def test_a_contract_is_entered_by_the_district_and_its_results_are_counted(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    runner = OrganizationFactory(active=True, division=people.district_place)
    with pytest.raises(NotAllowed):
        enter_contract(by=people.street_officer, now=now, incubator=park, agreed=agreed(runner, today))
    row = enter_contract(by=people.district_officer, now=now, incubator=park, agreed=agreed(runner, today))
    park.refresh_from_db()
    assert (park.operator, park.contract_number) == (runner, row.number)
    people.operator = manager_of(runner)
    stay = leaving(people, park, now)
    became = OrganizationFactory(division=people.community_place, filed=True, active=True)
    operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=became)
    admitted(people, park, now)

    [found] = results_of(park, today)
    assert (found.admitted, found.graduated, found.removed, found.reviews, found.is_running) == (2, 1, 0, 0, True)
    page = Client().get(park.get_absolute_url()).content.decode()
    assert ("2 / 10" in page, "1 / 6" in page) == (True, True)


def test_what_cannot_be_agreed_is_refused(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    runner = OrganizationFactory(active=True, division=people.district_place)
    said = {"by": people.district_officer, "now": now, "incubator": park}
    with pytest.raises(ContractUnfit):
        enter_contract(agreed=agreed(runner, today, ends_on=today), **said)
    with pytest.raises(ContractUnfit):
        enter_contract(agreed=agreed(runner, today, graduated_goal=11), **said)
    enter_contract(agreed=agreed(runner, today), **said)
    with pytest.raises(ContractKnown):
        enter_contract(agreed=agreed(runner, today, number="自民合〔2026〕2号"), **said)
    CreditListingFactory(organization=runner)
    with pytest.raises(OrganizationHindered):
        enter_contract(agreed=agreed(runner, today, number="自民合〔2026〕3号"), **said)

    assert OperatorContract.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_each_wall_stands_alone(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date, owner: Callable[[], Any]
) -> None:
    assert park.operator is not None
    row = enter_contract(by=people.district_officer, now=now, incubator=park, agreed=agreed(park.operator, today))
    stay = admitted(people, park, now)
    filing = file_stay(by=people.resident, now=now, stay=stay, described=CHOIR)
    table, stays = "socialorgs_operatorcontract", "socialorgs_incubationstay"
    apart = {"place_id": "NULL", "status": "'APPLIED'"}
    names = [field.column for field in OperatorContract._meta.concrete_fields if not field.primary_key]
    copy = f"INSERT INTO {table} ({', '.join(names)}) SELECT {{}} FROM {table} WHERE id = {row.pk}"
    values = ", ".join("'2'" if name == "number" else name for name in names)
    later = ", ".join({"starts_on": "ends_on", "ends_on": "ends_on + 10"}.get(name, name) for name in names)
    with owner():
        change = f"UPDATE {table} SET {{}} WHERE id = {row.pk}"
        alone("operatorcontract_one_at_a_time", copy.format(values))
        alone("socialorgs_operatorcontract_number_key", copy.format(later))
        alone("operatorcontract_period_runs_forward", change.format("ends_on = starts_on"))
        alone("operatorcontract_amount_is_no_debt", change.format("amount = -1"))
        alone("operatorcontract_goals_fit", change.format("graduated_goal = 11"))
        organization = f"kind = 'ORGANIZATION', organization_id = {park.operator.pk}"
        alone(
            "incubationstay_files_what_is_no_organization",
            f"UPDATE {stays} SET {organization} WHERE id = {stay.pk}",
        )
        body = copied(stay, kind="'ORGANIZATION'", organization_id=str(park.operator_id), filing_id="NULL", **apart)
        alone("incubationstay_one_an_organization", f"{body}; {body}")
        alone("socialorgs_incubationstay_filing_id_key", copied(stay, **apart))
    assert filing.stay == stay


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_costs_the_same_for_one_contract_and_three(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date, count: int
) -> None:
    assert park.operator is not None
    for number in range(count):
        first, last = today.replace(year=2020 + number), today.replace(year=2021 + number)
        told = agreed(park.operator, today, number=f"{number}", starts_on=first, ends_on=last)
        enter_contract(by=people.district_officer, now=now, incubator=park, agreed=told)
    with CaptureQueriesContext(connection) as queries:
        Client().get(park.get_absolute_url())

    assert len(queries) == 7


def test_the_district_enters_a_contract_on_the_desk(people: SimpleNamespace, park: Incubator, today: dt.date) -> None:
    assert park.operator is not None
    desk = desk_client(people.district_officer)
    said = {
        "operator": park.operator.credit_code,
        "number": "自民合〔2026〕1号",
        "amount": "350000",
        "starts_on": str(today),
        "ends_on": str(today.replace(year=today.year + 1)),
        "admitted_goal": "10",
        "graduated_goal": "6",
    }
    address = f"/desk/socialorgs/incubator/{park.pk}/deeds/enter_contract/"
    wrong = desk.post(address, {**said, "operator": "没有"})
    assert OperatorContract.objects.count() == 0
    assert wrong.status_code in {200, 400}
    desk.post(address, said)
    assert OperatorContract.objects.get().operator == park.operator
