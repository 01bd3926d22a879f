"""Codes of divisions: what one may look like, and the one place where a single code is written.

Below the operations of this room and of `communities.changes`, which both record codes within their own acts.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division, DivisionCode
from communities.territory.policy import code_trouble, tier_of
from governance.errors import Conflict, Invalid


class CodeWrong(Invalid):
    """The text is no code, or one of another tier."""

    code = "code_wrong"
    message = _("%(reason)s")


class CodeTaken(Conflict):
    """In this list the code names another division, or the division has another code."""

    code = "code_taken"
    message = _("%(system)s %(edition)d: the code %(code)s already names “%(name)s”.")


class EditionHasCode(Conflict):
    """The division has another code in this edition."""

    code = "edition_has_code"
    message = _("“%(name)s” already has the code %(code)s in %(system)s %(edition)d.")


@dataclass(frozen=True, slots=True)
class Code:
    """One code with its list, and the name it stands for there when it differs."""

    system: str
    edition: int
    code: str
    name: str = ""


def check_code(code: Code, name: str, tier: int) -> None:
    if reason := code_trouble(code.code):
        raise CodeWrong(field="code", reason=reason)
    if tier_of(code.code) != tier:
        raise CodeWrong(
            field="code",
            reason=_("By its zeros the code %(code)s does not fit the level of “%(name)s”.")
            % {"code": code.code, "name": name},
        )


def write_code(division: Division, code: Code) -> tuple[DivisionCode, bool]:
    """Write a code, or return the same one that is there already."""
    check_code(code, division.name, division.tier)
    known = {"system": code.system, "edition": code.edition}
    taken = DivisionCode.objects.filter(**known, code=code.code).select_related("division").first()
    if taken and taken.division_id == division.pk:
        return taken, False
    if taken:
        raise CodeTaken(field="code", **known, code=code.code, name=taken.division.name)
    if other := DivisionCode.objects.filter(**known, division=division).first():
        raise EditionHasCode(field="code", **known, code=other.code, name=division.name)
    row = DivisionCode(division=division, **known, code=code.code, name=code.name or division.name)
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken(field="code", **known, code=code.code, name="…") from error
    return row, True
