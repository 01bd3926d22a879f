"""Approvals of one parameter by many hands at once: one comes into force, the others are refused, nobody deadlocks."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from communities.policy import operations
from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import PolicyParameter
from communities.policy.operations import ParameterOverlaps
from governance.audit.models import AuditEntry
from tests.factories.communities import PolicyDocumentFactory, PolicyParameterFactory
from tests.people import make_house

DRAFTS = 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ends_running", [False, True])
def test_of_twenty_approvals_at_once_one_comes_into_force(*, ends_running: bool, now: dt.datetime) -> None:
    house = make_house()
    admin, district, basis = house.people["district_admin"], house.places["district"], PolicyDocumentFactory()
    drafts = [PolicyParameterFactory(division=district, basis=basis) for _number in range(DRAFTS)]

    def approve(draft: PolicyParameter) -> str:
        try:
            operations.approve_parameter(by=admin, now=now, parameter=draft, ends_running=ends_running)
        except ParameterOverlaps as refusal:
            return refusal.code
        finally:
            connection.close()
        return "approved"

    with ThreadPoolExecutor(max_workers=8) as pool:
        outcomes = sorted(pool.map(approve, drafts))

    assert outcomes == ["approved"] + ["parameter_overlaps"] * (DRAFTS - 1)
    assert PolicyParameter.objects.filter(status=ParameterStatus.ACTIVE).count() == 1
    assert AuditEntry.objects.filter(verb="communities.parameter.approved").count() == 1
