"""Staff sign in with a password and a second factor; five failures lock the name for a while."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from governance.accounts import operations
from governance.accounts.models import User

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"
PASSWORD = "a-long-enough-one"
LOGIN, SECOND = "account_login", "mfa_authenticate"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def lin(system: User, now: dt.datetime) -> User:
    return operations.create_staff_user(by=system, username="lin", display_name="林街", password=PASSWORD, now=now)


def sign_in(client: Client, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(reverse(LOGIN), {"login": "lin", "password": password}, **more)


def code(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_password_alone_does_not_sign_in(client: Client, lin: User) -> None:
    TOTP.activate(lin, SECRET)

    answer = sign_in(client)

    assert answer["Location"] == reverse(SECOND)
    assert "_auth_user_id" not in client.session
    assert client.get("/desk/")["Location"].startswith("/desk/login/")


def test_password_and_code_open_the_desk(client: Client, lin: User) -> None:
    TOTP.activate(lin, SECRET)
    sign_in(client)

    wrong = client.post(reverse(SECOND), {"code": "000000"})
    right = client.post(reverse(SECOND), {"code": code()})

    assert wrong.status_code == 200
    assert right["Location"] == reverse("admin:index")
    assert client.get("/desk/").status_code == 200


def test_staff_without_a_second_factor_are_led_to_set_one_up(client: Client, lin: User) -> None:
    sign_in(client)
    led = client.get("/desk/", follow=True)

    assert led.redirect_chain[-1][0] == reverse("mfa_activate_totp")
    secret = led.context["form"].secret
    done = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})

    assert done["Location"] == reverse("mfa_view_recovery_codes")
    shown = client.get(reverse("mfa_view_recovery_codes"))
    assert len(shown.context["unused_codes"]) == 10
    assert all(one in shown.content.decode() for one in shown.context["unused_codes"])
    assert client.get("/desk/").status_code == 200


def test_a_recovery_code_works_once(client: Client, lin: User) -> None:
    sign_in(client)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    recovery = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]

    answers = []
    for _ in range(2):
        other = Client()
        sign_in(other)
        answers.append(other.post(reverse(SECOND), {"code": recovery}).status_code)

    assert answers == [302, 200]


def test_staff_cannot_take_their_second_factor_off(client: Client, lin: User) -> None:
    TOTP.activate(lin, SECRET)
    sign_in(client)
    client.post(reverse(SECOND), {"code": code()})

    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=lin).exists()


def test_five_failures_lock_the_name(client: Client, lin: User) -> None:
    answers = [sign_in(client, "wrong") for _ in range(5)]
    locked = sign_in(client)

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert locked.status_code == 429
    assert "15" in locked.content.decode()
    assert locked["Content-Language"] == "zh-hans"
    assert "_auth_user_id" not in client.session


def test_the_lock_says_what_to_do_in_the_users_language(client: Client, lin: User) -> None:
    client.cookies["django_language"] = "en"
    for _ in range(5):
        answer = sign_in(client, "wrong")

    assert "Please try again in 15 minutes." in answer.content.decode()
    assert "ask your administrator" in answer.content.decode()


def test_the_lock_is_of_name_and_address(client: Client, lin: User) -> None:
    TOTP.activate(lin, SECRET)
    for _ in range(5):
        sign_in(client, "wrong")

    elsewhere = sign_in(Client(REMOTE_ADDR="192.0.2.7"))

    assert elsewhere["Location"] == reverse(SECOND)


def test_the_lock_ends(client: Client, lin: User) -> None:
    TOTP.activate(lin, SECRET)
    for _ in range(5):
        sign_in(client, "wrong")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - dt.timedelta(minutes=16))

    assert sign_in(client)["Location"] == reverse(SECOND)


def test_trusted_proxies_name_the_address(client: Client, lin: User, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _ in range(5):
        sign_in(client, "wrong", headers={"x-forwarded-for": "198.51.100.1"})

    assert AccessAttempt.objects.get().ip_address == "198.51.100.1"


def test_a_wrong_password_names_neither(client: Client, lin: User) -> None:
    known = sign_in(client, "wrong").content.decode()
    unknown = client.post(reverse(LOGIN), {"login": "nobody", "password": "wrong"}).content.decode()

    assert "errorlist nonfield" in known
    assert known.count("errorlist nonfield") == unknown.count("errorlist nonfield") == 1


def test_no_password_stands_in_the_log_of_attempts(client: Client, lin: User) -> None:
    sign_in(client, "my-secret-attempt")

    assert "my-secret-attempt" not in str(AccessAttempt.objects.values())


def test_the_code_is_shown_in_the_demonstration_only(client: Client, lin: User, settings: Any) -> None:
    TOTP.activate(lin, SECRET)
    sign_in(client)

    assert "code-box" not in client.get(reverse(SECOND)).content.decode()

    settings.DEMONSTRATION = True
    page = client.get(reverse(SECOND)).content.decode()
    shown = page.split('class="code-box">')[1][:6]
    assert client.post(reverse(SECOND), {"code": shown}).status_code == 302


def test_password_change_asks_for_the_old_one(client: Client, lin: User) -> None:
    client.force_login(lin)
    new = {"password1": "an-even-longer-one", "password2": "an-even-longer-one"}

    refused = client.post(reverse("account_change_password"), {"oldpassword": "wrong", **new})
    done = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})

    assert (refused.status_code, done.status_code) == (200, 302)
    lin.refresh_from_db()
    assert lin.check_password("an-even-longer-one")
