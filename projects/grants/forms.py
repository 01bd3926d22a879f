"""The forms of grant rounds: what is typed on their pages and on the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division, Tier
from consultation.matters.forms import LinesField
from funds.charity.models import CommunityFund
from funds.support.models import FundingSource
from governance.accounts.models import User
from governance.calendar import clock
from governance.forms import STARS, ToOperation, choice_named, offer_choices, offer_rows, parts_of, words_of
from governance.money import NotAnAmount, format_yuan, parse_yuan
from projects.grants.models import GrantApplication, GrantExpert, GrantRound, PanelSeat, Programme, ScoreSheet
from projects.grants.operations import Terms
from projects.grants.policy import LONGEST_ANSWER, LONGEST_TEXT, MOST_MATCHING, LineKind, Question
from projects.grants.reviewing import LONGEST_COMMENT, applicants_of, pool_of
from projects.grants.submitting import Line, Plan
from socialorgs.register.models import OrganizationType, SocialOrganization, Standing

DAY = {"type": "date"}
MOST_SEATS = 99


class DayField(forms.DateField):
    """A day, chosen with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs)


class YuanText(forms.CharField):
    """An amount as people type it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Read it, nothing as nothing."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal)) from refusal


class ReasonForm(forms.Form):
    """Why something is turned down."""

    reason = LinesField(label=_("Reason"), rows=3, max_length=2000)


# --- Rounds


class RoundForm(ToOperation):
    """What is entered of a round: scoring table, form and classes as lines."""

    controls: ClassVar = {
        "lanes": "class_lines",
        "filed_lanes": "filed_class_lines",
        "criteria": "criterion_lines",
        "questions": "question_lines",
    }

    cap = YuanText(label=_("at most for one project"))
    matching_percent = forms.IntegerField(
        label=_("matching share: percent of the grant that the applicant and partners pay beside it at least"),
        required=False,
        min_value=0,
        max_value=MOST_MATCHING,
        help_text=_("Empty: none is asked for."),
    )
    opens_on = DayField(label=_("applications from"))
    closes_on = DayField(label=_("applications until"))
    class_lines = LinesField(
        label=_("classes of projects"),
        required=False,
        max_length=LONGEST_TEXT,
        rows=4,
        help_text=_("One on each line; empty: those of the rules of the place."),
    )
    filed_class_lines = LinesField(
        label=_("classes for filed groups alone"),
        required=False,
        max_length=LONGEST_TEXT,
        rows=2,
        help_text=_(
            "One on each line; filed groups then compete in these, registered organizations in the others. Empty: together."
        ),
    )
    criterion_lines = LinesField(
        label=_("scoring table"),
        max_length=LONGEST_TEXT,
        rows=4,
        help_text=_("Points, then the criterion, one on each line, such as 40 need and feasibility. Together 100."),
    )
    question_lines = LinesField(
        label=_("questions of the form"),
        required=False,
        max_length=LONGEST_TEXT,
        rows=4,
        help_text=_(
            "One on each line; * before it: must be answered; answers to choose from after |, such as * Paid elsewhere? | yes | no"
        ),
    )

    class Meta:
        model = GrantRound
        fields: ClassVar[list[str]] = [
            "kind",
            "title",
            "division",
            "programme",
            "edition",
            "guide",
            "cap",
            "places",
            "matching_percent",
            "pass_score",
            "takes_filed",
            "has_defence",
            "opens_on",
            "closes_on",
            "contact",
        ]

    def clean_matching_percent(self) -> int:
        """Take nothing as none."""
        return self.cleaned_data["matching_percent"] or 0

    def clean_class_lines(self) -> list[str]:
        """Read the lines."""
        return [line.strip() for line in self.cleaned_data["class_lines"].splitlines() if line.strip()]

    def clean_filed_class_lines(self) -> list[str]:
        """Read the lines."""
        return [line.strip() for line in self.cleaned_data["filed_class_lines"].splitlines() if line.strip()]

    def clean_criterion_lines(self) -> list[tuple[str, int]]:
        """Read the lines."""
        found = []
        for line in self.cleaned_data["criterion_lines"].splitlines():
            points, _blank, title = line.strip().partition(" ")
            if not line.strip():
                continue
            if not points.isdecimal() or not title.strip():
                raise ValidationError(_("“%(line)s” does not begin with points."), params={"line": line})
            found.append((title.strip(), int(points)))
        return found

    def clean_question_lines(self) -> list[Question]:
        """Read the lines."""
        found: list[Question] = []
        for line in self.cleaned_data["question_lines"].splitlines():
            text, *options = parts_of(line)
            if not text:
                continue
            kind = "ONE" if options else "WORDS"
            asked = text.lstrip("".join(STARS)).strip()
            found.append(Question(len(found) + 1, asked, kind, tuple(options), is_required=text.startswith(STARS)))
        return found

    def terms(self) -> Terms:
        """Return it as `draft_round` takes it."""
        named = {control: name for name, control in self.controls.items()}
        return Terms(**{named.get(name, name): value for name, value in self.cleaned_data.items()})


class FundingForm(forms.Form):
    """A source of money: one of the three."""

    budget_line = forms.ChoiceField(label=_("budget line"), required=False, choices=[("", "—"), *FundingSource.choices])
    fund = forms.ModelChoiceField(CommunityFund.objects.none(), label=_("fund"), required=False)
    foundation = forms.ModelChoiceField(SocialOrganization.objects.none(), label=_("foundation"), required=False)
    amount = YuanText(label=_("amount"))

    def __init__(self, *args: Any, row: GrantRound, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(
            self,
            fund=CommunityFund.objects.filter(division__path__startswith=row.division.path).order_by("name", "pk"),
            foundation=SocialOrganization.objects.filter(organization_type=OrganizationType.FOUNDATION).order_by(
                "name", "pk"
            ),
        )


class RepeatForm(forms.Form):
    """When the next edition of a round takes applications."""

    title = forms.CharField(label=_("title"), max_length=100)
    opens_on = DayField(label=_("applications from"))
    closes_on = DayField(label=_("applications until"))


class DrawForm(forms.Form):
    """How many experts are drawn, and the word that was called out."""

    seats = forms.IntegerField(label=_("Experts"), min_value=1, max_value=MOST_SEATS)
    word = forms.CharField(
        label=_("Word"),
        max_length=40,
        help_text=_("Called out before everybody at the draw. From it and the list anybody can draw again."),
    )


class SeatForm(forms.Form):
    """An expert who is seated by name."""

    expert = forms.ModelChoiceField(User.objects.none(), label=_("Expert"))

    def __init__(self, *args: Any, row: GrantRound, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = pool_of(row, clock.today()).values("user")
        offer_rows(self, expert=User.objects.filter(pk__in=people).order_by("display_name", "pk"))


class ProgrammeForm(ToOperation):
    """What is entered of a programme."""

    started_on = DayField(label=_("since"))

    class Meta:
        model = Programme
        fields: ClassVar[list[str]] = ["name", "division", "purpose", "started_on"]


class ExpertForm(ToOperation):
    """What is entered of an expert."""

    class Meta:
        model = GrantExpert
        fields: ClassVar[list[str]] = ["division", "user", "field", "employer"]


# --- Applications


class StartForm(forms.Form):
    """For which organization an application is begun."""

    organization = forms.ModelChoiceField(SocialOrganization.objects.none(), label=_("organization"), empty_label=None)

    def __init__(self, *args: Any, organizations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, organization=organizations)


class CopyForm(forms.Form):
    """To which round an application is copied."""

    round_ = forms.ModelChoiceField(GrantRound.objects.none(), label=_("grant round"), empty_label=None)

    def __init__(self, *args: Any, rounds: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, round_=rounds)


class PlanForm(forms.Form):
    """What an applicant writes: everything but the title may stay open in a draft."""

    controls: ClassVar[dict[str, str]] = {}

    title = forms.CharField(label=_("title"), max_length=100)
    lane = forms.ChoiceField(label=_("class of project"), required=False)
    summary = forms.CharField(label=_("in short"), max_length=300, required=False)
    plan = LinesField(label=_("plan"), max_length=LONGEST_TEXT, rows=8, required=False)
    team = LinesField(
        label=pgettext_lazy("grant application", "team"),
        max_length=LONGEST_TEXT,
        rows=3,
        required=False,
        help_text=_("Experts read it without knowing who applies: no names of people or organizations, no numbers."),
    )
    beneficiaries = forms.CharField(label=_("whom it serves"), max_length=200, required=False)
    division = forms.ModelChoiceField(Division.objects.none(), label=_("landing community"), required=False)
    starts_on = DayField(label=_("starts on"), required=False)
    ends_on = DayField(label=_("ends on"), required=False)
    lines = LinesField(
        label=_("budget"),
        max_length=LONGEST_TEXT,
        rows=5,
        required=False,
        help_text=format_lazy(
            _("One line each: amount, kind, purpose, such as 3000 personnel social workers. Kinds: {}."),
            words_of(LineKind),
        ),
    )
    own_amount = YuanText(label=_("paid by the organization itself"), required=False)
    partner = forms.CharField(
        label=_("matching partner"),
        max_length=120,
        required=False,
        help_text=_("An enterprise, foundation or unit that pays a part beside the grant; no private person's name."),
    )
    partner_amount = YuanText(label=_("paid by the matching partner"), required=False)
    credit_code = forms.CharField(
        label=_("credit code of the body that answers"),
        max_length=40,
        required=False,
        help_text=_("Only for filed groups: the registered body that answers for the group and takes the money."),
    )

    def __init__(self, *args: Any, round_: GrantRound, row: GrantApplication | None = None, **kwargs: Any) -> None:
        if row is not None:
            kwargs["initial"] = _initial(row)
        super().__init__(*args, **kwargs)
        self.round = round_
        offer_choices(self, lane=_lanes_offered(round_, row))
        if round_.matching_percent:
            self.fields["own_amount"].help_text = _(
                "With the partner's at least %(percent)s %% of what is asked for: the call says so."
            ) % {"percent": round_.matching_percent}
        places = Division.objects.filter(tier=Tier.COMMUNITY, path__startswith=round_.division.path)
        offer_rows(self, division=places.open().order_by("name", "pk"))
        for asked in round_.form:
            self.fields[f"question_{asked.number}"] = _field_of(asked)

    def clean_lines(self) -> list[Line]:
        """Read the lines of the budget."""
        found = []
        for line in self.cleaned_data["lines"].splitlines():
            amount, _blank, rest = " ".join(line.split()).partition(" ")
            kind_text, _blank, title = rest.partition(" ")
            if not amount:
                continue
            kind = choice_named(LineKind, kind_text)
            try:
                asked = parse_yuan(amount)
            except NotAnAmount as refusal:
                raise ValidationError(str(refusal)) from refusal
            if not kind or not title:
                raise ValidationError(_("“%(line)s” is not an amount, a kind and a purpose."), params={"line": line})
            found.append(Line(kind, title, asked))
        return found

    def as_plan(self) -> Plan:
        """Return it as the operations take it."""
        data = dict(self.cleaned_data)
        answers = {str(one.number): data.pop(f"question_{one.number}") for one in self.round.form}
        for name in ("own_amount", "partner_amount"):
            data[name] = data[name] or Decimal(0)
        return Plan(**data, answers={key: value for key, value in answers.items() if value not in (None, "", [])})


def _lanes_offered(round_: GrantRound, row: GrantApplication | None) -> list[Any]:
    """Return the classes to choose from: of an application that was begun, those open to its organization."""
    none = [("", "—")]
    if row is not None:
        own = round_.lanes_of(is_filed=row.organization.standing == Standing.FILED)
        return none + [(lane, lane) for lane in own]
    if not round_.filed_lanes:
        return none + [(lane, lane) for lane in round_.lanes]
    grouped = ((_("for registered organizations"), round_.open_lanes), (_("for filed groups"), round_.filed_lanes))
    return none + [(label, [(lane, lane) for lane in lanes]) for label, lanes in grouped if lanes]


def _initial(row: GrantApplication) -> dict[str, Any]:
    names = ("title", "lane", "summary", "plan", "team", "beneficiaries", "division", "starts_on", "ends_on")
    found = {name: getattr(row, name) for name in (*names, "own_amount", "partner", "partner_amount", "credit_code")}
    lines = [f"{line.asked} {line.get_kind_display()} {line.title}" for line in row.lines.all()]
    answers = {f"question_{number}": answer for number, answer in row.answers.items()}
    return {**found, "lines": "\n".join(lines), **answers}


def _field_of(asked: Question) -> forms.Field:
    label = f"{asked.number}. {asked.text}"
    help_text = _("Needed when it is submitted.") if asked.is_required else ""
    if asked.kind == "WORDS":
        return LinesField(label=label, required=False, rows=3, max_length=LONGEST_ANSWER, help_text=help_text)
    pairs = list(enumerate(asked.options, start=1))
    if asked.kind == "SEVERAL":
        return forms.TypedMultipleChoiceField(
            label=label,
            choices=pairs,
            coerce=int,
            required=False,
            help_text=help_text,
            widget=forms.CheckboxSelectMultiple,
        )
    return forms.TypedChoiceField(
        label=label,
        choices=pairs,
        coerce=int,
        required=False,
        empty_value=None,
        help_text=help_text,
        widget=forms.RadioSelect,
    )


class OptimiseForm(forms.Form):
    """The lines of a budget, each at most what it stands at, and why."""

    def __init__(self, *args: Any, row: GrantApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(row.lines.all())
        for line in self.lines:
            self.fields[f"line_{line.number}"] = YuanText(
                label=f"{line.number}. {line.get_kind_display()} · {line.title}",
                initial=str(line.granted),
                help_text=_("At most %(amount)s yuan.") % {"amount": format_yuan(line.granted)},
            )
        self.fields["reason"] = LinesField(label=_("What the experts advised"), rows=3, max_length=2000)

    def clean(self) -> dict[str, Any]:
        """Gather the amounts by line."""
        data = super().clean() or {}
        granted = {line.number: data.pop(f"line_{line.number}", None) for line in self.lines}
        return {**data, "granted": {number: amount for number, amount in granted.items() if amount is not None}}


class DefenceForm(forms.Form):
    """How a project was presented."""

    held_on = DayField(label=pgettext_lazy("review", "held on"), initial=clock.today)
    place = forms.CharField(label=_("place"), max_length=120)
    presenters = forms.IntegerField(label=_("people who presented"), min_value=1, max_value=MOST_SEATS)
    record = LinesField(label=_("questions and answers"), max_length=LONGEST_TEXT, rows=5)


class OneExpertForm(forms.Form):
    """One more expert for an application."""

    expert = forms.ModelChoiceField(User.objects.none(), label=_("Expert"))

    def __init__(self, *args: Any, row: GrantApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seated = row.round.seats.filter(declared_at__isnull=False).exclude(expert__in=row.sheets.values("expert"))
        offer_rows(self, expert=User.objects.filter(pk__in=seated.values("expert")).order_by("display_name", "pk"))


# --- Experts


class TiesForm(forms.Form):
    """To which of those who have applied an expert is tied."""

    organizations = forms.ModelMultipleChoiceField(
        SocialOrganization.objects.none(),
        label=_("I am tied to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Worked there, was paid by it, family or household, contracts, posts. Nothing ticked: to none."),
    )

    def __init__(self, *args: Any, row: PanelSeat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        applied = [one.pk for one in applicants_of(row.round)]
        offer_rows(self, organizations=SocialOrganization.objects.filter(pk__in=applied).order_by("name", "pk"))


class ScoreForm(forms.Form):
    """The points by criterion, and an opinion."""

    def __init__(self, *args: Any, row: ScoreSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = row.application.round.table
        for one in self.table:
            self.fields[f"criterion_{one.number}"] = forms.IntegerField(
                label=one.title,
                min_value=0,
                max_value=one.most,
                help_text=_("0 to %(most)s points") % {"most": one.most},
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        self.fields["comment"] = LinesField(
            label=_("Opinion"),
            required=False,
            rows=4,
            max_length=LONGEST_COMMENT,
            help_text=_("The applicant reads it after the results are publicised, without your name."),
        )

    def clean(self) -> dict[str, Any]:
        """Gather the points by criterion."""
        data = super().clean() or {}
        marks = {str(one.number): data.get(f"criterion_{one.number}") for one in self.table}
        return {"marks": marks, "comment": data.get("comment", "")}
