"""Rows that hang on a contract, with what can be done with each: for the pages of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.pages import Act, Step, Tried, steps_of, take_step
from projects.contracts.models import PLACES_ABOVE, Contract

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


@dataclass(frozen=True, slots=True)
class Part:
    """A row with the acts that this person may take on it."""

    row: Any
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TriedPart:
    """What was refused: on which kind of row, which row, and what was typed."""

    kind: str
    pk: int
    tried: Tried


def on(name: str, operation: Callable[..., object]) -> Callable[[Any, User, dt.datetime, dict[str, Any]], object]:
    """Return an act's run that calls an operation with the row under this name."""

    def run(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, **{name: row}, **data)

    return run


def with_contract(form: Any, contract: Contract, **more: Any) -> Any:
    """Return a form that offers rows of this contract."""
    return partial(form, contract=contract, **more)


def part_address(contract: Contract, row: Any) -> str:
    """Return the address under which the acts on a row of a contract lie."""
    return f"{contract.get_absolute_url()}{row._meta.model_name}/{row.pk}/"


def parts(
    request: HttpRequest,
    contract: Contract,
    rows: Iterable[Any],
    acts: Mapping[str, Act],
    refused: TriedPart | None = None,
) -> list[Part]:
    """Return rows with their open moves."""
    found = []
    for row in rows:
        row.contract = contract
        kind = row._meta.model_name
        names: list[str] = []
        if request.user.is_authenticated:
            offers = lifecycle.available(row, acting_user(request))
            names = [offer.move.name for offer in offers if offer.is_open and offer.move.name in acts]
        url = part_address(contract, row)
        tried = refused.tried if refused and (refused.kind, refused.pk) == (kind, row.pk) else None
        found.append(Part(row, steps_of(acts, names, url, tried)))
    return found


def contract_for(request: HttpRequest, pk: int) -> Contract:
    """Return the contract if this person may see it, with its place, its organization and what there is one of."""
    rows = Contract.objects.visible_to(request.user).select_related(
        PLACES_ABOVE, "organization", "settlement", "operation__venue", "purchased_posts"
    )
    return get_object_or_404(rows, pk=pk)


def act_on(request: HttpRequest, row: Any, acts: Mapping[str, Act], name: str, address: str) -> HttpResponse | Tried:
    """Take an act on a row; return where it leads, or what was tried and refused."""
    if name not in acts:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(address)
    return take_step(request, acts[name], name, row) or redirect(address)
