"""Refusals: the one family of exceptions that operations raise.

A refusal carries a stable code, a sentence for a resident or an official, and the parameters of that sentence. The
three interfaces translate it: `governance.api` into problem details, `governance.pages` into a form error or a page
message, `governance.staff` into a message on the desk. Nobody else catches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.forms import BaseForm
    from django_stubs_ext import StrOrPromise


class DomainError(Exception):
    """A request that the rules refuse.

    Subclasses sit beside the operation that raises them and set `code` (snake_case, never changed) and `message`
    (translatable, named placeholders filled from the keyword arguments).
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    message: ClassVar[StrOrPromise] = _("This is not possible.")

    def __init__(self, *, field: str | None = None, **params: Any) -> None:
        self.field = field
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.params if self.params else text


class Invalid(DomainError):
    """What was entered cannot be right (HTTP 400). `field` names the input it belongs to."""

    status = 400
    code = "invalid"
    message = _("What was entered is not valid.")


class NotAllowed(DomainError):
    """This person may not do this (HTTP 403)."""

    status = 403
    code = "not_allowed"
    message = _("You do not have the right to do this.")


class NotNow(DomainError):
    """It may be done, but not in the present state (HTTP 409)."""

    status = 409
    code = "not_now"
    message = _("This cannot be done at present.")


class Conflict(DomainError):
    """Somebody else was faster (HTTP 409); reading again shows the present state."""

    status = 409
    code = "conflict"
    message = _("Somebody else has changed this in the meantime. Please load it again.")


class Stale(Conflict):
    """The row was changed by somebody else since it was read (HTTP 412)."""

    status = 412
    code = "stale"
    message = _("Somebody else has changed this since you opened it. Load it again; nothing was saved.")


class Unavailable(DomainError):
    """A part of the installation does not answer (HTTP 503)."""

    status = 503
    code = "unavailable"
    message = _("A part of the system does not answer. Please try again later.")


def constraint_of(error: BaseException) -> str:
    """Return the name of the constraint or trigger that refused a statement; empty where the database named none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def put_into(form: BaseForm, refusal: DomainError | ValidationError) -> None:
    """Add the reasons of a refusal to a form: beside the field that they name, otherwise above all fields.

    A form whose controls are named otherwise than what its operation refuses says so: `controls = {"file": "uploads"}`.
    """
    if isinstance(refusal, DomainError):
        form.add_error(_control(form, refusal.field), str(refusal))
        return
    named = getattr(refusal, "error_dict", {None: refusal.error_list} if hasattr(refusal, "error_list") else {})
    for name, found in named.items():
        form.add_error(_control(form, name), ValidationError(found).messages)


def _control(form: BaseForm, name: str | None) -> str | None:
    """Return the control beside which a reason for this name stands, or nothing."""
    controls: dict[str | None, str] = getattr(form, "controls", {})
    found = controls.get(name, name)
    return found if found in form.fields else None
