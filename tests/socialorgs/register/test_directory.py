"""The directory is searched by any part of a name or number, from two characters on by its index of pairs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from socialorgs.register.filing.models import OrganizationClass
from socialorgs.register.filters import OrganizationFilter
from socialorgs.register.models import SocialOrganization
from tests.factories.accounts import UserFactory
from tests.factories.socialorgs_register import ENTERED_AT, OrganizationFactory

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


def test_schemes_stand_side_by_side_in_the_filter(client: Client) -> None:
    by = UserFactory()
    both, one = OrganizationFactory(active=True, name="甲"), OrganizationFactory(active=True, name="乙")
    for body, scheme, word in ((both, "GUIDES", "养老类"), (both, "PROVINCE", "本区自定"), (one, "GUIDES", "活动类")):
        OrganizationClass.objects.create(
            organization=body, scheme=scheme, word=word, classified_at=ENTERED_AT, classified_by=by
        )

    def names(**asked: str) -> list[str]:
        rows = OrganizationFilter(asked, SocialOrganization.objects.order_by("pk"))
        assert rows.is_valid()
        return list(rows.qs.values_list("name", flat=True))

    assert names(other_class="GUIDES:养老类") == ["甲"]
    assert names(other_class="PROVINCE:本区自定") == ["甲"]
    assert names(other_class="PROVINCE:活动类") == []
    assert names(other_class="GUIDES:活动类", service_class="LIFE_SERVICE") == ["乙"]
    assert not OrganizationFilter({"other_class": "养老"}, SocialOrganization.objects.all()).is_valid()
    page = client.get("/organizations/?other_class=PROVINCE:本区自定").content.decode()
    assert ("甲" in page, "乙" in page) == (True, False)
    assert "<optgroup" in page
