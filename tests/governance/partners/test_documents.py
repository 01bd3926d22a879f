"""What the page for partners tells them to ask is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import resolve

from tests.people import House, session_client

pytestmark = pytest.mark.django_db

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "partners.md").read_text(encoding="utf-8")
READ = re.findall(r"(?:GET |\$SITE)(/api/v1/[^\s`\"]*\?[^\s`\"]*)", PAGE)
WRITTEN = re.findall(r"POST (/api/v1/[\w/{}-]+)", PAGE)


def test_every_list_of_the_page_knows_its_parameters(house: House) -> None:
    """A parameter that a list does not know is refused, so an example with one would be refused to every reader."""
    client = session_client(house.people["district_admin"])
    unknown = {}
    for address in READ:
        answer = client.get(address.replace("…", "1").replace("<cursor>", ""))
        if answer.status_code == 400:
            unknown[address] = answer.json()["code"]

    assert len(READ) > 6
    assert "list_parameter_unknown" not in unknown.values(), unknown


@pytest.mark.parametrize("address", sorted(set(WRITTEN)))
def test_every_address_of_the_page_is_one(address: str) -> None:
    assert resolve(address.replace("{id}", "1")).func is not None
