"""The results of a round as open data: one table, and a release package of the Open Contracting Data Standard (1.1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from projects.grants.models import GrantApplication, GrantAward, GrantRound

BYTE_ORDER_MARK = "\ufeff"
HEAD = (
    "number",
    "class",
    "rank",
    "title",
    "organization",
    "credit_code",
    "landing_community",
    "score",
    "scores_given",
    "scores_in_mean",
    "asked_yuan",
    "granted_yuan",
    "matched_yuan",
    "status",
)
OCID_PREFIX = "grant-round"
STATUSES = {"GRANTED": "active", "RENOUNCED": "cancelled", "REVOKED": "cancelled"}
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def as_csv(row: GrantRound, results: Sequence[GrantApplication]) -> str:
    """Return the results as a table that spreadsheets open as text; one line for each proposed or awarded project."""
    del row
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for one in results:
        place = one.division.name if one.division is not None else ""
        writer.writerow(
            _cell(value)
            for value in (
                one.number,
                one.lane,
                one.rank,
                one.title,
                one.organization.name,
                one.organization.credit_code,
                place,
                one.score,
                one.counted,
                one.in_the_mean,
                one.asked,
                one.granted,
                one.matched,
                one.status,
            )
        )
    return BYTE_ORDER_MARK + out.getvalue()


def as_ocds(row: GrantRound, awards: Iterable[GrantAward], address: str) -> dict[str, Any]:
    """Return a release package: the call as tender, each award with its supplier, value and sources of money.

    Amounts are numbers in yuan, as the standard asks.
    """
    published = row.publicised_at or row.published_at
    given = list(awards)
    buyer = {"id": f"division-{row.division_id}", "name": row.division.name}
    parties: dict[str, dict[str, Any]] = {buyer["id"]: {**buyer, "roles": ["buyer", "procuringEntity", "funder"]}}
    for one in given:
        key = f"organization-{one.organization_id}"
        party: dict[str, Any] = {"id": key, "name": one.organization.name, "roles": ["supplier"]}
        if one.organization.credit_code:
            party["identifier"] = {"scheme": "CN-SAIC", "id": one.organization.credit_code}
        parties[key] = party
    release = {
        "ocid": f"{OCID_PREFIX}-{row.pk}",
        "id": f"{OCID_PREFIX}-{row.pk}-{row.status.lower()}",
        "date": published.isoformat() if published else None,
        "tag": ["tender", "award"] if given else ["tender"],
        "initiationType": "tender",
        "language": "zh",
        "parties": list(parties.values()),
        "buyer": buyer,
        "planning": {
            "budget": {
                "budgetBreakdown": [
                    {"id": str(one.pk), "description": one.name, "amount": _value(one.amount)}
                    for one in row.fundings.all()
                ]
            }
        },
        "tender": {
            "id": str(row.pk),
            "title": row.title,
            "description": row.guide,
            "status": "complete" if given else "active",
            "procuringEntity": buyer,
            "procurementMethod": "open",
            "procurementMethodDetails": row.get_kind_display(),
            "maxValue": _value(row.cap),
            "tenderPeriod": {
                "startDate": f"{row.opens_on}T00:00:00+08:00",
                "endDate": f"{row.closes_on}T23:59:59+08:00",
            },
            "awardCriteriaDetails": "；".join(f"{one.title} {one.most}" for one in row.table),
        },
        "awards": [
            {
                "id": one.number,
                "title": one.title,
                "status": STATUSES[one.status],
                "date": one.granted_at.isoformat(),
                "value": _value(one.amount),
                "suppliers": [{"id": f"organization-{one.organization_id}", "name": one.organization.name}],
            }
            for one in given
        ],
    }
    return {
        "uri": address,
        "version": "1.1",
        "publishedDate": release["date"],
        "publisher": {"name": row.division.name},
        "releases": [release],
    }


def _value(amount: Any) -> dict[str, Any]:
    return {"amount": float(amount), "currency": "CNY"}
