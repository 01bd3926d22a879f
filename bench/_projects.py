"""Signed contracts of one fund in many places, half paid, accepted by residents, evaluated: brought in below the walls."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from django.db import connection

from bench._people import account
from bench._topics import matter_of
from communities.territory.models import Division
from consultation.matters.models import Matter
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.operations import open_book
from funds.spending.models import SpendingRequest
from governance.accounts.models import User, UserKind
from projects.contracts.models import AcceptanceOpinion, Contract, Instalment
from projects.contracts.terms.models import AwardPayment
from projects.evaluation.models import EvaluationPlan, EvaluationResult, EvaluationTemplate

WALLED = (
    *(CommunityFund, Matter, SpendingRequest, Contract, Instalment, AwardPayment, AcceptanceOpinion),
    *(EvaluationTemplate, EvaluationPlan, EvaluationResult),
)
OPINIONS = 6
"""Residents who were asked at each acceptance."""
BEGINNINGS = ("东兴", "盐店", "三八路", "檀木林", "光大街", "新民", "双塘", "五星", "马吃水", "凤凰")
SUBJECTS = (
    *("养老服务", "文化艺术", "邻里互助", "志愿服务", "体育健身"),
    *("环保公益", "法律援助", "心理关爱", "儿童成长", "残疾人帮扶"),
)
FIELDS = ("ELDERLY", "CULTURE", "RELIEF", "YOUTH", "DISABLED", "ENVIRONMENT", "GOVERNANCE", "")
DETAILS = json.dumps({"hindrances": [], "lines": [{"party": "RESIDENTS", "mean": "88/1", "said": "测量" * 9}] * 30})
"""As long as the calculation of a small evaluation."""
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
                opinions_needed, signed_on, signed_at, delivery_report, filing_number, despite_grade, delivery_number, status, drafted_at, drafted_by_id)
            SELECT 'HT-' || n, (%(beginnings)s::text[])[1 + n %% 10] || (%(subjects)s::text[])[1 + n / 10 %% 10] || '项目' || n,
                (%(places)s::bigint[])[1 + n %% array_length(%(places)s::bigint[], 1)],
                (SELECT min(id) FROM socialorgs_socialorganization) + n %% %(bodies)s, 'SERVICE',
                (%(fields)s::text[])[1 + n %% 8], %(request)s, 1000 + n %% 9000, '服务',
                date '2020-01-01' + n %% 2000, date '2020-04-01' + n %% 2000, false, false, false, false, 5,
                date '2020-01-01' + n %% 2000, %(now)s, '', '', '', CASE n %% 6 WHEN 0 THEN 0 WHEN 5 THEN 0 ELSE 1 END, (%(states)s::text[])[1 + n %% 6], %(now)s, %(by)s
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
        _judge(by, now)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")


def _judge(by: User, now: dt.datetime) -> None:
    """Let residents speak of every accepted delivery, and publish an evaluation of three closed contracts in four."""
    residents = [account(f"resident{number}", UserKind.RESIDENT, now=now).pk for number in range(OPINIONS)]
    template = EvaluationTemplate.objects.create(
        key="bench", version=1, title="测量", subject_kind="PROJECT", drafted_at=now, drafted_by=by
    )
    words = {"now": now, "by": by.pk, "residents": residents, "template": template.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO projects_acceptanceopinion (contract_id, resident_id, delivery, is_satisfied, comment, given_at)
            SELECT contract.id, resident, 1, (contract.id + resident) %% 10 > 0, '', %(now)s
            FROM projects_contract contract, unnest(%(residents)s::bigint[]) AS resident
            WHERE contract.status IN ('ACCEPTED', 'CLOSED')
            """,
            words,
        )
        cursor.execute(
            """
            INSERT INTO projects_evaluationplan (title, subject_kind, subject_name, division_id, implementer_id, template_id,
                period_from, period_to, weight_party, weight_residents, weight_third, minimum_answers, grade_cuts,
                opens_on, closes_on, review_note, status, planned_at, planned_by_id, publicised_at)
            SELECT number, 'PROJECT', title, division_id, organization_id, %(template)s, starts_on, ends_on, 30, 40, 30, 30,
                '[]', ends_on, ends_on + 9, '', 'FINAL', %(now)s, %(by)s, %(now)s
            FROM projects_contract WHERE status = 'CLOSED' AND id %% 4 > 0 ORDER BY id
            """,
            words,
        )
        cursor.execute(
            """
            UPDATE projects_contract SET evaluation_id = plan.id FROM projects_evaluationplan plan
            WHERE plan.title = projects_contract.number
            """
        )
        cursor.execute(  # one in ten was worked out again, one in twenty after the last publication
            """
            INSERT INTO projects_evaluationresult (plan_id, version, cause, score, grade, answers, invited, satisfied,
                valid_for_satisfaction, details, digest, computed_at)
            SELECT plan.id, version, 'CLOSING', 88, 'GOOD', 40, 60, 25 + plan.id %% 15, 40, %(details)s, repeat('0', 64),
                CASE WHEN version = 2 AND plan.id %% 20 = 0 THEN %(now)s::timestamptz + interval '1 day' ELSE %(now)s END
            FROM projects_evaluationplan plan, generate_series(1, CASE plan.id %% 10 WHEN 0 THEN 2 ELSE 1 END) AS version
            """,
            {**words, "details": DETAILS},
        )


def _bodies() -> int:
    """How many organizations there are; their keys follow one another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM socialorgs_socialorganization")
        found: int = cursor.fetchone()[0]
    return found
