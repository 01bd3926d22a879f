"""Residents sign in with a phone and a code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from governance.accounts import operations
from governance.accounts.forms import PersonField
from governance.accounts.models import User
from governance.accounts.queries import people_named, user_of_phone
from governance.accounts.sms import SmsNotSent
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

PHONE = "13800138000"
REQUEST, CONFIRM = "account_request_login_code", "account_confirm_login_code"


@pytest.fixture(autouse=True)
def sent(settings: Any) -> list[tuple[str, str]]:
    """What the gateway was given."""
    cache.clear()
    settings.SMS_BACKEND = f"{__name__}.collect"
    SENT.clear()
    return SENT


SENT: list[tuple[str, str]] = []


def collect(phone: str, text: str) -> None:
    SENT.append((phone, text))


def fail(_phone: str, _text: str) -> None:
    raise SmsNotSent


@pytest.fixture
def xiaoming(system: User, now: Any) -> User:
    return operations.register_resident_user(by=system, phone=PHONE, display_name="小明", now=now)


def code_in(sent: list[tuple[str, str]]) -> str:
    found = re.search(r"(?<!\d)\d{6}(?!\d)", sent[-1][1])
    assert found
    return found[0]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_resident_signs_in_with_a_code(client: Client, xiaoming: User, sent: list[tuple[str, str]]) -> None:
    asked = client.post(reverse(REQUEST), {"phone": "138 0013 8000", "next": "/account/"})
    answer = client.post(asked["Location"], {"code": code_in(sent), "next": "/account/"})

    assert [phone for phone, _text in sent] == ["+8613800138000"]
    assert answer["Location"] == "/account/"
    assert is_signed_in(client)
    xiaoming.refresh_from_db()
    assert xiaoming.phone_verified
    assert "138****8000" in client.get("/account/").content.decode()


def test_a_wrong_code_is_refused_and_the_third_ends_the_attempt(
    client: Client, xiaoming: User, sent: list[tuple[str, str]]
) -> None:
    client.post(reverse(REQUEST), {"phone": PHONE})
    right = code_in(sent)
    answers = [client.post(reverse(CONFIRM), {"code": "000000"}) for _ in range(3)]
    late = client.post(reverse(CONFIRM), {"code": right})

    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert 'class="errorlist' in answers[0].content.decode()
    assert late["Location"].startswith(reverse(REQUEST))
    assert not is_signed_in(client)


def test_a_new_code_can_be_asked_for(client: Client, xiaoming: User, sent: list[tuple[str, str]]) -> None:
    client.post(reverse(REQUEST), {"phone": PHONE})
    client.post(reverse(CONFIRM), {"action": "resend"})
    client.post(reverse(CONFIRM), {"code": code_in(sent)})

    assert len(sent) == 2
    assert is_signed_in(client)


def test_the_page_does_not_tell_who_is_registered(client: Client, sent: list[tuple[str, str]]) -> None:
    answer = client.post(reverse(REQUEST), {"phone": PHONE})

    assert answer["Location"].startswith(reverse(CONFIRM))
    assert len(sent) == 1
    assert not re.search(r"\d{6}", sent[0][1])


@pytest.mark.parametrize("kind", ["STAFF", "SERVICE"])
def test_staff_do_not_get_in_by_phone(client: Client, kind: str, sent: list[tuple[str, str]]) -> None:
    user = UserFactory.create(kind=kind)
    operations.set_phone(by=user, phone=PHONE, is_verified=True, now=user.joined_at)

    client.post(reverse(REQUEST), {"phone": PHONE})

    assert not re.search(r"\d{6}", sent[0][1])


def test_a_closed_account_gets_no_code(client: Client, xiaoming: User, sent: list[tuple[str, str]]) -> None:
    User.objects.filter(pk=xiaoming.pk).update(is_active=False)

    client.post(reverse(REQUEST), {"phone": PHONE})

    assert not re.search(r"\d{6}", sent[0][1])


def test_a_number_that_is_none_is_named(client: Client) -> None:
    answer = client.post(reverse(REQUEST), {"phone": "123"})

    assert answer.status_code == 200
    assert 'id="id_phone_error"' in answer.content.decode()


def test_registering_takes_a_phone_and_consent(client: Client, sent: list[tuple[str, str]]) -> None:
    without = client.post(reverse("account_signup"), {"phone": PHONE})
    assert without.status_code == 200
    assert user_of_phone("+8613800138000") is None

    client.post(reverse("account_signup"), {"phone": PHONE, "display_name": "小明", "is_agreed": "on"})
    assert not is_signed_in(client)
    client.post(reverse("account_verify_phone"), {"code": code_in(sent)})

    user = user_of_phone("+8613800138000")
    assert user is not None
    assert (user.display_name, user.kind, user.phone_verified) == ("小明", "RESIDENT", True)
    assert is_signed_in(client)


def test_registering_twice_does_not_tell(client: Client, xiaoming: User, sent: list[tuple[str, str]]) -> None:
    answer = client.post(reverse("account_signup"), {"phone": PHONE, "is_agreed": "on"})

    assert answer["Location"].startswith(reverse("account_verify_phone"))
    assert not re.search(r"\d{6}", sent[0][1])
    assert User.objects.filter(kind="RESIDENT").count() == 1


def test_a_gateway_that_fails_is_said_so(client: Client, xiaoming: User, settings: Any) -> None:
    settings.SMS_BACKEND = f"{__name__}.fail"

    answer = client.post(
        reverse(REQUEST), {"phone": PHONE}, headers={"referer": f"http://testserver{reverse(REQUEST)}"}
    )

    assert answer["Location"].endswith(reverse(REQUEST))
    assert "notice--error" in client.get(reverse(REQUEST)).content.decode()


def test_the_code_is_shown_in_the_demonstration_only(client: Client, xiaoming: User, settings: Any) -> None:
    settings.SMS_BACKEND = "governance.accounts.sms.show"
    client.post(reverse(REQUEST), {"phone": PHONE})
    session = client.session["demonstration_messages"]

    outside = client.get(reverse(CONFIRM)).content.decode()
    settings.DEMONSTRATION = True
    inside = client.get(reverse(CONFIRM)).content.decode()

    assert session[0] not in outside
    assert session[0] in inside
    assert 'class="demonstration"' in inside


def test_phone_and_code_are_encrypted_in_the_session(
    client: Client, xiaoming: User, sent: list[tuple[str, str]]
) -> None:
    client.post(reverse(REQUEST), {"phone": PHONE})

    stored = Session.objects.get()
    decoded = signing.loads(stored.session_data, salt="django.contrib.sessions.SessionStore", serializer=Raw)
    assert "login_by_code" in str(stored.get_decoded())
    assert PHONE.encode() not in decoded
    assert code_in(sent).encode() not in decoded


class Raw:
    """Leaves the session as the database holds it."""

    def loads(self, data: bytes) -> bytes:
        return data


def test_residents_have_no_password_page(client: Client, xiaoming: User) -> None:
    client.force_login(xiaoming)

    assert client.get(reverse("account_change_password")).status_code == 403
    assert client.get("/desk/", follow=True).status_code == 403
    assert client.get(reverse("usersessions_list")).status_code == 200
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("account_change_phone")).status_code == 200


def test_signing_out(client: Client, xiaoming: User) -> None:
    client.force_login(xiaoming)

    client.post(reverse("account_logout"))

    assert not is_signed_in(client)


# --- Too often


def test_who_asks_for_codes_too_often_reads_why(sent: list[tuple[str, str]]) -> None:
    answers = [
        Client().post(reverse("account_signup"), {"phone": PHONE, "is_agreed": "on"}, follow=True) for _ in range(4)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "There were too many attempts" in answers[-1].content.decode()
    assert len(sent) == 3


def test_several_people_register_at_one_counter(sent: list[tuple[str, str]]) -> None:
    for number in range(6):
        Client().post(reverse("account_signup"), {"phone": f"1380013800{number}", "is_agreed": "on"}, follow=True)

    assert len(sent) == 6


# --- Named by others


@pytest.fixture
def proved(system: User, now: Any) -> User:
    return operations.register_resident_user(by=system, phone=PHONE, display_name="小明", is_verified=True, now=now)


def test_a_resident_is_named_by_the_number_they_sign_in_with(proved: User) -> None:
    staff = UserFactory.create(kind="STAFF", username="lin")

    found = people_named(["lin", "138 0013 8000", "+8613800138000", "13900139000", "nobody"])

    assert found == {"lin": staff, "138 0013 8000": proved, "+8613800138000": proved}


def test_an_unproved_number_or_a_closed_account_names_nobody(system: User, now: Any) -> None:
    operations.register_resident_user(by=system, phone=PHONE, display_name="小明", now=now)
    closed = UserFactory.create(kind="STAFF", username="gone", is_active=False)

    assert people_named([PHONE, closed.username]) == {}


def test_the_field_takes_both_and_says_when_nobody_is_meant(proved: User) -> None:
    field = PersonField(required=False)

    assert (field.clean(PHONE), field.clean(proved.username), field.clean("")) == (proved, proved, None)
    with pytest.raises(ValidationError, match="nobody with this log-in name or mobile number"):
        field.clean("13900139000")
