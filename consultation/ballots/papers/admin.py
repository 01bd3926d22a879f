"""Batches of paper votes on the desk: opened with a count, entered twice, accepted when the totals agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.forms import OneFileField
from communities.notices.models import Visibility
from consultation.ballots import operations
from consultation.ballots.forms import NumbersField
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.papers.batches import totals_of
from consultation.ballots.papers.models import PaperBatch
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


class BatchForm(forms.ModelForm[PaperBatch]):
    """What is known of a batch before its first sheet is entered."""

    photo_file = OneFileField(label=_("photo of the sign-in sheet"), required=False)

    class Meta:
        model = PaperBatch
        fields = ("ballot", "channel", "signed", "photo_file")

    controls: ClassVar = {"photo": "photo_file", "file": "photo_file"}

    def _post_clean(self) -> None:
        """Leave the row to the operation."""


class SignInForm(forms.Form):
    """The numbers on the roll of who took a paper."""

    numbers = NumbersField(
        label=_("numbers on the roll"), help_text=_("Of everybody who signed and took a paper; with commas or spaces.")
    )


class PileField(forms.CharField):
    """A pile of sheets: one line each, the numbers marked on it; a dash for an invalid paper."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """Return the marks of each sheet."""
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        numbers = NumbersField(required=False)
        return [[] if line in INVALID else numbers.to_python(line) for line in lines]

    def validate(self, value: Any) -> None:
        """Ask for at least one sheet."""
        if not value:
            raise ValidationError(self.error_messages["required"], code="required")


INVALID = ("-", "–", "—", "－")


class PileForm(forms.Form):
    """A pile as somebody reads it, sheet after sheet."""

    sheets = PileField(
        label=_("sheets"),
        help_text=_(
            "One line for each sheet in the order of the pile: the numbers marked on it, or - for an invalid paper."
        ),
    )


class FirstPileForm(PileForm):
    """The first entry, or a new one with its reason."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Where the pile is entered anew.")
    )


def _sign(row: PaperBatch, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.sign_in_batch(by=by, now=now, batch=row, numbers=data["numbers"])


def _enter(row: PaperBatch, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.enter_sheets(by=by, now=now, batch=row, sheets=data["sheets"], reason=data["reason"])


def _check(row: PaperBatch, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    operations.check_sheets(by=by, now=now, batch=row, sheets=data["sheets"])
    return str(_("Both entries of the pile agree."))


def _is_secret(row: PaperBatch) -> bool:
    return row.status == "OPEN" and row.ballot.is_secret


@admin.register(PaperBatch)
class PaperBatchAdmin(MovesAdmin):
    """Batches with their totals; the sheets of an open ballot are entered as paper votes that name the batch."""

    view_permission = add_permission = "consultation.enter_paper_vote"
    acts: ClassVar = {
        "consultation.paper_batch.opened": _("Batch opened"),
        "consultation.paper_batch.entered": _("Pile entered"),
        "consultation.paper_batch.checked": _("Pile checked by a second person"),
    }
    form = BatchForm
    list_display = ("number", "ballot", "channel", "signed", "status", "opened_at")
    list_filter = ("status",)
    list_select_related = ("ballot__division",)
    search_fields = ("ballot__question",)
    ordering = ("-id",)
    fields = (
        "ballot",
        "number",
        "channel",
        "signed",
        "totals",
        "status",
        "opened_by",
        "opened_at",
        "accepted_by",
        "accepted_at",
    )
    deeds = (
        Deed(
            "sign_in",
            _("Enter the sign-in sheet"),
            "consultation.enter_paper_vote",
            _sign,
            SignInForm,
            is_open=_is_secret,
        ),
        Deed("enter", _("Enter the pile"), "consultation.enter_paper_vote", _enter, FirstPileForm, is_open=_is_secret),
        Deed("check", _("Check the pile"), "consultation.enter_paper_vote", _check, PileForm, is_open=_is_secret),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else BatchForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    @admin.display(description=_("totals"))
    def totals(self, row: PaperBatch) -> str:
        """What must agree, three queries."""
        found = totals_of(row)
        words = _("%(signed)s signed, %(names)s names entered, %(sheets)s sheets entered, %(unchecked)s not checked")
        return str(words) % {
            "signed": found.signed,
            "names": found.names,
            "sheets": found.sheets,
            "unchecked": found.unchecked,
        }

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the ballots that take papers where the person works."""
        if db_field.name == "ballot":
            entries = RollEntry.objects.visible_to(request.user).values("ballot")
            running = (BallotStatus.OPEN, BallotStatus.CLOSED)
            kwargs["queryset"] = Ballot.objects.filter(status__in=running, pk__in=entries).order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> PaperBatch:
        """Open the batch, and store the photo of the sign-in sheet sealed; both or neither."""
        data, by, now = form.cleaned_data, acting_user(request), clock.now()
        file = data.get("photo_file")
        with transaction.atomic():
            photo = file and notices.store_attachment(
                by=by,
                now=now,
                division=data["ballot"].division,
                name=file.name,
                content=file.read(),
                visibility=Visibility.SEALED,
            )
            return operations.open_batch(
                by=by,
                now=now,
                ballot=data["ballot"],
                channel=data["channel"],
                signed=data["signed"],
                photo=photo or None,
            )

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> PaperBatch:
        """Make each move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "accept":
            return operations.accept_batch(by=by, now=now, batch=row)
        return operations.give_up_batch(by=by, now=now, batch=row, reason=data.get("reason", ""))
