"""The directory is searched by any part of a name or number, from two characters on by its index of pairs."""

from __future__ import annotations

import pytest
from django.db import connection

from socialorgs.register.filters import OrganizationFilter
from socialorgs.register.models import SocialOrganization
from tests.factories.socialorgs_register import OrganizationFactory

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    rows = OrganizationFilter({"q": text}, SocialOrganization.objects.order_by("name")).qs
    return list(rows.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("养老", ["三八路养老服务中心"]),
        ("务中心", ["三八路养老服务中心", "盐店Care服务中心"]),
        ("心", ["三八路养老服务中心", "盐店Care服务中心"]),
        (" care服 ", ["盐店Care服务中心"]),
        ("老养", []),
        ("服务三八", []),
        ("2025〕7", ["三八路养老服务中心"]),
        ("中心东兴", []),
        ("没有", []),
        ("%", []),
    ],
)
def test_a_part_of_the_name_or_the_number_finds_it(text: str, names: list[str]) -> None:
    OrganizationFactory(filed=True, active=True, name="三八路养老服务中心", filing_number="东兴寺备〔2025〕7号")
    OrganizationFactory(active=True, name="盐店Care服务中心")

    assert found(text) == names


def test_two_characters_are_looked_up_in_the_index() -> None:
    OrganizationFactory.create_batch(3, active=True)
    rows = OrganizationFilter({"q": "邻里"}, SocialOrganization.objects.order_by("-pk")).qs

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    assert "organization_search" in rows.explain()
    assert len(rows) == 3
