"""The audit trail cannot be edited, by the application's role nor by the owner."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from governance.accounts.queries import system_actor
from governance.audit import operations
from governance.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_auditentry SET verb = 'x'", "DELETE FROM audit_auditentry", "TRUNCATE audit_auditentry"]
)
def test_the_application_role_lacks_the_privilege(now: dt.datetime, statement: str) -> None:
    actor = system_actor()
    operations.record(by=actor, verb="a.b.c", row=actor, now=now)

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.get().verb == "a.b.c"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["UPDATE audit_auditentry SET verb = 'x'", "DELETE FROM audit_auditentry"])
def test_the_trigger_refuses_the_owner_too(now: dt.datetime, owner, statement: str) -> None:
    actor = system_actor()
    operations.record(by=actor, verb="a.b.c", row=actor, now=now)

    with (
        owner(),
        pytest.raises(InternalError, match="Cannot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.get().verb == "a.b.c"
