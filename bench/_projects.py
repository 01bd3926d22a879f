"""Signed contracts of one fund in many places, with instalments of which half are paid: brought in below the walls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from bench._topics import matter_of
from communities.territory.models import Division
from consultation.matters.models import Matter
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.operations import open_book
from funds.spending.models import SpendingRequest
from governance.accounts.models import User
from projects.contracts.models import Contract, Instalment
from projects.contracts.terms.models import AwardPayment

WALLED = (CommunityFund, Matter, SpendingRequest, Contract, Instalment, AwardPayment)
BEGINNINGS = ("东兴", "盐店", "三八路", "檀木林", "光大街", "新民", "双塘", "五星", "马吃水", "凤凰")
SUBJECTS = (
    *("养老服务", "文化艺术", "邻里互助", "志愿服务", "体育健身"),
    *("环保公益", "法律援助", "心理关爱", "儿童成长", "残疾人帮扶"),
)
FIELDS = ("ELDERLY", "CULTURE", "RELIEF", "YOUTH", "DISABLED", "ENVIRONMENT", "GOVERNANCE", "")
STATES = ("RUNNING", "CLOSED", "CLOSED", "DELIVERED", "ACCEPTED", "TERMINATED")


def fill_projects(by: User, district: Division, places: Sequence[Division], count: int, *, now: dt.datetime) -> None:
    """Put so many contracts, in turn, into places and to the organizations that are there already."""
    tables = [model._meta.db_table for model in WALLED]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    charity = HostCharity.objects.create(name="测量慈善会", credit_code="51510302MJ0000001X", division=district)
    book = open_book(by=by, code="fund", name="基金", division=district, opened_on=dt.date(2025, 1, 1), now=now)
    fund = CommunityFund.objects.create(
        name="测量基金", short_name="测量", charity=charity, division=district, purpose="互助", book=book,
        applied_by=by, applied_at=now,
    )  # fmt: skip
    matter = matter_of(1, district, by=by.pk, now=now)
    matter.save()
    request = SpendingRequest.objects.create(
        number="YK-1",
        fund=fund,
        matter=matter,
        title="测量",
        purpose="CARE",
        plan="测量",
        beneficiaries="测量",
        amount=10**9,
        entered_at=now,
        entered_by=by,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO projects_contract (number, title, division_id, organization_id, kind, field, request_id, amount,
                scope, starts_on, ends_on, is_content_fixed, is_lasting, is_money_stable, is_price_steady,
                opinions_needed, signed_on, signed_at, delivery_report, delivery_number, status, drafted_at, drafted_by_id)
            SELECT 'HT-' || n, (%(beginnings)s::text[])[1 + n %% 10] || (%(subjects)s::text[])[1 + n / 10 %% 10] || '项目' || n,
                (%(places)s::bigint[])[1 + n %% array_length(%(places)s::bigint[], 1)],
                (SELECT min(id) FROM socialorgs_socialorganization) + n %% %(bodies)s, 'SERVICE',
                (%(fields)s::text[])[1 + n %% 8], %(request)s, 1000 + n %% 9000, '服务',
                date '2020-01-01' + n %% 2000, date '2020-04-01' + n %% 2000, false, false, false, false, 5,
                date '2020-01-01' + n %% 2000, %(now)s, '', 0, (%(states)s::text[])[1 + n %% 6], %(now)s, %(by)s
            FROM generate_series(1, %(count)s) AS n
            """,
            {
                "beginnings": list(BEGINNINGS),
                "subjects": list(SUBJECTS),
                "fields": list(FIELDS),
                "states": list(STATES),
                "places": [place.pk for place in places],
                "bodies": _bodies(),
                "request": request.pk,
                "now": now,
                "by": by.pk,
                "count": count,
            },
        )
        cursor.execute(
            """
            INSERT INTO projects_instalment (contract_id, number, percent, amount, condition)
            SELECT contract.id, part, 50, contract.amount / 2, 'SIGNING'
            FROM projects_contract contract, generate_series(1, 2) AS part
            """
        )
        cursor.execute(
            """
            INSERT INTO projects_awardpayment (contract_id, instalment_id, amount, status, paid_on, reference,
                requested_at, requested_by_id)
            SELECT contract_id, id, amount, 'PAID', '2026-01-01', 'T' || id, %(now)s, %(by)s
            FROM projects_instalment WHERE number = 1
            """,
            {"now": now, "by": by.pk},
        )
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")


def _bodies() -> int:
    """How many organizations there are; their keys follow one another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM socialorgs_socialorganization")
        found: int = cursor.fetchone()[0]
    return found
