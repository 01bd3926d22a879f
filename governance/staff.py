"""The base of the desk: governed rows are looked at and moved, never edited in place.

Every lifecycle row gets one button per move that leads on, closed ones with their reason, and a small form for what a
move needs. Creation goes through operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import DateTimeField, JSONField, Model
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold import decorators
from unfold.admin import ModelAdmin

from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.forms import asking_why
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, HttpResponseBase
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User
    from governance.lifecycle import Move, Offer

HISTORY_LENGTH = 50
LONGEST_LIST = 1000

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


def display(**options: Any) -> Callable[[Decorated], Decorated]:
    """Name and order a column of a list: unfold's `display`, with types."""
    return cast("Callable[[Decorated], Decorated]", decorators.display(**options))


def action(**options: Any) -> Callable[[Decorated], Decorated]:
    """Give an action its name, address and permissions: unfold's `action`, with types."""
    return cast("Callable[[Decorated], Decorated]", decorators.action(**options))


@dataclass(frozen=True, slots=True)
class Step:
    """One button above a row: where it leads, or why it is closed; `asks` when a page wants more before it is done."""

    label: StrOrPromise
    url: str
    is_open: bool
    reason: StrOrPromise
    is_grave: bool
    asks: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """Something besides a move that staff may do with a row, done by an operation.

    `run` gets the row, the acting user, the present moment and what its form has cleaned, nothing else; what it returns as text is
    shown once on the row's page. `is_open` tells whether the button makes sense for the row at all, `hindrance` why it
    is closed now, or nothing; `other_than` the keys of the people whose hands it must not be. `waiting` narrows rows to
    those that wait for the deed, where it is work that waits for somebody (`governance.portal.worklist`). `address`
    leads to the page on which it is done, where that is no form of the desk; `run` is not asked then. A form whose class
    says `takes_row` is given the row as `row`, to offer what belongs to it.
    """

    name: str
    label: StrOrPromise
    permission: str
    run: Callable[[Any, User, dt.datetime, dict[str, Any]], object]
    form: type[forms.BaseForm] | None = None
    is_grave: bool = False
    is_open: Callable[[Any], bool] = bool
    hindrance: Callable[[Any], StrOrPromise | None] = lambda _row: None
    other_than: Callable[[Any], set[int | None]] = lambda _row: set()
    waiting: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None
    address: Callable[[Any], str] | None = None

    def why_not(self, row: Any, by: User) -> StrOrPromise:
        """Return why this person may not do it with this row now, or nothing."""
        if by.pk in self.other_than(row):
            return str(lifecycle.SamePerson(move=self.label))
        return self.hindrance(row) or ""

    @property
    def asks(self) -> bool:
        """Whether a page asks for something before the deed is done."""
        return self.form is not None or self.is_grave or self.address is not None


@dataclass(frozen=True, slots=True)
class Follow:
    """A new row that comes next after rows of another kind: a decision after a ballot, a contract after a request.

    Declared on the page of whichever kind stands above the other. `after` and `makes` are labels of models; `waiting`
    narrows rows of the first to those that still wait for one of the second, `given` is what its form is filled in with.
    """

    after: str
    makes: str
    label: StrOrPromise
    permission: str
    waiting: Callable[[QuerySet[Any]], QuerySet[Any]]
    given: Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step that somebody is about to take."""

    label: StrOrPromise
    form: Callable[..., forms.BaseForm] | None
    run: Callable[[dict[str, Any]], object]
    asks: bool
    is_grave: bool
    needs_reason: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a row's history, named as its button where it was a move."""

    entry: AuditEntry
    label: StrOrPromise


def desk_pages() -> dict[type[Model], Any]:
    """Return the pages of the desk by the models they show."""
    shown = filter(admin.site.is_registered, apps.get_models())
    return {model: admin.site.get_model_admin(model) for model in shown}


def act_names() -> dict[str, StrOrPromise]:
    """Return what the verbs of the trail are called: moves by their buttons, other acts by `acts` of their desk page."""
    names: dict[str, StrOrPromise] = {
        move.verb: move.label for machine in lifecycle.REGISTRY.values() for move in machine.moves
    }
    for desk_page in desk_pages().values():
        names |= getattr(desk_page, "acts", {})
    return names


def all_follows() -> list[Follow]:
    """Return what comes next after rows of any kind."""
    return [follow for page in desk_pages().values() for follow in getattr(page, "follows", ())]


def _address_after(row: Model, follow: Follow) -> str:
    given = {name: value for name, value in follow.given(row).items() if value not in (None, "")}
    return f"{reverse('admin:' + follow.makes.lower().replace('.', '_') + '_add')}?{urlencode(given)}"


class BoundedPaginator(Paginator[Any]):
    """Pages of a list whose count stops at a thousand: a table of millions is narrowed by filters, never counted."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most a thousand."""
        rows: Any = self.object_list
        return int(rows.order_by()[:LONGEST_LIST].count())


def _in_words(value: Any) -> str:
    """Return what a column of lists and names holds as people write it, one entry a line where it has parts."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_in_words(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        is_plain = not any(isinstance(part, dict | list | tuple) for part in value)
        return ("、" if is_plain else "\n").join(_in_words(part).replace("\n", "; ") for part in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


class StaffAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """A list and a page of one kind of row: seen as far as the viewer's posts reach, created by an operation.

    Subclasses name `view_permission` and, where the desk may create rows, `add_permission` and `create(form, request)`.
    `deeds` are further things that may be done with a row; each gets a button and, where it has a form, a page.
    """

    view_permission: ClassVar[str] = ""
    add_permission: ClassVar[str] = ""
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    warn_unsaved_form = True
    change_form_outer_before_template = "desk/moves.html"
    change_form_outer_after_template = "desk/history.html"
    deeds: ClassVar[tuple[Deed, ...]] = ()
    follows: ClassVar[tuple[Follow, ...]] = ()
    """What comes next after rows of this kind, or of one below."""
    acts: ClassVar[dict[str, StrOrPromise]] = {}
    """What the audit verbs of this kind of row are called, those of moves left out."""
    recorded: ClassVar[tuple[str, ...]] = ()
    """Columns that acts write and nobody types: shown on the page of a row under what was typed, as far as they hold something."""

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Write amounts as people do."""
        return tuple(self._as_shown(name) for name in super().get_list_display(request))

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Leave out how to fill in what is only looked at."""
        if obj is not None and not self.has_change_permission(request, obj):
            kwargs.setdefault("help_texts", {column.name: "" for column in self.opts.get_fields()})
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Write the amounts of a row that is only looked at as people do, and leave out what is empty yet.

        Its status and what acts have `recorded` on it follow what was typed: who decides next has to read them.
        """
        sets: list[Any] = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return sets
        shown = set(flatten_fieldsets(sets))
        status = ("status",) if any(column.name == "status" for column in self.opts.concrete_fields) else ()
        more = [name for name in dict.fromkeys((*status, *self.recorded)) if name not in shown]
        if more and sets:
            title, options = sets[0]
            sets = [(title, {**options, "fields": [*options["fields"], *more]}), *sets[1:]]
        return [
            (
                title,
                {**options, "fields": [self._as_shown(name) for name in options["fields"] if self._is_told(obj, name)]},
            )
            for title, options in sets
        ]

    def _is_told(self, row: Model, name: Any) -> bool:
        """Tell whether a field says something: an empty column of a row that is only looked at says nothing."""
        columns = {column.name: column.attname for column in row._meta.concrete_fields}
        return name not in columns or getattr(row, columns[name]) not in (None, "")

    def _as_shown(self, name: Any) -> Any:
        """Return the field, or what writes its amount with thousands apart, or what it holds in words (`tell_<name>`)."""
        field = {column.name: column for column in self.model._meta.concrete_fields}.get(name)
        if isinstance(field, JSONField):
            told: Callable[[Any], str] = getattr(self, f"tell_{name}", lambda row: _in_words(getattr(row, field.name)))

            def words(row: Any) -> str:
                return told(row) or "-"

            words.__name__ = name
            return admin.display(description=field.verbose_name)(words)
        if not isinstance(field, YuanField) or hasattr(self, name):
            return name

        def amount(row: Any) -> str:
            value = getattr(row, name)
            return "-" if value is None else format_yuan(value)

        amount.__name__ = name
        return admin.display(description=field.verbose_name, ordering=name)(amount)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Show what the viewer's posts reach (`visible_to`, where the model has it)."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Narrow a list only by what it or its page shows: by anything else one could guess, row by row, what is not shown."""
        asked = lookup.split(LOOKUP_SEP, maxsplit=1)[0]
        if not super().lookup_allowed(lookup, value, request):
            return False
        if asked not in {column.name for column in self.opts.get_fields()}:
            return True
        filters = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        offered = [*filters, *self.list_display, *flatten_fieldsets(self.get_fieldsets(request)), self.date_hierarchy]
        roots = {str(getattr(one, "parameter_name", one)).split(LOOKUP_SEP, maxsplit=1)[0] for one in offered}
        return asked in {self.opts.pk.name, *roots}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Head the list with the name of its rows."""
        more = {"title": capfirst(str(self.opts.verbose_name_plural)), **(extra_context or {})}
        return super().changelist_view(request, more)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry in the menu to those who may see any row."""
        return request.user.is_authenticated and request.user.has_perm(self.view_permission)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask `rules`."""
        return request.user.has_perm(self.view_permission, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Ask `rules`; nobody where no operation creates rows."""
        del obj
        return bool(self.add_permission) and request.user.has_perm(self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: a governed row is moved, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: nothing governed is ever deleted."""
        return False

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Create the row by its operation and return it."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Hand the cleaned form to the operation instead of saving the instance."""
        del change
        made = self.create(form, request)
        obj.pk = made.pk
        obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Do nothing: the operation has written what belongs to the row."""

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        """Lead to the new row's page, where its next step stands, unless one more is to be entered."""
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)
        if "_save" in request.POST:
            return HttpResponseRedirect(reverse(f"admin:{self.address('change')}", args=[obj.pk]))
        return answer

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Write nothing: the operation has written its audit entry."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        """Show the form again with the reason when the operation refuses."""
        try:
            answer: HttpResponseBase = super().add_view(request, form_url, extra_context)
        except (DomainError, ValidationError) as refusal:
            return self._form_again(request, refusal, form_url, extra_context)
        return answer

    def _form_again(
        self, request: HttpRequest, refusal: DomainError | ValidationError, form_url: str, extra_context: Any
    ) -> HttpResponseBase:
        """Render the bound form with the reason, so that nothing typed is lost."""
        form = self.get_form(request)(request.POST, request.FILES)
        form.is_valid()
        put_into(form, refusal)
        shown = AdminForm(
            form,
            list(self.get_fieldsets(request)),
            self.get_prepopulated_fields(request),
            self.get_readonly_fields(request),
            model_admin=self,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add %s") % self.opts.verbose_name,
            "adminform": shown,
            "inline_admin_formsets": [],
            "errors": form.errors,
            "media": self.media + form.media,
            **(extra_context or {}),
        }
        again: HttpResponseBase = self.render_change_form(request, context, add=True, change=False, form_url=form_url)
        return again

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Read moments that come with the address; Django takes them for text."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        moments = {column.name for column in self.opts.concrete_fields if isinstance(column, DateTimeField)}
        return {name: parse_datetime(value) if name in moments else value for name, value in given.items()}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show the row with its history; one query for the trail."""
        row = self.get_object(request, object_id)
        is_read = row is None or self.has_view_permission(request, row)
        if not is_read and self.has_module_permission(request) and hasattr(row, "get_absolute_url"):
            return HttpResponseRedirect(row.get_absolute_url())  # lists also show what is seen on the pages only
        more = self.around(request, row) if row is not None else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def around(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        """Return what stands above and below the row's fields."""
        entries = AuditEntry.objects.filter(object_label=row._meta.label, object_key=str(row.pk))
        names = act_names()
        found = entries.select_related("actor").order_by("-id")[:HISTORY_LENGTH]
        return {
            "steps": self.steps(request, row),
            "history": [Act(entry, names.get(entry.verb, entry.verb)) for entry in found],
        }

    def steps(self, request: HttpRequest, row: Model) -> list[Step]:
        """Return the row's buttons; deeds that this person may not do are left out."""
        deeds = [
            self._deed_step(row, deed, acting_user(request))
            for deed in self.deeds
            if deed.is_open(row) and request.user.has_perm(deed.permission, row)
        ]
        return [*deeds, *self._next_rows(request, row)]

    def _next_rows(self, request: HttpRequest, row: Model) -> list[Step]:
        """Return the ways to the rows that come next after this one; one query for each that may be made."""
        return [
            Step(follow.label, _address_after(row, follow), is_open=True, reason="", is_grave=False, asks=True)
            for follow in all_follows()
            if follow.after == row._meta.label
            and request.user.has_perm(follow.permission, row)
            and follow.waiting(type(row)._default_manager.filter(pk=row.pk)).exists()
        ]

    def _deed_step(self, row: Model, deed: Deed, by: User) -> Step:
        here = reverse(f"admin:{self.address('deed')}", args=[row.pk, deed.name])
        url = deed.address(row) if deed.address else here
        why_not = deed.why_not(row, by)
        return Step(deed.label, url, not why_not, why_not, deed.is_grave, asks=deed.asks)

    def address(self, kind: str) -> str:
        """Return the name of one of this admin's addresses."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{kind}"

    def get_urls(self) -> list[URLPattern]:
        """Add the page of one deed."""
        view = self.admin_site.admin_view(self.deed_view)
        return [path("<path:pk>/deeds/<str:name>/", view, name=self.address("deed")), *super().get_urls()]

    def row_for(self, request: HttpRequest, pk: str) -> Any:
        """Return the row that a button stands on, if the viewer may see it."""
        row = self.get_object(request, pk)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Ask for what the deed needs, then do it."""
        row = self.row_for(request, pk)
        deed = next((deed for deed in self.deeds if deed.name == name), None)
        if deed is None:
            raise Http404
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied

        def run(data: dict[str, Any]) -> object:
            return deed.run(row, acting_user(request), clock.now(), data)

        if deed.address:
            return HttpResponseRedirect(deed.address(row))
        form = self.deed_form(request, row, deed)
        asks = deed.asks or form is not None
        return self._ask_and_do(request, row, Wanted(deed.label, form, run, asks, deed.is_grave))

    def deed_form(self, request: HttpRequest, row: Any, deed: Deed) -> Callable[..., forms.BaseForm] | None:
        """Return what builds the form of a deed; override where the row fills it in."""
        del request
        form: Any = deed.form
        return partial(form, row=row) if getattr(form, "takes_row", False) else form

    def _ask_and_do(self, request: HttpRequest, row: Model, wanted: Wanted) -> HttpResponse:
        """Show the page of a step, or take the step and return to the row."""
        given = request.POST if request.method == "POST" else None  # be it empty
        form = wanted.form(given, request.FILES or None) if wanted.form else None
        if wanted.needs_reason:
            form = asking_why(form, given, missing=lifecycle.ReasonMissing.message)
        home = reverse(f"admin:{self.address('change')}", args=[row.pk])
        if request.method == "POST" and (form is None or form.is_valid()):
            data = dict(form.cleaned_data) if form is not None else {}
            if self._done(request, wanted, data, form) or not wanted.asks:
                return HttpResponseRedirect(home)
        context = {
            **self.admin_site.each_context(request),
            "title": wanted.label,
            "row": getattr(row, "desk_name", row),
            "wanted": wanted,
            "form": form,
            "home": home,
            "opts": self.opts,
        }
        return TemplateResponse(request, "desk/move.html", context)

    def _done(self, request: HttpRequest, wanted: Wanted, data: dict[str, Any], form: Any) -> bool:
        """Take the step and say so; a refusal is put into the form, or becomes a message where there is none."""
        try:
            said = wanted.run(data)
        except (DomainError, ValidationError) as refusal:
            if form is not None:
                put_into(form, refusal)
            else:
                for text in refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]:
                    messages.error(request, text)
            return False
        messages.success(request, said if isinstance(said, str) else _("Done: %(move)s.") % {"move": wanted.label})
        return True


class EditsAdmin(StaffAdmin):
    """A page of one row that may be edited through its operation; the deed `edit` shows what stands there."""

    def edit_form(self, row: Any) -> Callable[..., forms.BaseForm]:
        """Return what builds the form of the row's present values."""
        raise NotImplementedError

    def forms_of(self) -> dict[str, Callable[[Any], Callable[..., forms.BaseForm]]]:
        """Return, for each deed whose form shows what stands there, what builds it."""
        return {"edit": self.edit_form}

    def deed_form(self, request: HttpRequest, row: Any, deed: Deed) -> Callable[..., forms.BaseForm] | None:
        """Fill the form of an edit with the row's values."""
        build = self.forms_of().get(deed.name)
        return build(row) if build else super().deed_form(request, row, deed)


class MovesAdmin(StaffAdmin):
    """A page of one lifecycle row with its moves as buttons and its history under them."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page of one move."""
        view = self.admin_site.admin_view(self.move_view)
        return [path("<path:pk>/moves/<str:name>/", view, name=self.address("move")), *super().get_urls()]

    def steps(self, request: HttpRequest, row: Model) -> list[Step]:
        """Put the moves that lead on, open or closed with the reason, before the deeds."""
        offers = lifecycle.available(row, acting_user(request))
        return [*(self._move_step(row, offer) for offer in offers if offer.is_next), *super().steps(request, row)]

    def _move_step(self, row: Model, offer: Offer) -> Step:
        move = offer.move
        url = reverse(f"admin:{self.address('move')}", args=[row.pk, move.name])
        return Step(move.label, url, offer.is_open, offer.reason, move.needs_reason, asks=self._asks(move))

    def _asks(self, move: Move) -> bool:
        return move.needs_reason or self.move_form(move.name) is not None

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return the form of a move that needs more than a reason, or None."""
        del name
        return None

    def form_for(self, row: Model, name: str) -> Callable[..., forms.Form] | None:
        """Return what builds the form of a move of this row; override where the row decides what may be chosen."""
        del row
        return self.move_form(name)

    def make_move(self, row: Model, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make the move; override for moves that belong to an operation."""
        return lifecycle.move(row, name, by=acting_user(request), now=clock.now(), reason=data.get("reason", ""))

    def move_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Ask for what the move needs, then make it; a refusal comes back with its reason."""
        row = self.row_for(request, pk)
        move = lifecycle.of(row).by_name.get(name)
        if move is None or move.permission == lifecycle.SYSTEM:
            raise Http404

        def run(data: dict[str, Any]) -> None:
            self.make_move(row, name, request, {"reason": "", **data})

        wanted = Wanted(
            move.label,
            self.form_for(row, name),
            run,
            self._asks(move),
            move.needs_reason,
            move.needs_reason,
            move.basis,
        )
        return self._ask_and_do(request, row, wanted)


def attempt(request: HttpRequest, operation: Callable[..., Any], **arguments: Any) -> Any:
    """Run an operation for an admin action; a refusal becomes a message and None is returned."""
    try:
        return operation(**arguments)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return None
