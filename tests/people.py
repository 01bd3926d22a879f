"""Named people and the places they live and work in, for every test.

One district with two streets and three communities; one person per role. Everything is made in one go, in about ten
statements, by whichever of these fixtures a test asks for first. People carry no cached posts: each fixture value is
the row as a request would load it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from rest_framework.test import APIClient

from communities.people.models import Post, Resident, Role
from communities.territory.models import CodeSystem, Division, DivisionCode, DivisionLevel, Tier
from funds.charity.models import CharityAppointment, HostCharity
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, EnterpriseRole, LegalForm
from governance.accounts.models import ApiClient, User, UserKind
from governance.accounts.scopes import Scopes
from tests.factories.accounts import JOINED_AT, UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, next_ids

NAMED_PEOPLE = [
    "resident",
    "neighbor_resident",
    "stranger",
    "community_staff",
    "other_community_staff",
    "street_officer",
    "street_reviewer",
    "other_street_officer",
    "district_admin",
    "district_officer",
    "supervisor",
    "auditor",
    "enterprise_accountant",
    "enterprise_head",
    "charity_officer",
    "service_client",
]
"""Fixture names of everybody the permission sweep walks through; the visitor without a log-in comes on top."""


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the small tree."""

    name: str
    tier: Tier
    level: DivisionLevel
    parent: str | None
    code: str


PLACES = {
    "province": Place("四川省", Tier.PROVINCE, DivisionLevel.PROVINCE, None, "510000000000"),
    "city": Place("自贡市", Tier.CITY, DivisionLevel.CITY, "province", "510300000000"),
    "district": Place("自流井区", Tier.DISTRICT, DivisionLevel.DISTRICT, "city", "510302000000"),
    "street": Place("东兴寺街道", Tier.STREET, DivisionLevel.STREET, "district", "510302002000"),
    "other_street": Place("郭家坳街街道", Tier.STREET, DivisionLevel.STREET, "district", "510302004000"),
    "community": Place("三八路社区居民委员会", Tier.COMMUNITY, DivisionLevel.COMMUNITY, "street", "510302002008"),
    "neighbor": Place("盐店街社区居民委员会", Tier.COMMUNITY, DivisionLevel.COMMUNITY, "street", "510302002005"),
    "far_community": Place(
        "芭蕉冲社区居民委员会", Tier.COMMUNITY, DivisionLevel.COMMUNITY, "other_street", "510302004011"
    ),
}

NAMES = {
    "resident": "王小明",
    "neighbor_resident": "欧阳兰",
    "stranger": "周远",
    "community_staff": "陈社",
    "other_community_staff": "冯社",
    "street_officer": "林街",
    "street_reviewer": "郑审",
    "other_street_officer": "何街",
    "district_admin": "高区",
    "district_officer": "梁部",
    "supervisor": "罗监",
    "auditor": "宋计",
    "enterprise_accountant": "谢会",
    "enterprise_head": "唐总",
    "charity_officer": "许慈",
    "service_client": "市级平台",
}

RESIDENTS = {"resident": "community", "neighbor_resident": "neighbor"}
WITHOUT_DESK = {*RESIDENTS, "stranger", "enterprise_accountant", "enterprise_head"}

POSTS = {
    "community_staff": (Role.COMMUNITY_STAFF, "community"),
    "other_community_staff": (Role.COMMUNITY_STAFF, "far_community"),
    "street_officer": (Role.STREET_OFFICER, "street"),
    "street_reviewer": (Role.STREET_REVIEWER, "street"),
    "other_street_officer": (Role.STREET_OFFICER, "other_street"),
    "district_admin": (Role.DISTRICT_ADMIN, "district"),
    "district_officer": (Role.DISTRICT_OFFICER, "district"),
    "supervisor": (Role.SUPERVISOR, "community"),
    "auditor": (Role.AUDITOR, "district"),
}


@dataclass(frozen=True, slots=True)
class House:
    """The places, the people, and what the enterprise and charity people act for."""

    places: dict[str, Division]
    people: dict[str, User]
    enterprise: CommunityEnterprise
    charity: HostCharity


def make_places() -> dict[str, Division]:
    """Insert the small tree with its statistical codes; three queries."""
    made: dict[str, Division] = {}
    for key, (name, place) in zip(next_ids(len(PLACES)), PLACES.items(), strict=True):
        parent = made[place.parent] if place.parent else None
        made[name] = Division(
            id=key,
            name=place.name,
            short_name=place.name.removesuffix("居民委员会"),
            tier=place.tier,
            level=place.level,
            parent=parent,
            path=f"{parent.path if parent else '/'}{key}/",
            valid_from=LONG_AGO,
        )
    Division.objects.bulk_create(made.values())
    DivisionCode.objects.bulk_create(
        DivisionCode(division=made[name], system=CodeSystem.NBS, edition=2023, code=place.code)
        for name, place in PLACES.items()
    )
    return made


def make_house() -> House:
    """Insert places, people, posts, residents and appointments."""
    places = make_places()
    people = {name: User(username=name, kind=_kind(name), display_name=NAMES[name]) for name in NAMES}
    for person in people.values():
        person.password, person.joined_at = "!", JOINED_AT
    appointer = User(username="appointer", kind=UserKind.SYSTEM, password="!", joined_at=JOINED_AT)
    User.objects.bulk_create([appointer, *people.values()])
    Post.objects.bulk_create(
        Post(
            user=people[name],
            role=role,
            division=places[place],
            valid_from=LONG_AGO,
            appointed_by=appointer,
            appointed_at=ENTERED_AT,
        )
        for name, (role, place) in POSTS.items()
    )
    Resident.objects.bulk_create(
        Resident(
            user=people[name],
            division=places[place],
            name=NAMES[name],
            registered_at=ENTERED_AT,
            registered_by=people[name],
            birth_on=dt.date(1980, 1, 1),
            confirmed_at=ENTERED_AT,
            confirmed_by=people["community_staff"],
        )
        for name, place in RESIDENTS.items()
    )
    return House(places, people, *_make_appointments(places, people))


def _kind(name: str) -> UserKind:
    if name == "service_client":
        return UserKind.SERVICE
    return UserKind.RESIDENT if name in WITHOUT_DESK else UserKind.STAFF


def _make_appointments(places: dict[str, Division], people: dict[str, User]) -> tuple[CommunityEnterprise, HostCharity]:
    """Insert one enterprise of the community and one charity of the district, with the people who act for them."""
    enterprise = CommunityEnterprise.objects.create(
        name="三八路社区服务有限公司",
        credit_code="91510302MA6A00001T",
        legal_form=LegalForm.WHOLLY_OWNED_COMPANY,
        division=places["community"],
        business_lines="物业服务",
        founded_on=dt.date(2021, 5, 1),
        entered_at=ENTERED_AT,
        entered_by=people["street_officer"],
    )
    charity = HostCharity.objects.create(
        name="自流井区慈善会", credit_code="51510302MJ6A00001F", division=places["district"]
    )
    EnterpriseAppointment.objects.bulk_create(
        EnterpriseAppointment(enterprise=enterprise, user=people[name], role=role, valid_from=LONG_AGO)
        for name, role in {
            "enterprise_accountant": EnterpriseRole.ACCOUNTANT,
            "enterprise_head": EnterpriseRole.HEAD,
        }.items()
    )
    CharityAppointment.objects.create(charity=charity, user=people["charity_officer"], valid_from=LONG_AGO)
    return enterprise, charity


def token_client(user: User, *scopes: str) -> APIClient:
    """Return an API client that calls as a partner system with these scopes (all of them when none is named)."""
    application = ApiClient.objects.create(
        name=user.username,
        client_id=f"client-{user.pk}",
        user=user,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
    )
    granted = scopes or tuple(Scopes().get_all_scopes())
    token = application.accesstoken_set.create(
        token=f"token-{user.pk}", expires=dt.datetime(2100, 1, 1, tzinfo=dt.UTC), scope=" ".join(granted)
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.token}")
    return client


def sign_in(client: Client, user: User) -> None:
    """Give the client a session of the user's, as signing in leaves it; nothing hears of it, so no address is asked."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def session_client(user: User | None) -> APIClient:
    """Return an API client of a person who is signed in, or of a visitor."""
    client = APIClient()
    if user is not None:
        sign_in(client, user)
    return client


def edit(client: APIClient, path: str, changes: dict[str, Any]) -> Any:
    """Change a row over the API as programs do: read it, and send the version that was read along."""
    address = f"/api/v1/{path}"
    tag = client.get(address).headers.get("ETag", "unread")
    return client.patch(address, changes, headers={"If-Match": tag})


def desk_client(user: User) -> Client:
    """Return the browser of a member of staff who is signed in and has a second factor, as the desk asks."""
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    client = Client()
    sign_in(client, user)
    return client


@pytest.fixture
def house(db: None) -> House:
    """Everything at once."""
    return make_house()


def _place(name: str) -> Any:
    @pytest.fixture(name=name)
    def place(house: House) -> Division:
        return house.places[name]

    return place


def _person(name: str) -> Any:
    @pytest.fixture(name=name)
    def person(house: House) -> User:
        return house.people[name]

    return person


province, city, district = _place("province"), _place("city"), _place("district")
street, other_street = _place("street"), _place("other_street")
community, neighbor, far_community = _place("community"), _place("neighbor"), _place("far_community")

resident, neighbor_resident, stranger = _person("resident"), _person("neighbor_resident"), _person("stranger")
community_staff, other_community_staff = _person("community_staff"), _person("other_community_staff")
street_officer, street_reviewer = _person("street_officer"), _person("street_reviewer")
other_street_officer = _person("other_street_officer")
district_admin, district_officer = _person("district_admin"), _person("district_officer")
supervisor, auditor = _person("supervisor"), _person("auditor")
enterprise_accountant, enterprise_head = _person("enterprise_accountant"), _person("enterprise_head")
charity_officer, service_client = _person("charity_officer"), _person("service_client")


@pytest.fixture
def enterprise(house: House) -> CommunityEnterprise:
    """The enterprise of the community, planned, for which the accountant and the head act."""
    return house.enterprise


@pytest.fixture
def charity(house: House) -> HostCharity:
    """The charity of the district, for which the charity officer acts."""
    return house.charity


@pytest.fixture
def system(db: None) -> User:
    """The clock as an actor."""
    return UserFactory.create(username="system", kind=UserKind.SYSTEM, joined_at=JOINED_AT)
