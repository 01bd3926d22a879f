"""The audit trail as auditors and administrators read it: filtered by object, actor, act and day, and masked."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from communities.people.models import Post, Resident, Role
from communities.people.queries import posts_of
from funds.charity.models import CharityAppointment
from funds.enterprises.models import EnterpriseAppointment
from governance import lifecycle
from governance.accounts.masking import mask_text
from governance.accounts.models import User, UserKind
from governance.audit.models import AuditEntry
from governance.forms import offer_choices
from governance.portal.worklist import desk_address
from governance.staff import act_names, desk_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

READERS = (Role.AUDITOR, Role.DISTRICT_ADMIN)
OWN_APPS = ("communities", "socialorgs", "consultation", "funds", "projects", "accounts", "calendar")


def entries_for(user: Any) -> QuerySet[AuditEntry]:
    """Return the acts of everybody whose post, home, enterprise or charity lies where the reader audits or administers.

    The platform's own acts, and one's own, are always among them. Who acts for nobody and lives nowhere is not shown.
    """
    places = [post.division.path for post in posts_of(user) if post.role in READERS]
    if not places:
        return AuditEntry.objects.none()

    def below(prefix: str) -> Q:
        found = Q()
        for path in places:
            found |= Q(**{f"{prefix}__path__startswith": path})
        return found

    people = Q(actor=user) | Q(actor__kind=UserKind.SYSTEM)
    for rows, prefix in (
        (Post, "division"),
        (Resident, "division"),
        (EnterpriseAppointment, "enterprise__division"),
        (CharityAppointment, "charity__division"),
    ):
        manager: Any = rows._default_manager
        people |= Q(actor__in=manager.filter(below(prefix), user__isnull=False).values("user"))
    return AuditEntry.objects.filter(people).select_related("actor")


def act_kinds() -> dict[str, str]:
    """Return what kind of row each verb of the trail is about, by the name of its rows."""
    kinds = {
        move.verb: str(apps.get_model(label)._meta.verbose_name)
        for label, machine in lifecycle.REGISTRY.items()
        for move in machine.moves
    }
    for model, desk_page in desk_pages().items():
        kinds |= dict.fromkeys(getattr(desk_page, "acts", {}), str(model._meta.verbose_name))
    return kinds


def object_names() -> dict[str, StrOrPromise]:
    """Return what the kinds of objects are called, by their labels."""
    return {
        model._meta.label: model._meta.verbose_name  # type: ignore[misc]  # a model of ours has one
        for name in OWN_APPS
        if apps.is_installed(name) or name in apps.app_configs
        for model in apps.get_app_config(name).get_models()
        if not hasattr(model, "pgh_obj_id")
    }


class TrailForm(forms.Form):
    """What is looked for in the trail."""

    object = forms.ChoiceField(label=_("kind of object"), required=False, widget=UnfoldAdminSelectWidget)
    name = forms.CharField(
        label=_("Name or key of the object"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    actor = forms.CharField(
        label=_("Name or log-in of the actor"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    verb = forms.ChoiceField(label=_("act"), required=False, widget=UnfoldAdminSelectWidget)
    first = forms.DateField(
        label=_("First day"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("Last day"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_choices(self, object=_by_name(object_names(), {}), verb=_by_name(act_names(), act_kinds()))

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            raise ValidationError({"last": _("The last day lies before the first.")})
        return data

    def narrow(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return the rows that are looked for; none while the form has errors."""
        if not self.is_valid():
            return rows.none()
        data = self.cleaned_data
        if data["object"]:
            rows = rows.filter(object_label=data["object"])
        if data["name"]:
            rows = rows.filter(Q(object_key=data["name"]) | Q(object_name__icontains=data["name"]))
        if data["actor"]:
            people = User.objects.filter(Q(username=data["actor"]) | Q(display_name__icontains=data["actor"]))
            rows = rows.filter(actor__in=people.values("pk"))
        if data["verb"]:
            rows = rows.filter(verb=data["verb"])
        if data["first"]:
            rows = rows.filter(at__gte=_midnight(data["first"]))
        if data["last"]:
            rows = rows.filter(at__lt=_midnight(data["last"] + dt.timedelta(days=1)))
        return rows


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _by_name(names: Mapping[str, StrOrPromise], kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return choices with their first, the empty one; what is called the same is told apart by its kind."""
    often = Counter(map(str, names.values()))
    shown = [
        (key, f"{name} ({kinds.get(key, key)})" if often[str(name)] > 1 else str(name)) for key, name in names.items()
    ]
    return [("", str(_("All"))), *sorted(shown, key=lambda pair: pair[1])]


def _columns(label: str) -> dict[str, Any]:
    """Return the columns of a kind of object by name; none where it no longer exists."""
    try:
        return {column.name: column for column in apps.get_model(label)._meta.concrete_fields}
    except (LookupError, ValueError):
        return {}


def _named(column: Any, name: str) -> str:
    """Return what people call a changed value: the name of its column where it has one."""
    return str(column.verbose_name) if column is not None else name


def _told(column: Any, value: Any) -> str:
    """Return a value as people read it, personal numbers starred."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    known = dict(column.flatchoices) if column is not None else {}
    return str(known[value]) if isinstance(value, str | int) and value in known else mask_text(str(value))


@dataclass(frozen=True)
class Line:
    """One entry as the page shows it, personal numbers starred."""

    entry: AuditEntry
    act: StrOrPromise
    kind: StrOrPromise

    @cached_property
    def name(self) -> str:
        """The object's name at the time of the act."""
        return mask_text(self.entry.object_name)

    @cached_property
    def address(self) -> str:
        """The object's page on the desk, if there is one."""
        return desk_address(self.entry.object_label, self.entry.object_key)

    @cached_property
    def changes(self) -> list[tuple[str, str, str]]:
        """What was changed: the field, its value before and after."""
        before, after = self.entry.before, self.entry.after
        columns = _columns(self.entry.object_label)
        return [
            (
                _named(columns.get(name), name),
                _told(columns.get(name), before.get(name)),
                _told(columns.get(name), after.get(name)),
            )
            for name in dict.fromkeys([*before, *after])
        ]


def lines(entries: Iterable[AuditEntry]) -> list[Line]:
    """Return the entries as lines."""
    acts, kinds = act_names(), object_names()
    return [
        Line(entry, acts.get(entry.verb, entry.verb), kinds.get(entry.object_label, entry.object_label))
        for entry in entries
    ]
