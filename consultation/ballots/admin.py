"""The ballots room on the desk: preparing, freezing, counting; votes on paper; the roll. No vote and no result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Case, When
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from communities.notices import operations as notices
from communities.notices.models import Visibility
from consultation.ballots import operations
from consultation.ballots.forms import CHOICES_OF, BallotForm, CheckForm, PaperVoteForm, VoidForm
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, BallotMethod, RollEntry
from consultation.ballots.papers.models import PaperBatch, PaperVote
from consultation.ballots.papers.sheets import EntryElsewhere
from consultation.ballots.queries import turnout_of
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, Follow, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


USUAL_RULE = "council_default"
"""The rule that a ballot on a topic follows unless another is chosen (Basis: default of the council's rules)."""


def ballot_on(topic: Topic) -> dict[str, Any]:
    """Return what is known of a ballot on a topic: what is asked, and when its phase of voting runs."""
    phase = topic.phases.filter(kind=PhaseKind.VOTE).order_by("pk").last()
    window = {"opens_at": phase.opens_at.isoformat(), "closes_at": phase.closes_at.isoformat()} if phase else {}
    asked = {"question": topic.title, "rule_key": USUAL_RULE, "method": BallotMethod.SINGLE}
    return {"division": topic.division_id, "topic": topic.pk, **asked, **window}


def _remind(row: Ballot, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    del data
    told = operations.remind_voters(by=by, now=now, ballot=row)
    return ngettext("%(count)s person is reminded.", "%(count)s persons are reminded.", told) % {"count": told}


@admin.register(Ballot)
class BallotAdmin(MovesAdmin):
    """Ballots with their moves; the clock opens and closes them, the public page shows the result."""

    view_permission = "consultation.view_ballot"
    add_permission = "consultation.manage_ballot"
    acts: ClassVar = {
        "consultation.ballot.prepared": _("Ballot prepared"),
        "consultation.ballot.box_mixed": _("Box mixed and dropped"),
        "consultation.ballot.reminded": _("Who has not voted was reminded"),
    }
    form = BallotForm
    list_display = ("question", "division", "status", "opens_at", "closes_at", "entitled")
    list_filter = ("status", "method")
    list_select_related = ("division",)
    search_fields = ("question", "division__name")
    ordering = ("-id",)
    fields = (
        "question",
        "division",
        "topic",
        "rule",
        "method",
        "is_secret",
        "option_list",
        "most_choices",
        "roll_source",
        "body",
        "is_binding",
        "approved_method",
        "opens_at",
        "closes_at",
        "electorate_on",
        "turnout",
        "reminders",
        "reminded_at",
        "fingerprint",
        "notice",
        "status",
    )

    deeds = (
        Deed(
            "remind",
            _("Remind who has not voted"),
            "consultation.manage_ballot",
            _remind,
            is_open=lambda row: row.status == BallotStatus.OPEN,
        ),
    )
    follows = (
        Follow(
            "consultation.Topic",
            "consultation.Ballot",
            _("Prepare a ballot"),
            "consultation.manage_ballot",
            waiting=lambda rows: rows.filter(status=TopicStatus.DELIBERATED).exclude(
                ballots__in=Ballot.objects.exclude(status=BallotStatus.CANCELLED)
            ),
            given=ballot_on,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else BallotForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    @admin.display(description=_("options"))
    def option_list(self, row: Ballot) -> str:
        """The options, one query."""
        return "; ".join(f"{option.number}. {option.label_in(row.method)}" for option in row.options.all())

    @admin.display(description=_("turnout"))
    def turnout(self, row: Ballot) -> str:
        """How many have voted, one query."""
        found = turnout_of(row)
        return f"{found.cast} / {found.entitled}"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what lies in the places of the person's posts."""
        if db_field.name in CHOICES_OF:
            kwargs["queryset"] = CHOICES_OF[db_field.name](request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> Ballot:
        """Prepare the ballot."""
        return operations.prepare_ballot(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Ballot:
        """Make each move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "freeze":
            return operations.freeze_ballot(by=by, now=now, today=clock.today(), ballot=row)
        if name == "count":
            operations.count_ballot(by=by, now=now, ballot=row)
            return Ballot.objects.get(pk=row.pk)
        if name == "publish":
            return operations.publish_ballot(by=by, now=now, ballot=row)
        return operations.cancel_ballot(by=by, now=now, ballot=row, reason=data.get("reason", ""))


class HasVoted(admin.SimpleListFilter):
    """The reminders: who has not voted yet. How anybody voted is no filter."""

    title = _("has voted")
    parameter_name = "voted"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer yes and no."""
        return [("1", _("yes")), ("0", _("no, to be reminded"))]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Narrow the roll."""
        return queryset.filter(vote__isnull=self.value() == "0") if self.value() in {"0", "1"} else queryset


@admin.register(RollEntry)
class RollEntryAdmin(StaffAdmin):
    """The roll of a ballot, for the counter: whose number is which, and who has voted."""

    view_permission = "consultation.enter_paper_vote"
    acts: ClassVar = {"consultation.vote.cast": _("Vote cast")}
    list_display = ("number", "shown_name", "label", "ballot", "has_voted")
    list_filter = (("ballot", admin.RelatedOnlyFieldListFilter), HasVoted)
    list_select_related = ("ballot__division", "vote")
    search_fields = ("name", "label", "=number")
    ordering = ("-ballot", "number")
    fields = ("ballot", "number", "name", "label", "area", "has_voted")
    readonly_fields = fields

    @admin.display(description=pgettext_lazy("person", "name"), ordering="name")
    def shown_name(self, row: RollEntry) -> str:
        """The name, masked; in full on the entry itself, for who hands out its paper."""
        return row.masked_name

    @admin.display(description=_("has voted"), boolean=True)
    def has_voted(self, row: RollEntry) -> bool:
        """Whether a vote stands, by whatever channel."""
        return hasattr(row, "vote")


VOID = _("The sheet was declared void: this person has already voted.")


def _check(row: PaperVote, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    checked = operations.check_paper_vote(by=by, now=now, paper=row, choices=data["marks"])
    if checked.vote is None:
        return str(VOID)
    return str(_("Both entries agree. The vote has been cast."))


def _void(row: PaperVote, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.void_paper_vote(by=by, now=now, paper=row, reason=data["reason"])


def _waits(row: PaperVote) -> bool:
    return row.checked_at is None and row.voided_at is None


@admin.register(PaperVote)
class PaperVoteAdmin(StaffAdmin):
    """Votes on paper, entered twice; what was marked is never shown, so that the second entry is read from the sheet."""

    view_permission = add_permission = "consultation.enter_paper_vote"
    acts: ClassVar = {
        "consultation.paper_vote.entered": _("Sheet entered"),
        "consultation.paper_vote.checked": _("Sheet checked by a second person"),
        "consultation.paper_vote.voided": _("Sheet declared void"),
    }
    form = PaperVoteForm
    list_display = ("serial_number", "ballot", "roll_number", "entered_at", "checked_at", "voided_at")
    list_filter = (("checked_at", admin.EmptyFieldListFilter), ("voided_at", admin.EmptyFieldListFilter))
    list_select_related = ("ballot__division", "entry")
    search_fields = ("serial_number", "ballot__question")
    ordering = ("-id",)
    fields = (
        "ballot",
        "roll_number",
        "channel",
        "batch",
        "serial_number",
        "photo_link",
        "entered_by",
        "entered_at",
        "checked_by",
        "checked_at",
        "voided_at",
        "void_reason",
    )
    deeds = (
        Deed(
            "check",
            _("Check the sheet"),
            "consultation.enter_paper_vote",
            _check,
            form=CheckForm,
            is_open=_waits,
            other_than=lambda row: {row.entered_by_id},
            waiting=lambda rows: rows.filter(checked_at=None, voided_at=None),
        ),
        Deed(
            "void", _("Declare void"), "consultation.enter_paper_vote", _void, VoidForm, is_grave=True, is_open=_waits
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else PaperVoteForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists, but not the marks."""
        return self.fields if obj else ()

    @admin.display(description=_("number on the roll"))
    def roll_number(self, row: PaperVote) -> int:
        """The number of the person, joined."""
        return row.entry.number

    @admin.display(description=_("photo"))
    def photo_link(self, row: PaperVote) -> str:
        """Where the two who entered and checked the sheet look at its photo."""
        return format_html('<a href="{}">{}</a>', row.photo_url(), _("photo of the sheet")) if row.photo_id else "-"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the ballots that are open where the person works."""
        if db_field.name == "ballot":
            entries = RollEntry.objects.visible_to(request.user).values("ballot")
            running = (BallotStatus.OPEN, BallotStatus.CLOSED)
            found = Ballot.objects.filter(status__in=running, is_secret=False, pk__in=entries)
            found = found.annotate(order=Case(When(status=BallotStatus.OPEN, then=0), default=1)).order_by(
                "order", "-pk"
            )
            kwargs |= {"queryset": found, "initial": found.first()}
        if db_field.name == "batch":
            kwargs["queryset"] = PaperBatch.objects.visible_to(request.user).unsettled().order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: Any, request: HttpRequest) -> PaperVote:
        """Enter the sheet, and store its photo sealed; both or neither."""
        data = form.cleaned_data
        entry = RollEntry.objects.filter(ballot=data["ballot"], number=data["number"]).first()
        if entry is None:
            raise EntryElsewhere(field="number")
        by, now, file = acting_user(request), clock.now(), data.get("photo_file")
        with transaction.atomic():
            photo = file and notices.store_attachment(
                by=by,
                now=now,
                division=data["ballot"].division,
                name=file.name,
                content=file.read(),
                visibility=Visibility.SEALED,
            )
            paper = operations.enter_paper_vote(
                by=by,
                now=now,
                ballot=data["ballot"],
                entry=entry,
                serial_number=data["serial_number"],
                choices=data["marks"],
                photo=photo or None,
                channel=data["channel"],
                batch=data["batch"],
            )
        if paper.voided_at:
            messages.warning(request, VOID)
        return paper
