"""Elections on the desk: the election with its moves, its candidates, and those on its voter list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body, BodyKind
from consultation.ballots.rolls.lists import ListedVoter, VoterList
from consultation.conventions.elections import lifecycle as table
from consultation.conventions.elections import operations
from consultation.conventions.elections.deeds import ACTS, FORMS
from consultation.conventions.elections.forms import CandidateForm, ElectionForm, PostField, StrikeForm, VoterForm
from consultation.conventions.elections.lifecycle import ElectionStatus
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate, ElectionPost
from consultation.conventions.elections.operations import Nomination
from consultation.conventions.elections.policy import RULES
from consultation.conventions.elections.queries import list_figures
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest


def _deed(name: str, is_open: Any) -> Deed:
    act = ACTS[name]
    return Deed(name, act.label, table.RUN, act.run, form=FORMS.get(name), is_open=is_open)


def _post_line(post: ElectionPost) -> str:
    """Write a post with its seats and whoever stands for it."""
    kept = str(_("kept for women")) if post.for_women else ""
    names = ", ".join(one.name for one in post.candidates.all() if one.status in table.STANDS) or "–"
    return f"{' '.join(filter(None, (str(post.get_office_display()), str(post.seats), kept)))}: {names}"


@admin.register(CommitteeElection)
class CommitteeElectionAdmin(MovesAdmin):
    """Elections with their moves: planned, listed, nominated, voted, announced, filed, handed over."""

    view_permission = "consultation.view_committeeelection"
    add_permission = table.RUN
    form = ElectionForm
    list_display = ("body", "kind", "division", "status", "opens_at", "due")
    list_filter = ("status", "kind")
    list_select_related = ("body", "division")
    search_fields = ("body__name", "division__name")
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.election.planned": _("Election planned"),
        "consultation.election.rescheduled": _("Voting times changed"),
        "consultation.election.evaluated": _("Vote evaluated"),
        "consultation.election.called_again": _("Next vote called"),
        "consultation.election.ruling_late": _("Street told of a late ruling"),
        "consultation.voter_list.made": _("Voter list made"),
        "consultation.voter_list.posted": _("Voter list posted"),
    }
    asked = (*ElectionForm.Meta.fields, "has_chair", "deputies", "members", "women")
    fields = (
        "body",
        "kind",
        "division",
        "committee",
        "ordered_by",
        "opens_at",
        "closes_at",
        "status",
        "post_list",
        "voters",
        "women_needed",
        "earliest_on",
        "listed_at",
        "nominated_at",
        "voted_at",
        "announced_at",
        "notice",
        "elected_body",
        "term_from",
        "term_to",
        "filing_due_on",
        "filing_number",
        "filed_at",
        "hand_over_due_on",
        "hand_over_on",
        "hand_over_note",
        "ended_at",
        "end_reason",
    )
    deeds = (
        _deed("move_voting", lambda row: row.status == ElectionStatus.PREPARING),
        _deed("call_next", lambda row: row.status in {ElectionStatus.NOMINATED, ElectionStatus.VOTED}),
        Deed(
            "establish_again",
            _("Evaluate the further vote"),
            table.RUN,
            ACTS["establish"].run,
            is_open=lambda row: row.status == ElectionStatus.VOTED,
        ),
    )

    @admin.display(description=_("to be done by"))
    def due(self, row: CommitteeElection) -> dt.date | None:
        """The day by which the next step is to be taken."""
        return row.step_due_on

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else self.asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look at a row whom the list shows it (`visible_to`)."""
        del obj
        return request.user.has_perm(self.view_permission)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer committees that are elected, and committees that hold elections."""
        kinds = {"body": list(RULES), "committee": [BodyKind.ELECTION_COMMITTEE]}
        if db_field.name in kinds:
            kwargs["queryset"] = Body.objects.filter(kind__in=kinds[db_field.name]).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("posts to be elected"))
    def post_list(self, row: CommitteeElection) -> str:
        """The posts with their seats and candidates; one query."""
        return "；".join(_post_line(post) for post in row.posts.prefetch_related("candidates"))

    @admin.display(description=_("registered voters"))
    def voters(self, row: CommitteeElection) -> str:
        """The numbers of the voter list; one query."""
        figures = list_figures(row)
        if figures is None:
            return "–"
        return str(
            _("%(standing)s (posted %(posted)s, added %(added)s, struck %(struck)s)")
            % {
                "standing": figures.standing,
                "posted": figures.posted,
                "added": figures.added,
                "struck": figures.struck,
            }
        )

    def create(self, form: Any, request: HttpRequest) -> CommitteeElection:
        """Plan the election."""
        return operations.plan_election(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the moves need."""
        return FORMS.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> CommitteeElection:
        """Make each move by its operation."""
        form = FORMS.get(name)
        asked = {key: entered for key, entered in data.items() if form is not None and key in form().fields}
        return cast("CommitteeElection", ACTS[name].run(row, acting_user(request), clock.now(), asked))


@admin.register(ElectionCandidate)
class ElectionCandidateAdmin(MovesAdmin):
    """Candidates: nominated, reviewed by the street, withdrawn."""

    view_permission = "consultation.view_electioncandidate"
    add_permission = table.RUN
    form = CandidateForm
    list_display = ("name", "post", "election", "is_woman", "nominators", "status", "is_elected")
    list_filter = ("status", "post__office")
    list_select_related = ("election__body", "post")
    search_fields = ("name", "election__body__name")
    autocomplete_fields = ("resident",)
    ordering = ("-id",)
    acts: ClassVar = {"consultation.candidate.nominated": _("Nominated")}
    fields = (
        "election",
        "post",
        "number",
        "name",
        "is_woman",
        "nominators",
        "statement",
        "status",
        "refusal",
        "entered_at",
        "entered_by",
        "reviewed_at",
        "reviewed_by",
        "is_elected",
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else CandidateForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the posts for which somebody can be nominated now."""
        if db_field.name == "post":
            posts = ElectionPost.objects.filter(election__status=ElectionStatus.LISTED)
            kwargs["queryset"] = posts.select_related("election__body").order_by("election", "number")
            kwargs["form_class"] = PostField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("elected"), boolean=True)
    def is_elected(self, row: ElectionCandidate) -> bool:
        """Whether the votes elected them."""
        return row.elected_in_id is not None

    def create(self, form: Any, request: HttpRequest) -> ElectionCandidate:
        """Enter the nomination."""
        nomination = Nomination(**form.cleaned_data)
        return operations.nominate(
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            election=nomination.post.election,
            nomination=nomination,
        )

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> ElectionCandidate:
        """Make each move by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "clear":
            return operations.clear_candidate(by=by, now=now, candidate=row)
        end = operations.refuse_candidate if name == "refuse" else operations.withdraw_candidate
        return end(by=by, now=now, candidate=row, reason=data.get("reason", ""))


@admin.register(ListedVoter)
class ListedVoterAdmin(StaffAdmin):
    """Those on the voter lists of the places in which one works: added and struck on objections."""

    view_permission = "consultation.view_listedvoter"
    add_permission = table.RUN
    form = VoterForm
    list_display = ("resident", "voter_list", "ground", "reason", "struck_at", "strike_reason")
    list_filter = ("ground", ("struck_at", admin.EmptyFieldListFilter))
    list_select_related = ("resident", "voter_list__division")
    search_fields = ("resident__name",)
    autocomplete_fields = ("resident",)
    ordering = ("-id",)
    acts: ClassVar = {
        "consultation.voter_list.added": _("Voter added"),
        "consultation.voter_list.struck": _("Voter struck"),
    }
    fields = ("voter_list", "resident", "ground", "reason", "entered_at", "entered_by", "struck_at", "strike_reason")
    deeds = (
        Deed(
            "strike",
            _("Strike from the list"),
            table.RUN,
            lambda row, by, now, data: operations.strike_voter(
                by=by, now=now, election=row.voter_list.election, resident=row.resident, reason=data["reason"]
            ),
            form=StrikeForm,
            is_grave=True,
            is_open=lambda row: row.struck_at is None and row.voter_list.election.status == ElectionStatus.LISTED,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return self.fields if obj else VoterForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show everything of a row that exists."""
        return self.fields if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the lists that can be corrected now."""
        if db_field.name == "voter_list":
            lists = VoterList.objects.filter(election__status=ElectionStatus.LISTED)
            kwargs["queryset"] = lists.select_related("division").order_by("-pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows that the person sees."""
        return super().get_queryset(request).select_related("voter_list__election", "resident")

    def create(self, form: Any, request: HttpRequest) -> ListedVoter:
        """Add the voter."""
        data = form.cleaned_data
        return operations.add_voter(
            by=acting_user(request),
            now=clock.now(),
            election=data["voter_list"].election,
            resident=data["resident"],
            ground=data["ground"],
            reason=data["reason"],
        )
