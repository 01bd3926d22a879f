"""Users. `make_password` is left out: tests sign people in by `tests.people.sign_in`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from governance.accounts.models import ApiClient, User, UserKind

JOINED_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


class UserFactory(DjangoModelFactory[User]):
    """A member of staff who holds no post; `kind` makes residents, partner systems and the system."""

    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"user-{number}")
    kind = UserKind.STAFF
    display_name = factory.Sequence(lambda number: f"人员{number}")
    password = "!"
    joined_at = JOINED_AT

    class Params:
        resident = factory.Trait(kind=UserKind.RESIDENT)
        service = factory.Trait(kind=UserKind.SERVICE)
        system = factory.Trait(kind=UserKind.SYSTEM)


class ApiClientFactory(DjangoModelFactory[ApiClient]):
    """A partner system's client with every scope, acting as its own service user."""

    class Meta:
        model = ApiClient

    name = factory.Sequence(lambda number: f"partner-{number}")
    client_id = factory.Sequence(lambda number: f"client-{number}")
    user: Any = factory.SubFactory(UserFactory, service=True)
    client_type = ApiClient.CLIENT_CONFIDENTIAL
    authorization_grant_type = ApiClient.GRANT_CLIENT_CREDENTIALS
