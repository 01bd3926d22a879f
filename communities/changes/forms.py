"""Forms of the desk for changes of divisions: a draft as a table, the approval, the hand-over."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.changes.models import DivisionChange
from communities.changes.operations import Line, Successor
from communities.territory.codes import Code
from communities.territory.models import CodeSystem, Division, DivisionLevel
from governance.forms import offer_rows

COLUMNS = ("old", "key", "name", "level", "parent", "share", "goes_on", "code")
YES = {"1", "yes", "y", "true", "是"}
EXAMPLE = "old,key,name,level,parent,share,goes_on,code\n510302002008,a,新社区居民委员会,COMMUNITY,510302002000,1,,"


class DraftForm(forms.ModelForm[DivisionChange]):
    """A draft with its comparison table (对照表): one line per predecessor and successor.

    `old` is the predecessor's code in the list named; lines with the same `key` lead to the same successor; `parent` is
    a code of that list or the key of another successor, empty: as the predecessor's; `goes_on` says that the
    predecessor itself goes on as this successor.
    """

    system = forms.ChoiceField(label=gettext_lazy("list of the old codes"), choices=CodeSystem.choices)
    edition = forms.IntegerField(label=gettext_lazy("its edition (year)"))
    new_system = forms.ChoiceField(label=gettext_lazy("list of the new codes"), choices=CodeSystem.choices)
    new_edition = forms.IntegerField(label=gettext_lazy("its edition (year)"), required=False)
    table = forms.CharField(
        label=gettext_lazy("comparison table"),
        widget=forms.Textarea({"rows": 12, "placeholder": EXAMPLE}),
        help_text=gettext_lazy(
            "CSV with the head old,key,name,level,parent,share,goes_on,code; one line per predecessor and successor."
        ),
    )

    class Meta:
        model = DivisionChange
        fields: ClassVar = ["kind", "district", "reason", "effective_on"]

    def clean(self) -> dict[str, Any]:
        """Read the table into successors and lines."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "table" in data and "edition" in data:
            try:
                data["successors"], data["lines"] = read_table(
                    data["table"],
                    old=(data["system"], data["edition"]),
                    new=(data["new_system"], data.get("new_edition") or 0),
                )
            except forms.ValidationError as error:
                self.add_error("table", error)
        return data

    def _post_clean(self) -> None:
        """Leave the checks of the row to the operation."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the cells of a table may name: known divisions by code, keys of the table; and the list of new codes."""

    known: Mapping[str, Division]
    keys: frozenset[str]
    new: tuple[str, int]


def read_table(text: str, *, old: tuple[str, int], new: tuple[str, int]) -> tuple[list[Successor], list[Line]]:
    """Read a comparison table; `old` and `new` name the lists of the codes. Two queries.

    Raises:
        ValidationError: a line can't be read, with its number.
    """
    rows = list(csv.DictReader(text.strip().splitlines()))
    if not rows or "old" not in rows[0] or "key" not in rows[0]:
        raise forms.ValidationError(_("The first line must name the columns: %s") % ", ".join(COLUMNS))
    cells = [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in rows]
    codes = {row["old"] for row in cells} | {row["parent"] for row in cells}
    known = {
        code.code: division
        for division in Division.objects.filter(
            codes__system=old[0], codes__edition=old[1], codes__code__in=codes
        ).prefetch_related("codes")
        for code in division.codes.all()
        if (code.system, code.edition) == old
    }
    lists = _Lists(known, frozenset(row["key"] for row in cells), new)
    successors: dict[str, Successor] = {}
    lines: list[Line] = []
    for number, row in enumerate(cells, start=2):
        predecessor = known.get(row["old"])
        if predecessor is None:
            raise forms.ValidationError(
                _("Line %(line)d: no division has the code “%(code)s”.") % {"line": number, "code": row["old"]}
            )
        lines.append(Line(predecessor, row["key"], _share(row["share"], number)))
        if row["key"] not in successors or row["goes_on"].lower() in YES:
            successors[row["key"]] = _successor(row, predecessor, lists, number)
    return list(successors.values()), lines


def _share(text: str, number: int) -> Decimal:
    try:
        return Decimal(text or 1)
    except InvalidOperation:
        raise forms.ValidationError(
            _("Line %(line)d: “%(text)s” is no share.") % {"line": number, "text": text}
        ) from None


def _successor(row: Mapping[str, str], predecessor: Division, lists: _Lists, number: int) -> Successor:
    """Read what one line says of its successor."""
    level = row["level"] or predecessor.level
    if level not in DivisionLevel.values:
        raise forms.ValidationError(
            _("Line %(line)d: there is no level “%(level)s”.") % {"line": number, "level": level}
        )
    parent, parent_key = lists.known.get(row["parent"]), ""
    if row["parent"] in lists.keys:
        parent, parent_key = None, row["parent"]
    elif row["parent"] and parent is None:
        raise forms.ValidationError(
            _("Line %(line)d: no division has the code “%(code)s”.") % {"line": number, "code": row["parent"]}
        )
    goes_on = row["goes_on"].lower() in YES
    if not row["parent"] and not goes_on:
        parent = predecessor.parent
    return Successor(
        key=row["key"],
        name=row["name"] or predecessor.name,
        level=level,
        parent=parent,
        parent_key=parent_key,
        continues=predecessor if goes_on else None,
        code=Code(*lists.new, row["code"]) if row["code"] else None,
    )


class ApprovalForm(forms.Form):
    """The approval document, given outside of the system."""

    document_title = forms.CharField(label=gettext_lazy("approval document"), max_length=200)
    document_number = forms.CharField(label=gettext_lazy("document number"), max_length=100)


class HandOverForm(forms.Form):
    """Which kind of rows goes to which successor."""

    kind = forms.CharField(max_length=100, widget=forms.HiddenInput)
    successor = forms.ModelChoiceField(Division.objects.none(), required=False)

    def __init__(self, *args: Any, successors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, successor=successors)
