"""What the sheets of an enterprise's lettings and books have in common: whose row it is, and one of two words.

On the desk a column names the enterprise; on the enterprise's own page it is known and the column may be left out.
Imported are all rows or none; a row that is there already stays as it is.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.models import Division
from communities.territory.spreadsheet import PlacedResource, cell_text
from funds.enterprises.models import CommunityEnterprise

EXACT = 10**15
"""Numbers from here on are not exact in a sheet."""
LONGEST_SHEET = 5000
"""Rows of one import: each goes through its operation."""
ENTERPRISE = gettext_lazy("enterprise")


class YesNo(models.TextChoices):
    """One of two words in a cell."""

    YES = "YES", gettext_lazy("yes")
    NO = "NO", gettext_lazy("no")


class EnterpriseSheet(PlacedResource):
    """One row of an enterprise a line. `import_data` needs `user` and `now`, and `enterprise` where it is known."""

    permission = ""
    place_columns = ("enterprise", "enterprise")

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Read the headings; a sheet that is too long is not read at all."""
        self.fixed: CommunityEnterprise | None = kwargs.get("enterprise")
        self.found: dict[str, CommunityEnterprise | None] = {}
        self.is_same = False
        if len(dataset) > LONGEST_SHEET:
            rows = len(dataset)
            dataset.wipe()
            text = _("The sheet has %(rows)s rows; at most %(limit)s are imported at once. Split it.")
            raise ValidationError(text % {"rows": rows, "limit": LONGEST_SHEET})
        # Of two imports at once, on whatever desk, the second begins when the first is through, and finds its rows.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [type(self).__name__])
        super().before_import(dataset, **kwargs)
        if self.fixed is None and "enterprise" not in dataset.headers:
            dataset.wipe()
            raise ValidationError(_("The sheet has no column: %(names)s.") % {"names": self.columns["enterprise"]})

    def _places(self) -> dict[tuple[str, str], list[Division]]:
        """Return nothing: an enterprise is found by its name or its code."""
        return {}

    def _place(self) -> Division:
        """Find the enterprise among those for which the person may enter rows."""
        text = self.values["enterprise"]
        if self.fixed is not None and text in {"", self.fixed.name, self.fixed.credit_code}:
            self.firm = self.fixed
        else:
            found = None if self.fixed is not None else self._named(text)
            if found is None:
                message = _("There is no enterprise “%(name)s” for which you may enter rows.") % {"name": text}
                raise ValidationError({"enterprise": self.named(message)})
            self.firm = found
        return self.firm.division

    def _named(self, text: str) -> CommunityEnterprise | None:
        if text not in self.found:
            rows = CommunityEnterprise.objects.visible_to(self.by).select_related("division__parent")
            same = [
                row
                for row in rows.filter(models.Q(name=text) | models.Q(credit_code=text))[:2]
                if self.by.has_perm(self.permission, row)
            ]
            self.found[text] = same[0] if len(same) == 1 else None
        return self.found[text]

    def _cell(self, key: str, value: Any) -> Any:
        """Read a number of a paper as its digits: long ones are never rounded quietly."""
        is_number = isinstance(value, int | float) and key.endswith("number")
        if is_number and (abs(value) >= EXACT or not cell_text(value).isdecimal()):
            raise ValidationError(
                _("“%(text)s” was rounded by the sheet. Format the column as text.") % {"text": value}
            )
        return super()._cell(key, value)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Pass over blank rows and those that are there already."""
        return self.is_blank or (self.is_same and not import_validation_errors)

    def settle(self, instance: Any, made: Any) -> None:
        """Let the library's row be the one that the operation has written."""
        instance.__dict__.update(made.__dict__)

    def _stay(self, instance: Any) -> None:
        """Allow it: a row is looked up within its enterprise."""
