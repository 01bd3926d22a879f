"""The base of the pages: what residents see, phone first, without script.

Refusals become a form error or a message on the page; lists page by key, never by count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from allauth.core.internal.httpkit import get_client_ip
from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.generic import FormView

from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, NotAllowed, put_into
from governance.printing import kept

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet
    from django.db.models.fields.files import FieldFile
    from django.forms import BaseForm
    from django.http import HttpRequest, QueryDict
    from django.views import View
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

    AnyView = View
else:
    AnyView = object  # mixins stand left of the view, which brings the class itself

Row = TypeVar("Row", bound=Model)

KEY_DIGITS = 18


def key_in(text: str) -> int | None:
    """Return the key of a row that an address names; nothing where it names none that a row could have."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS else None


class Refusals(AnyView):
    """View mixin: a refused POST goes back to where it came from with the reason; nothing is lost.

    Form views should call their operation through `attempt`, which puts the reason beside the field instead. A refusal
    while a page is only looked at becomes a page of its own (`governance.portal.middleware`).
    """

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Translate a refusal of the operation into a message."""
        try:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except DomainError as refusal:
            if request.method == "POST":
                return back_with(request, refusal)
            if isinstance(refusal, NotAllowed):
                raise PermissionDenied(str(refusal)) from refusal
            raise
        return answer

    def attempt(self, form: BaseForm, operation: Any, **arguments: Any) -> Any:
        """Run the operation; when it refuses, put the reason into the form and return None."""
        try:
            return operation(**arguments)
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
        return None


class Permitted(AccessMixin, AnyView):
    """View mixin: `permission_code` must hold for the person; people without a log-in are asked to sign in."""

    permission_code: str = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let those through who may come in."""
        if not request.user.is_authenticated or not request.user.has_perm(self.permission_code):
            return self.handle_no_permission()
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class RowForm(AccessMixin, Refusals, FormView[Any]):
    """A page with one form about one row, for who holds `permission` over it; what is refused stays filled in."""

    permission = ""
    title: StrOrPromise = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let those in who may; others are asked to sign in, or are refused."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.row = self.find(request, kwargs["pk"])
        if not request.user.has_perm(self.permission, self.row):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the row that the form is about."""
        raise NotImplementedError

    def done(self, form: Any) -> Any:
        """Run the operation through `attempt` and return the row to lead to, None when it refused."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        """Lead to the row, or show the form again."""
        row = self.done(form)
        return HttpResponseRedirect(row.get_absolute_url()) if row else self.form_invalid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with its reasons; nothing was done, and the answer says so."""
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.BAD_REQUEST)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page and the row."""
        return super().get_context_data(title=self.title, row=self.row, **kwargs)


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, be it empty; nothing where nothing was sent."""
    return request.POST if request.method == "POST" else None


def back(request: HttpRequest, default: str = "/") -> HttpResponseRedirect:
    """Return to the page that the form stands on, if it is one of ours."""
    target = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe else default)


def back_with(request: HttpRequest, refusal: DomainError) -> HttpResponseRedirect:
    """Return to the form's page with the reason of the refusal."""
    messages.error(request, str(refusal))
    return back(request)


def make_move(request: HttpRequest, row: Model, name: str) -> HttpResponseRedirect:
    """Make a move that a button asks for and return to the page, with the reason if it is refused."""
    try:
        lifecycle.move(row, name, by=acting_user(request), now=clock.now(), reason=request.POST.get("reason", ""))
    except DomainError as refusal:
        return back_with(request, refusal)
    messages.success(request, _("Done: %(move)s.") % {"move": lifecycle.of(row).by_name[name].label})
    return back(request)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a page lets people do with a row: its name, what it asks for, and the operation behind it.

    `run` gets the row, the person, the moment and the form's cleaned data.
    """

    label: StrOrPromise
    run: Callable[[Any, User, dt.datetime, dict[str, Any]], object]
    form: Callable[..., BaseForm] | None = None
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One act as a page offers it now, for the partial `steps.html`."""

    name: str
    act: Act
    url: str
    form: BaseForm | None
    is_expanded: bool


Tried = tuple[str, "BaseForm | None"]


def steps_of(acts: Mapping[str, Act], names: Iterable[str], url: str, tried: Tried | None = None) -> list[Step]:
    """Return the acts of these names with their forms; the one that was tried is filled in and open.

    An act whose form was refused stays even where it is no longer offered: what was typed is not lost.

    `url` is the address of the page that takes the acts; the name of the act is added to it.
    """
    shown = list(names)
    if tried is not None and tried[1] is not None and tried[0] in acts and tried[0] not in shown:
        shown.append(tried[0])
    steps = []
    for name in shown:
        act, was_tried = acts[name], tried is not None and tried[0] == name
        form = act.form(auto_id=f"{name}-%s") if act.form else None
        if tried is not None and was_tried:
            form = tried[1]
        steps.append(Step(name, act, f"{url}{name}/", form, is_expanded=was_tried))
    return steps


def take_step(request: HttpRequest, act: Act, name: str, row: Any) -> Tried | None:
    """Take a step that a page offers; None when it is done, else what was tried, with the reasons in it.

    A reason that belongs to no field is said above the page as well.
    """
    form = act.form(request.POST, request.FILES, auto_id=f"{name}-%s") if act.form else None
    if form is not None and not form.is_valid():
        return name, form
    try:
        act.run(row, acting_user(request), clock.now(), dict(form.cleaned_data) if form is not None else {})
    except (DomainError, ValidationError) as refusal:
        if form is not None:
            put_into(form, refusal)
        if form is None or form.non_field_errors():
            for text in refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]:
                messages.error(request, text)
        return name, form
    messages.success(request, _("Done: %(move)s.") % {"move": act.label})
    return None


@dataclass(frozen=True, slots=True)
class Told:
    """What a higher floor tells of a row, for the row's page: what it is, its name, state, day and amount, and its page.

    `waits` says that it waits for the reader; it is told first.
    """

    label: StrOrPromise
    name: str
    state: str
    url: str
    on: dt.date | None = None
    amount: Decimal | None = None
    waits: bool = False


Teller = Callable[["Sequence[Any]", "User | AnonymousUser"], "Mapping[int, list[Told]]"]
_TELLERS: dict[str, list[Teller]] = {}


def tell_of(label: str, teller: Teller) -> None:
    """Let a floor above tell on the page of a row what came of it there; called in a room's `rules.py`.

    `label` names the rows' model (`app_label.ModelName`). The teller gets rows and who looks, asks `visible_to`, and returns
    what it tells by the keys of the rows; one query each, for one row and for many.
    """
    _TELLERS.setdefault(label, []).append(teller)


def told_of_all(rows: Sequence[Model], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Return what the floors above tell of rows of one kind to whoever looks, by key, what waits for them first.

    The queries of the tellers.
    """
    found: dict[int, list[Told]] = {row.pk: [] for row in rows}
    for teller in _TELLERS.get(rows[0]._meta.label, ()) if rows else ():
        for key, told in teller(rows, user).items():
            found[key] += told
    return {key: sorted(told, key=lambda one: not one.waits) for key, told in found.items()}


def told_of(row: Model, user: User | AnonymousUser) -> list[Told]:
    """Return what the floors above tell of one row."""
    return told_of_all([row], user)[row.pk]


def printed(request: HttpRequest, shows: object, make: Callable[[], bytes], *, name: str) -> HttpResponse:
    """Answer with a sheet on paper size that everybody may have (`governance.printing.kept`)."""
    who = f"user:{request.user.pk}" if request.user.is_authenticated else f"address:{get_client_ip(request)}"
    answer = HttpResponse(kept(shows, who, make), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{quote(name)}"'
    return answer


FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The kinds of file that a page sends, by the end of their names."""


def attached(content: str | bytes, *, name: str) -> HttpResponse:
    """Answer with a file that was just written; the end of its name says what it is."""
    answer = HttpResponse(content, content_type=FILES[name.rpartition(".")[2]])
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


def handed_out(file: FieldFile, *, name: str, content_type: str) -> HttpResponse:
    """Answer with a stored file as a download that no browser runs or keeps; who may have it was asked before."""
    try:
        with file.open("rb") as stored:
            answer = HttpResponse(stored.read(), content_type=content_type)
    except FileNotFoundError as error:
        raise Http404 from error
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """One page of a list: its rows and the keys of the neighbors; the number of rows in all is never asked."""

    rows: list[Row]
    next_key: int | None
    is_first: bool


def keyset_page(rows: QuerySet[Row], request: HttpRequest, *, key: str = "pk", size: int = 20) -> KeysetPage[Row]:
    """Return the page of a list ordered newest first that starts below `?before=`; one query.

    The order is `-key`, which must be unique and indexed with the list's filters.
    """
    before = request.GET.get("before", "")
    ordered = rows.order_by(f"-{key}")
    if (last := key_in(before)) is not None:
        ordered = ordered.filter(**{f"{key}__lt": last})
    found = list(ordered[: size + 1])
    shown = found[:size]
    next_key = int(getattr(shown[-1], key)) if len(found) > size else None
    return KeysetPage(shown, next_key, is_first=not before)
