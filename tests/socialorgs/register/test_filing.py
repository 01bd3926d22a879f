"""Filing a group: its head submits, the community recommends, the street files; confirmed year by year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from communities.people.policy import PersonalNumbersFound
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from socialorgs.register.filing import operations
from socialorgs.register.filing.models import Filing, FilingConfirmation
from socialorgs.register.filing.operations import Described
from socialorgs.register.filing.queries import unconfirmed, year_overdue
from socialorgs.register.intake.models import RegisterSheet
from socialorgs.register.models import SocialOrganization
from socialorgs.register.policy import CreditCodeOfAnotherType
from socialorgs.register.queries import doubts
from socialorgs.register.refusals import TooFewMembers
from tests.factories.funds_enterprises import credit_code, walk_to
from tests.factories.socialorgs_register import OrganizationAppointmentFactory, OrganizationFactory, manager_of
from tests.people import desk_client, sign_in, token_client
from tests.socialorgs.register.conftest import CODE
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    """Return the browser of a person who is signed in."""
    client = Client()
    sign_in(client, user)
    return client


CHOIR = Described(
    name="三八路合唱团",
    form="TEAM",
    service_class="SELF_GOVERNANCE",
    purpose="每周排练，节日演出。",
    activity_place="社区活动室",
    head_name="王小明",
    contact="社区办公室",
    members="王小明\n李秀英\n赵国强\n钱桂芳\n孙建华\n李秀英",
    rules_text="一、自愿参加。二、账目公开。",
)


def submitted(people: SimpleNamespace, now: dt.datetime) -> Filing:
    return operations.submit_filing(by=people.resident, now=now, division=people.community, described=CHOIR)


def recommended(people: SimpleNamespace, now: dt.datetime) -> Filing:
    filing = submitted(people, now)
    return operations.recommend_filing(by=people.community_staff, now=now, filing=filing, opinion="情况属实，同意。")


def test_a_group_is_filed_by_three_hands_and_stands_in_the_register(people: SimpleNamespace, now: dt.datetime) -> None:
    filing = operations.file_filing(by=people.street_reviewer, now=now, filing=recommended(people, now))

    row = SocialOrganization.objects.get()
    assert (filing.status, filing.number, filing.organization) == ("FILED", "东兴寺街道社备〔2026〕1号", row)
    assert (row.standing, row.status, row.members_count, row.filing_number) == ("FILED", "ACTIVE", 5, filing.number)
    assert (row.entered_by, row.verified_by) == (people.community_staff, people.street_reviewer)
    assert row.appointments.get().user == people.resident
    assert list(
        AuditEntry.objects.filter(object_label="socialorgs.Filing").order_by("pk").values_list("verb", flat=True)
    ) == [
        "socialorgs.filing.submitted",
        "socialorgs.filing.recommended",
        "socialorgs.filing.filed",
    ]


def test_numbers_are_continuous_and_pass_over_those_in_use(people: SimpleNamespace, now: dt.datetime) -> None:
    OrganizationFactory(division=people.community, filed=True, filing_number="东兴寺街道社备〔2026〕2号")
    numbers = []
    for count in range(3):
        described = replace(CHOIR, name=f"第{count}队")
        filing = operations.submit_filing(by=people.resident, now=now, division=people.community, described=described)
        filing = operations.recommend_filing(by=people.community_staff, now=now, filing=filing, opinion="同意")
        numbers.append(operations.file_filing(by=people.street_reviewer, now=now, filing=filing).number)

    assert numbers == [f"东兴寺街道社备〔2026〕{count}号" for count in (1, 3, 4)]


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"members": "王小明\n李秀英\n李秀英\n李秀英\n李秀英"}, TooFewMembers),
        ({"purpose": "联系 13800138000"}, PersonalNumbersFound),
    ],
)
def test_what_cannot_be_filed_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        operations.submit_filing(
            by=people.resident, now=now, division=people.community, described=replace(CHOIR, **more)
        )
    with pytest.raises(operations.NotACommunity):
        operations.submit_filing(by=people.resident, now=now, division=people.street, described=CHOIR)
    assert Filing.objects.count() == 0


def test_a_name_stands_once_in_a_community(people: SimpleNamespace, now: dt.datetime) -> None:
    submitted(people, now)

    with pytest.raises(operations.FilingNameTaken):
        submitted(people, now)


def test_the_name_of_a_body_in_the_register_is_taken_until_the_body_ends(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    row = OrganizationFactory(division=people.community, name=CHOIR.name, active=True)
    with pytest.raises(operations.FilingNameTaken):
        submitted(people, now)

    walk_to(row, ["DEREGISTERED"])

    assert submitted(people, now).name == CHOIR.name


def test_nobody_decides_twice(people: SimpleNamespace, now: dt.datetime) -> None:
    mine = operations.submit_filing(by=people.community_staff, now=now, division=people.community, described=CHOIR)
    with pytest.raises(SamePerson):
        operations.recommend_filing(by=people.community_staff, now=now, filing=mine, opinion="同意")
    with pytest.raises(MoveForbidden):
        operations.recommend_filing(by=people.other_community_staff, now=now, filing=mine, opinion="同意")
    with pytest.raises(MoveForbidden):
        operations.file_filing(by=people.street_officer, now=now, filing=mine)
    with pytest.raises(MoveClosed):
        operations.file_filing(by=people.street_reviewer, now=now, filing=mine)
    assert SocialOrganization.objects.count() == 0


def test_a_returned_filing_is_corrected_by_its_head(people: SimpleNamespace, now: dt.datetime) -> None:
    filing = submitted(people, now)
    with pytest.raises(ReasonMissing):
        operations.send_filing_back(by=people.community_staff, now=now, filing=filing, reason=" ")
    filing = operations.send_filing_back(by=people.community_staff, now=now, filing=filing, reason="缺场地")

    better = replace(CHOIR, activity_place="社区二楼")
    with pytest.raises(MoveForbidden):
        operations.resubmit_filing(by=people.neighbor_resident, now=now, filing=filing, described=better)
    filing = operations.resubmit_filing(by=people.resident, now=now, filing=filing, described=better)

    assert (filing.status, filing.activity_place, filing.remark) == ("SUBMITTED", "社区二楼", "")


def test_a_year_is_reported_and_confirmed_by_another(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.community, filed=True, active=True)
    assert year_overdue(row, dt.date(2026, 3, 31)) is None
    assert year_overdue(row, dt.date(2026, 4, 1)) == 2025
    said = {"organization": row, "year": 2025, "activities": 40, "report": "每周巡逻。"}

    with pytest.raises(TooFewMembers):
        operations.report_year(by=people.community_staff, now=now, members_count=4, **said)
    with pytest.raises(operations.YearUnfit):
        operations.report_year(by=people.community_staff, now=now, members_count=9, **{**said, "year": 2026})
    year = operations.report_year(by=manager_of(row), now=now, members_count=9, **said)
    with pytest.raises(operations.YearReported):
        operations.report_year(by=people.community_staff, now=now, members_count=9, **said)
    year = operations.send_year_back(by=people.street_officer, now=now, confirmation=year, reason="人数不符")
    again = operations.report_year(by=people.community_staff, now=now, members_count=8, **said)
    client = token_client(people.street_officer)
    answer = client.post(f"/api/v1/filing-confirmations/{again.pk}/confirm", {}, format="json")

    assert answer.json()["status"] == "CONFIRMED"
    assert not unconfirmed(2025).exists()
    assert year_overdue(row, dt.date(2026, 4, 1)) is None


def test_a_filed_body_steps_up_to_registration(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.community, filed=True, active=True, capital="1000.00")
    given = {"organization_type": "RURAL_TECHNICAL_ASSOCIATION", "registrar": "自流井区民政局"}

    with pytest.raises(CreditCodeOfAnotherType):
        operations.upgrade_organization(by=people.street_reviewer, now=now, organization=row, credit_code=CODE, **given)
    full = credit_code(15, "51510302MJ")
    done = operations.upgrade_organization(
        by=people.street_reviewer, now=now, organization=row, credit_code=full, **given
    )

    assert (done.standing, done.status, done.credit_code) == ("REGISTERED", "ACTIVE", full)
    assert done.filing_number == row.filing_number
    assert len(doubts(done, now.date())) == 2
    with pytest.raises(operations.NotFiled):
        operations.upgrade_organization(by=people.street_reviewer, now=now, organization=row, credit_code=full, **given)


def test_an_organization_has_a_class_in_each_scheme(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.community, active=True)
    by = people.community_staff

    operations.classify_organization(by=by, now=now, organization=row, scheme="GUIDES", word="老年类")
    operations.classify_organization(by=by, now=now, organization=row, scheme="PROVINCE", word="慈善类")
    operations.classify_organization(by=by, now=now, organization=row, scheme="GUIDES", word="活动类")

    assert set(row.classes.values_list("scheme", "word")) == {("GUIDES", "活动类"), ("PROVINCE", "慈善类")}
    assert row.service_class == "LIFE_SERVICE"
    with pytest.raises(operations.ClassUnknown):
        operations.classify_organization(by=by, now=now, organization=row, scheme="GUIDES", word="慈善类")


# --- Walls -----------------------------------------------------------------------------------------------------------


WALLS = [
    ("filing", "filing_in_three_hands", "filed_by_id = submitted_by_id"),
    ("filing", "filing_in_three_hands", "recommended_by_id = submitted_by_id"),
    ("filing", "filing_has_a_number_when_filed", "number = NULL"),
    ("filing", "filing_has_a_number_when_filed", "organization_id = NULL"),
    ("filing", "filing_kinds_are_known", "form = 'CLUB'"),
    ("filingconfirmation", "filingconfirmation_confirmed_by_another", "decided_by_id = reported_by_id"),
    ("organizationclass", "organizationclass_scheme_is_known", "word = ''"),
    ("registersheet", "registersheet_confirmed_by_another", "confirmed_by_id = uploaded_by_id"),
]


@pytest.mark.django_db(transaction=True)
def test_each_wall_stands_alone(people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]) -> None:
    filing = operations.file_filing(by=people.street_reviewer, now=now, filing=recommended(people, now))
    organization = filing.organization
    assert organization is not None
    operations.report_year(
        by=people.community_staff,
        now=now.replace(year=2027),
        organization=organization,
        year=2026,
        members_count=9,
        activities=1,
        report="。",
    )
    operations.classify_organization(
        by=people.community_staff, now=now, organization=organization, scheme="GUIDES", word="老年类"
    )
    RegisterSheet.objects.create(
        division=people.street, name="a", path="a", size=1, sha256="a", uploaded_by=people.resident, uploaded_at=now
    )
    with owner():
        for table, wall, change in WALLS:
            alone(wall, f"UPDATE socialorgs_{table} SET {change}", says=wall)
        confirmed = FilingConfirmation.objects.get()
        moves = ["filingconfirmation:lifecycle"]
        alone("filingconfirmation_one_a_year", copied(confirmed))
        alone("filingconfirmation_status_is_known", copied(confirmed, status="'LOST'", year="2020"), beside=moves)
        alone(
            "socialorgs_filing_number_key",
            copied(filing, organization_id="NULL", name="'另一个合唱团'"),
            beside=["filing:lifecycle", "filing_has_a_number_when_filed"],
        )


# --- Surfaces --------------------------------------------------------------------------------------------------------


def test_the_head_files_on_the_page_and_what_is_refused_stays(people: SimpleNamespace, now: dt.datetime) -> None:
    client = browser(people.resident)
    typed = CHOIR.plain()
    new = f"/filings/new/?division={people.community.pk}"

    refused = client.post(new, {**typed, "members": "王小明"})
    made = client.post(new, typed)
    filing = Filing.objects.get()

    assert refused.status_code == 400
    assert "三八路合唱团" in refused.content.decode()
    assert made["Location"] == filing.get_absolute_url()
    assert client.get(filing.get_absolute_url()).status_code == 200
    assert browser(people.neighbor_resident).get(filing.get_absolute_url()).status_code == 404
    assert client.get("/filings/").status_code == 200


def test_staff_decide_on_the_page_and_on_the_desk(people: SimpleNamespace, now: dt.datetime) -> None:
    filing = submitted(people, now)
    staff = browser(people.community_staff)

    refused = staff.post(f"{filing.get_absolute_url()}acts/recommend/", {"opinion": ""})
    done = staff.post(f"{filing.get_absolute_url()}acts/recommend/", {"opinion": "同意"})
    desk = desk_client(people.street_reviewer)
    filed = desk.post(f"/desk/socialorgs/filing/{filing.pk}/moves/file/", {})

    filing.refresh_from_db()
    assert (refused.status_code, done.status_code, filed.status_code) == (400, 302, 302)
    assert filing.status == "FILED"
    assert filing.organization is not None
    page = browser(people.resident).get(filing.organization.get_absolute_url())
    assert filing.number in page.content.decode()
    assert "王*明" in browser(people.stranger).get(filing.organization.get_absolute_url()).content.decode()


def test_the_api_files_a_group_without_naming_members(people: SimpleNamespace, now: dt.datetime) -> None:
    client = token_client(people.resident)
    answer = client.post("/api/v1/filings", {**CHOIR.plain(), "division": people.community.pk}, format="json")

    assert answer.status_code == 201
    assert answer.json()["members_count"] == 5
    assert "李秀英" not in answer.content.decode()
    assert token_client(people.neighbor_resident).get(f"/api/v1/filings/{answer.json()['id']}").status_code == 404


def test_the_rules_of_registration_are_public_with_their_basis(people: SimpleNamespace) -> None:
    page = browser(people.resident).get("/organizations/rules/").content.decode()

    for text in ("30,000", "2,000,000", "3,000", "50", "第10条", "登记前须经业务主管单位审查同意"):
        assert text in page
    assert "社区公益性服务类社会组织登记前须经业务主管单位审查同意: <strong>否</strong>" in page


def test_who_acts_for_two_bodies_sees_and_reports_those_two(people: SimpleNamespace, now: dt.datetime) -> None:
    first, second, other = (
        OrganizationFactory(division=people.community, filed=True, active=True) for _each in range(3)
    )
    manager = manager_of(first)
    OrganizationAppointmentFactory(organization=second, user=manager)
    manager = User.objects.get(pk=manager.pk)
    client = browser(manager)
    said = {"year": 2025, "members_count": 9, "activities": 3, "report": "每周活动。"}

    page = client.get("/my/organizations/").content.decode()
    answers = [
        client.post(f"/organizations/{row.pk}/report-year/", said).status_code for row in (first, second, second, other)
    ]

    assert [row.name in page for row in (first, second, other)] == [True, True, False]
    assert answers == [302, 302, 400, 403]
    allowed = [manager.has_perm("socialorgs.report_filed_organization", row) for row in (first, second, other)]
    assert allowed == [True, True, False]
    stays = [manager.has_perm("socialorgs.act_for_organization", row) for row in (first, second, other)]
    assert stays == [True, True, False]
    assert Client().get("/my/organizations/").status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_my_organizations_cost_the_same_with_one_and_three(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_max_num_queries: Any
) -> None:
    client = browser(people.resident)
    for _number in range(count):
        row = OrganizationFactory(division=people.community, filed=True, active=True)
        OrganizationAppointmentFactory(organization=row, user=people.resident)

    with django_assert_max_num_queries(10):
        assert client.get("/my/organizations/").status_code == 200
