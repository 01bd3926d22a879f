"""The gate stands once and is asked at every submission, every signing, before every payment and for seats in funds.

Read from the source: who asks it is written down here by what they do, so that a caller that is lost, or a new way to
hand in, to sign or to pay that does not ask, is seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("communities", "socialorgs", "consultation", "funds", "projects", "governance")
GATE = {
    *("hindrances", "hindrances_by_body", "hindered", "require_good_standing"),
    *("grant_hindrances", "held_back", "require_unhindered"),
}
"""The predicate for one body and for several, its refusal, and what grant rounds add of their own."""

SUBMISSION = {
    "consultation.meetings.tasking.operations.add_party",
    "funds.spending.operations.submit_request",
    "projects.grants.submitting.submit_application",
    "projects.grants.submitting.qualify",
    "projects.market.fairs.operations.note_intention",
    "projects.market.operations._poster_kind",
    "projects.purchasing.awarding.offering.draft_offer",
    "projects.purchasing.awarding.offering.submit_offer",
    "projects.purchasing.awarding.offering.qualify_offer",
    "projects.purchasing.inviting.checks.check_invited",
    "socialorgs.incubation.operations.apply_for_stay",
    "socialorgs.register.strengths.operations.state_capability",
    "socialorgs.register.ties.operations.offer_resource",
}
AWARD_AND_SIGNING = {
    "funds.spending.operations.approve_request",
    "projects.contracts.drafting.correct_contract",
    "projects.contracts.drafting.draft_contract",
    "projects.contracts.operations.offer_contract",
    "projects.contracts.operations._sign",
    "projects.contracts.terms.operations.propose_supplement",
    "projects.contracts.terms.operations.approve_supplement",
    "projects.grants.deciding.propose",
    "projects.grants.deciding.award_round",
    "projects.market.operations._check_taker",
    "projects.market.sharing.operations.offer_cession",
    "projects.market.sharing.operations.agree_cession",
    "projects.purchasing.awarding.operations.propose_award",
    "projects.purchasing.awarding.operations.publish_award",
    "socialorgs.incubation.sites.open_incubator",
    "socialorgs.incubation.sites.edit_incubator",
    "socialorgs.incubation.operations.admit_stay",
    "socialorgs.incubation.operators.operations.enter_contract",
    "socialorgs.register.centers.operations.open_center",
    "socialorgs.register.centers.operations.place_tenant",
}
PAYMENT = {
    "funds.spending.holding.check_payable",
    "funds.spending.operations.plan_payment",
    "funds.spending.operations.request_payment",
    "projects.contracts.operations.release_instalment",
    "projects.contracts.terms.operations.approve_award_payment",
    "projects.contracts.terms.operations.record_award_payment",
    "projects.purchasing.awarding.paying.record_payment",
}
SEATS = {"funds.charity.seating.require_seatable"}
"""Who takes a seat in a fund's committee: every way in goes through it (tests/funds/charity/test_seating.py)."""
TOLD_BEFORE_THE_FORM = {
    "projects.grants.pages.application_new",
    "projects.market.pages.ServiceNew.get_context_data",
    "projects.market.pages._page",
    "projects.purchasing.awarding.pages.offer_new",
    "socialorgs.incubation.pages.stay_new",
    "socialorgs.register.strengths.pages._page",
}
"""Who says what stands in the way before anything is filled in."""
SHOWN = {
    "projects.grants.pages._held",
    "projects.grants.queries.grant_hindrances",
    "projects.grants.queries.held_back",
    "projects.grants.queries.require_unhindered",
    "projects.purchasing.awarding.admin.PurchaseAwardAdmin.hindered",
    "socialorgs.register.admin.OrganizationAdmin.in_the_way",
    "socialorgs.register.api.OrganizationViewSet.standing",
    "socialorgs.register.pages.organization_detail",
    "socialorgs.register.queries.hindered",
    "socialorgs.register.queries.hindrances",
    "socialorgs.register.queries.require_good_standing",
}
"""Who tells what it says, and the steps from the predicate to its refusals."""

PAPERS = {"Payment": "funds.spending", "AwardPayment": "projects.contracts", "PublicPayment": "projects.purchasing"}
"""The rows that pay a body, and the room whose operations write them."""
MONEY_BACK = "funds.spending.refunding.post_refund"
"""Looks a payment up that the body gives back."""


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Give every function of the product with its full name."""
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if ".migrations." not in module:
                yield from _within(module, ast.parse(path.read_text(encoding="utf-8")))


def _within(name: str, node: ast.AST) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield f"{name}.{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _within(f"{name}.{child.name}", child)


def calls(function: ast.FunctionDef) -> set[str]:
    """Return the plain names that a function calls."""
    found = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {func.id for func in found if isinstance(func, ast.Name)}


def test_who_asks_the_gate_is_written_down_by_what_they_do() -> None:
    asking = {name for name, function in functions() if calls(function) & GATE}

    assert asking == SUBMISSION | AWARD_AND_SIGNING | PAYMENT | SEATS | TOLD_BEFORE_THE_FORM | SHOWN


def test_the_gate_stands_once() -> None:
    """Methods of that name tell something else: why a result has no grade."""
    named = {name for name, _function in functions() if name.rpartition(".")[2] in GATE and name.islower()}

    assert {name for name in named if not name.startswith("funds.closing")} == {
        "socialorgs.register.queries.hindrances",
        "socialorgs.register.queries.hindrances_by_body",
        "socialorgs.register.queries.hindered",
        "socialorgs.register.queries.require_good_standing",
        "projects.grants.queries.grant_hindrances",
        "projects.grants.queries.held_back",
        "projects.grants.queries.require_unhindered",
    }


def test_whoever_writes_a_payment_asks_the_gate() -> None:
    paying = {name: found for name, function in functions() if (found := _paid(name, function))}
    helped = "_of_a_source"
    helpers = {name for name, function in functions() if helped in calls(function)}
    asking = {name for name, function in functions() if "shares.pay(" in ast.unparse(function)}

    assert set().union(*paying.values()) == set(PAPERS)
    assert set(paying) - PAYMENT == {f"projects.contracts.shares.{helped}", MONEY_BACK}
    assert helpers == {"projects.contracts.shares.pay"}
    assert asking == {"projects.contracts.operations.release_instalment"} <= PAYMENT


def _paid(name: str, function: ast.FunctionDef) -> set[str]:
    """Return which payments a function writes into the room of its own."""
    return {paper for paper in calls(function) & set(PAPERS) if name.startswith(PAPERS[paper])}


FAILED = {"failed_hindrances", "failures_of", "require_not_failed"}
"""What a failed evaluation stands in the way of, and its refusal: the second predicate, of `projects.evaluation.gating`."""
FROM_OFFER_TO_AWARD = {
    "projects.grants.queries.held_back",
    "projects.purchasing.awarding.admin.PurchaseAwardAdmin.hindered",
    "projects.purchasing.awarding.offering.draft_offer",
    "projects.purchasing.awarding.offering.qualify_offer",
    "projects.purchasing.awarding.offering.submit_offer",
    "projects.purchasing.awarding.operations.propose_award",
    "projects.purchasing.awarding.operations.publish_award",
    "projects.purchasing.inviting.checks.check_invited",
}


def test_a_failed_evaluation_is_asked_for_from_the_offer_to_the_award() -> None:
    asking = {name for name, function in functions() if calls(function) & FAILED}

    told = {"projects.purchasing.awarding.pages.offer_new"}
    assert asking == FROM_OFFER_TO_AWARD | told | {"projects.evaluation.gating.failure_of"}
