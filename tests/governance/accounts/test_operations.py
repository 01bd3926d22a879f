"""Users, partner systems and their keys: each effect, its audit entry, each refusal."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.db import connection

from governance.accounts import operations
from governance.accounts.models import ApiClient, IdempotencyKey, User, UserKind
from governance.accounts.queries import user_of_phone
from governance.accounts.tasks import purge_keys as purge_keys_task
from governance.audit.models import AuditEntry
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_resident_is_registered_with_an_encrypted_phone(system: User, now: dt.datetime) -> None:
    user = operations.register_resident_user(by=system, phone="138 0013 8000", display_name=" 小明 ", now=now)

    found = user_of_phone("+8613800138000")
    assert found == user
    assert found is not None
    assert (found.kind, found.phone, found.display_name) == (UserKind.RESIDENT, "+8613800138000", "小明")
    assert not found.has_usable_password()
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_hash, username FROM accounts_user WHERE id = %s", [user.pk])
        assert not any("13800138000" in column for column in cursor.fetchone())
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after) == (
        "accounts.user.created",
        {"kind": "RESIDENT", "name": "小*", "phone": "138****8000"},
    )


def test_a_number_has_one_account(system: User, now: dt.datetime) -> None:
    operations.register_resident_user(by=system, phone="13800138000", now=now)

    with pytest.raises(operations.PhoneTaken):
        operations.register_resident_user(by=system, phone="+8613800138000", now=now)

    assert verbs() == ["accounts.user.created"]


def test_staff_get_a_name_and_a_password(system: User, now: dt.datetime) -> None:
    user = operations.create_staff_user(
        by=system, username="lin.jie", display_name="林街", password="a-long-enough-one", now=now
    )

    assert user.is_staff
    assert user.check_password("a-long-enough-one")
    with pytest.raises(operations.NameTaken):
        operations.create_staff_user(by=system, username="lin.jie", display_name="林", now=now)


@pytest.mark.parametrize("password", ["short", "1234567890", "password1234567890"[:8]])
def test_weak_passwords_are_refused(system: User, now: dt.datetime, password: str) -> None:
    with pytest.raises(operations.PasswordWeak):
        operations.create_staff_user(by=system, username="x", display_name="x", password=password, now=now)

    assert not User.objects.filter(username="x").exists()


def test_a_new_password_is_audited_without_it(system: User, now: dt.datetime) -> None:
    user = UserFactory.create()

    operations.set_password(by=system, user=user, password="another-long-one", now=now)

    user.refresh_from_db()
    assert user.check_password("another-long-one")
    assert verbs() == ["accounts.user.password_set"]
    with pytest.raises(operations.PasswordWeak):
        operations.set_password(by=system, user=user, password="short", now=now)


def test_a_lost_second_factor_is_removed_with_a_reason(system: User, now: dt.datetime) -> None:
    user = UserFactory.create()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")

    assert operations.remove_second_factor(by=system, user=user, now=now, reason="手机遗失") == 1

    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.get().reason == "手机遗失"


def test_second_factors_are_encrypted_at_rest() -> None:
    TOTP.activate(UserFactory.create(), "JBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.values_list("data", flat=True)[0])


def test_phone_is_changed_by_its_owner(system: User, now: dt.datetime) -> None:
    user = operations.register_resident_user(by=system, phone="13800138000", now=now)
    operations.register_resident_user(by=system, phone="13800138001", now=now)

    operations.set_phone(by=user, phone="13800138002", is_verified=True, now=now)

    assert user_of_phone("+8613800138002") == user
    assert user_of_phone("+8613800138000") is None
    with pytest.raises(operations.PhoneTaken):
        operations.set_phone(by=user, phone="13800138001", is_verified=True, now=now)
    assert user_of_phone("+8613800138002") == user


def test_api_client_acts_as_a_user_of_its_own(system: User, now: dt.datetime) -> None:
    client, secret = operations.create_api_client(
        by=system, name="市级平台", scopes=["funds:read", "communities:read"], now=now
    )

    stored = ApiClient.objects.get()
    assert stored == client
    assert stored.client_secret != secret
    assert stored.allowed_scopes == "communities:read funds:read"
    assert stored.user.kind == UserKind.SERVICE
    assert verbs() == ["accounts.user.created", "accounts.api_client.created"]
    assert secret not in str(AuditEntry.objects.values())


def test_api_client_refusals_leave_nothing(system: User, now: dt.datetime) -> None:
    operations.create_api_client(by=system, name="市级平台", scopes=["funds:read"], now=now)

    with pytest.raises(operations.ScopeUnknown):
        operations.create_api_client(by=system, name="另一平台", scopes=["funds:everything"], now=now)
    with pytest.raises(operations.NameTaken):
        operations.create_api_client(by=system, name="市级平台", scopes=["funds:read"], now=now)

    assert ApiClient.objects.count() == 1
    assert User.objects.filter(kind=UserKind.SERVICE).count() == 1


def test_large_type_is_kept_for_the_account(system: User, now: dt.datetime) -> None:
    user = operations.register_resident_user(by=system, phone="13800138000", now=now)

    operations.set_elder_mode(by=user, is_on=True, now=now)

    assert User.objects.get(pk=user.pk).is_elder_mode


def test_old_keys_are_purged(system: User, now: dt.datetime) -> None:
    for hours, key in [(25, "old"), (23, "new")]:
        IdempotencyKey.objects.create(user=system, key=key, fingerprint="", created_at=now - dt.timedelta(hours=hours))

    assert operations.purge_keys(by=system, now=now) == 1

    assert IdempotencyKey.objects.get().key == "new"


def test_sign_in_traces_are_purged_after_six_months(system: User, now: dt.datetime) -> None:
    Session.objects.create(session_key="over", session_data="", expire_date=now - dt.timedelta(days=1))
    AccessLog.objects.create(username="x", path_info="/", http_accept="", user_agent="")
    AccessLog.objects.update(attempt_time=now - dt.timedelta(days=184))

    assert operations.purge_sign_ins(by=system, now=now) == 2


def test_task_runs_the_purges() -> None:
    purge_keys_task()
