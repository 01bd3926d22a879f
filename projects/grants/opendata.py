"""The results of a round as open data: one table, and a release package of the Open Contracting Data Standard (1.1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from projects.grants.models import GrantApplication, GrantAward, GrantRound, RoundFunding

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
ROUND = "grant-round"
CODE_SCHEME = "CN-USCC"
"""The list of identifiers: unified social credit codes."""
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


BREAKDOWN = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_budget_breakdown_extension/master/extension.json"
"""The extension of the standard that names the sources of a budget."""


def as_ocds(
    row: GrantRound, awards: Iterable[GrantAward], address: str, applied: int, *, prefix: str
) -> dict[str, Any]:
    """Return a release package: the call as tender, each award with its supplier and value, the sources of the money.

    Fields and codes of the release schema 1.1, and the extension for the breakdown of budgets; amounts are numbers in yuan,
    as the standard asks. The day of the release is when the last of it happened, so that another state is another release.
    `prefix` is the publisher's own, so that no two publishers' rounds have the same number (`ocid`).
    """
    given = list(awards)
    ended = [one.ended_at for one in given if one.ended_at is not None]
    known = [row.published_at, row.publicised_at, row.awarded_at, row.closing_at, row.archived_at, *ended]
    moment = max(one for one in known if one is not None)
    buyer = {"id": f"division-{row.division_id}", "name": row.division.name}
    fundings = list(row.fundings.all())
    parties: dict[str, dict[str, Any]] = {buyer["id"]: {**buyer, "roles": ["buyer", "procuringEntity"]}}
    for funding in fundings:
        payer = _payer(funding, buyer)
        parties.setdefault(payer["id"], {**payer, "roles": []})["roles"].append("funder")
    for one in given:
        key = f"organization-{one.organization_id}"
        party = parties.setdefault(key, {"id": key, "name": one.organization.name, "roles": []})
        if one.organization.credit_code:
            party["identifier"] = {"scheme": CODE_SCHEME, "id": one.organization.credit_code}
        party["roles"].append("supplier")
    for party in parties.values():
        party["roles"] = list(dict.fromkeys(party["roles"]))
    release = {
        "ocid": f"{prefix}-{ROUND}-{row.pk}",
        "id": f"{ROUND}-{row.pk}-{moment:%Y%m%dT%H%M%SZ}",
        "date": moment.isoformat(),
        "tag": ["tender", "award"] if given else ["tender"],
        "initiationType": "tender",
        "language": "zh",
        "parties": list(parties.values()),
        "buyer": buyer,
        "planning": {
            "budget": {
                "amount": _value(sum(one.amount for one in fundings)),
                "budgetBreakdown": [
                    {
                        "id": str(one.pk),
                        "description": one.name,
                        "amount": _value(one.amount),
                        "sourceParty": _payer(one, buyer),
                    }
                    for one in fundings
                ],
            }
        },
        "tender": {
            "id": str(row.pk),
            "title": row.title,
            "description": row.guide,
            "status": "complete" if row.is_awarded else "active",
            "procuringEntity": buyer,
            "value": _value(sum(one.amount for one in fundings)),
            "procurementMethod": "open",
            "procurementMethodDetails": row.get_kind_display(),
            "mainProcurementCategory": "services",
            "tenderPeriod": {
                "startDate": f"{row.opens_on}T00:00:00+08:00",
                "endDate": f"{row.closes_on}T23:59:59+08:00",
            },
            "awardCriteria": "ratedCriteria",
            "awardCriteriaDetails": "；".join(f"{one.title} {one.most}" for one in row.table),
            "numberOfTenderers": applied,
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
        "extensions": [BREAKDOWN],
        "publishedDate": release["date"],
        "publisher": {"name": row.division.name},
        "releases": [release],
    }


def _payer(funding: RoundFunding, buyer: dict[str, Any]) -> dict[str, Any]:
    """Return who pays: a fund, a foundation, or for a budget line who calls."""
    if funding.fund is not None:
        return {"id": f"fund-{funding.fund_id}", "name": str(funding.fund)}
    if funding.foundation is not None:
        return {"id": f"organization-{funding.foundation_id}", "name": funding.foundation.name}
    return buyer


def _value(amount: Any) -> dict[str, Any]:
    return {"amount": float(amount), "currency": "CNY"}
