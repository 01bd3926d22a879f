"""Divisions and code lists on the desk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.territory import operations
from communities.territory.models import Division
from governance.accounts.models import User
from governance.jobs.models import Job, JobStatus
from tests.people import House, desk_client

LIST = SimpleUploadedFile


@pytest.fixture(autouse=True)
def _media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def desk(district_admin: User) -> Client:
    return desk_client(district_admin)


def act(division: Division, name: str) -> str:
    return reverse("admin:communities_division_deed", args=[division.pk, name])


def test_the_list_is_searched_by_name_and_code(desk: Client, community: Division) -> None:
    url = reverse("admin:communities_division_changelist")

    for text in ("三八路", "510302002008"):
        page = desk.get(url, {"q": text}).content.decode()
        assert "三八路社区居民委员会" in page
        assert "盐店街社区居民委员会" not in page


def test_the_page_of_a_division_offers_its_acts(desk: Client, community: Division) -> None:
    page = desk.get(reverse("admin:communities_division_change", args=[community.pk])).content.decode()

    assert all(act(community, name) in page for name in ("figures", "manager", "code"))
    assert "510302002008" in page


def test_figures_are_edited(desk: Client, community: Division) -> None:
    data = {"short_name": "三八路社区", "households": "1200", "population_as_of": "2025-12-31"}

    answer = desk.post(act(community, "figures"), data)

    community.refresh_from_db()
    assert answer.status_code == 302
    assert community.households == 1200


def test_a_refusal_comes_back_in_the_form(desk: Client, community: Division) -> None:
    answer = desk.post(act(community, "figures"), {"short_name": "三八路社区", "households": "1200"})

    community.refresh_from_db()
    assert answer.status_code == 200
    assert "population_as_of" in answer.context["form"].errors
    assert community.households is None


def test_manager_and_code_are_recorded(desk: Client, street: Division, other_street: Division) -> None:
    desk.post(act(street, "manager"), {"unit": str(other_street.pk), "reason": "委托"})
    desk.post(act(street, "code"), {"system": "MCA", "edition": "2026", "code": "510302002000"})
    wrong = desk.post(act(street, "manager"), {"unit": "999999"})

    street.refresh_from_db()
    assert street.managed_by == other_street
    assert str(street.codes.get(system="MCA")) == "Ministry of Civil Affairs 2026 510302002000"
    assert "unit" in wrong.context["form"].errors


def test_a_zone_is_added(desk: Client, district: Division) -> None:
    data = {"name": "自贡高新区", "level": "SPECIAL_ZONE", "parent": str(district.pk)}

    answer = desk.post(reverse("admin:communities_division_add"), data)

    zone = Division.objects.get(name="自贡高新区")
    assert answer.status_code == 302
    assert zone.path == f"{district.path}{zone.pk}/"


def test_a_wrong_zone_is_shown_again(desk: Client, community: Division) -> None:
    data = {"name": "某区", "level": "DISTRICT", "parent": str(community.pk)}

    answer = desk.post(reverse("admin:communities_division_add"), data)

    assert answer.status_code == 200
    assert not Division.objects.filter(name="某区").exists()


def upload(desk: Client, content: bytes, **more: str) -> Any:
    data = {"file": LIST("名单.csv", content), "system": "NBS", "edition": "2023", **more}
    return desk.post(reverse("admin:communities_codeimport_take_in"), data)


def test_an_upload_becomes_a_job_with_a_page(desk: Client, district_admin: User) -> None:
    answer = upload(desk, b"code,name,parent_code,level\n", managed="510302005000 = 自流井区")

    job = Job.objects.get()
    page = desk.get(answer["Location"])
    assert (job.kind, job.requested_by) == (operations.IMPORT_KIND, district_admin)
    assert job.parameters["managed"] == {"510302005000": Division.objects.get(name="自流井区").pk}
    assert answer["Location"] == reverse("admin:communities_codeimport_job", args=[job.pk])
    assert page["Refresh"] == "2"
    assert "名单.csv" in page.content.decode()


def test_the_page_of_an_ended_job_lists_the_bad_rows(desk: Client, district_admin: User, now: dt.datetime) -> None:
    job = Job.objects.create(
        kind=operations.IMPORT_KIND,
        parameters={"file_name": "名单.csv", "system": "NBS", "edition": 2023},
        status=JobStatus.DONE,
        requested_by=district_admin,
        requested_at=now,
        due_at=now,
        counts={"refused": 1},
        failures=[{"row": "17: 5.1E+11", "reason": "scientific"}],
    )

    page = desk.get(reverse("admin:communities_codeimport_job", args=[job.pk]))
    imports = desk.get(reverse("admin:communities_codeimport_changelist")).content.decode()

    assert "Refresh" not in page
    assert "<td>17</td>" in page.content.decode()
    assert "<td>5.1E+11</td>" in page.content.decode()
    assert reverse("admin:communities_codeimport_job", args=[job.pk]) in imports


def test_a_workbook_is_refused_in_the_form(desk: Client) -> None:
    answer = upload(desk, b"PK\x03\x04....")
    unit = upload(desk, b"code", managed="510302005000=无此区")

    assert "file" in answer.context["form"].errors
    assert "managed" in unit.context["form"].errors
    assert Job.objects.count() == 0


@pytest.mark.parametrize(
    ("person", "seen", "edited"),
    [
        ("district_admin", 200, 200),
        ("district_officer", 200, 403),
        ("street_officer", 200, 403),
        ("community_staff", 200, 403),
        ("auditor", 200, 403),
        ("charity_officer", 403, 403),
        ("resident", 302, 302),
    ],
)
def test_who_may_what(person: str, seen: int, edited: int, house: House) -> None:
    client = desk_client(house.people[person])
    place = house.places["community"]

    answers = [
        client.get(url).status_code
        for url in (
            reverse("admin:communities_division_changelist"),
            act(place, "figures"),
            reverse("admin:communities_codeimport_take_in"),
            reverse("admin:communities_codeimport_changelist"),
        )
    ]

    assert answers == [seen, edited, edited, edited]
