"""Questionnaires on the phone: answered with a log-in or by a slip; staff draw up, enter sheets and visits, read words."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division, Tier, inside
from consultation.matters.intake.guessing import count_miss, is_guessing
from consultation.matters.intake.queries import namesakes
from consultation.matters.surveys import operations
from consultation.matters.surveys.forms import (
    AnswersForm,
    FromWordsForm,
    MetForm,
    PaperForm,
    QuestionForm,
    SlipCodeForm,
    SlipsForm,
    StrikeForm,
    SurveyForm,
)
from consultation.matters.surveys.lifecycle import SurveyStatus
from consultation.matters.surveys.models import Survey, SurveyAnswer
from consultation.matters.surveys.policy import respondent_of, slip_code
from consultation.matters.surveys.queries import counts_so_far, result_of, words_of
from governance import lifecycle
from governance.accounts.adapters import client_address
from governance.accounts.queries import acting_user, system_actor
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import Refusals, RowForm, keyset_page, make_move, sent

if TYPE_CHECKING:
    from django.http import HttpRequest

SLIPS_ON_A_SHEET = 100
"""Slips that one page prints; further ones stand on the next."""


def _survey(request: HttpRequest, pk: int) -> Survey:
    return get_object_or_404(Survey.objects.visible_to(request.user).select_related("division"), pk=pk)


def _page(request: HttpRequest, row: Survey, name: str, more: dict[str, Any], *, is_bad: bool = False) -> HttpResponse:
    context = {"survey": row, "trail": list(Division.objects.ancestors(row.division)), **more}
    status = HTTPStatus.BAD_REQUEST if is_bad else HTTPStatus.OK
    return render(request, f"consultation/matters/surveys/{name}.html", context, status=status)


@require_safe
def survey_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the questionnaires of a place and of those below it, newest first; drafts to those who handle matters."""
    place = get_object_or_404(Division, pk=pk)
    rows = Survey.objects.visible_to(request.user).filter(inside(place))
    runs = place.tier == Tier.COMMUNITY and request.user.has_perm("consultation.run_survey", place)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": keyset_page(rows.exclude(status=SurveyStatus.DISCARDED).for_list(), request),
        "runs": runs,
    }
    return render(request, "consultation/matters/surveys/list.html", context)


class SurveyNew(RowForm):
    """The form by which the community draws up a questionnaire."""

    permission = "consultation.run_survey"
    title = gettext_lazy("Draw up a questionnaire")
    form_class = SurveyForm
    template_name = "consultation/matters/surveys/form.html"

    def find(self, request: HttpRequest, pk: int) -> Division:
        """Return the community."""
        del request
        return get_object_or_404(Division.objects.open(), pk=pk, tier=Tier.COMMUNITY)

    def done(self, form: Any) -> Any:
        """Draw it up."""
        by, now, today = acting_user(self.request), clock.now(), clock.today()
        place = {"division": self.row, "today": today}
        return self.attempt(form, operations.draft_survey, by=by, now=now, **place, **form.cleaned_data)


@require_safe
def survey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a questionnaire: to be answered while it is open, with its result afterwards."""
    return _detail(request, _survey(request, pk))


@dataclass(frozen=True, slots=True)
class Tried:
    """What was sent and refused, to be shown again."""

    answers: AnswersForm | None = None
    question: QuestionForm | None = None
    slips: SlipsForm | None = None


def _detail(request: HttpRequest, row: Survey, tried: Tried | None = None) -> HttpResponse:
    was = tried or Tried()
    user = request.user
    runs = user.has_perm("consultation.run_survey", row)
    is_asked = row.is_open and user.has_perm("consultation.answer_survey", row)
    has_answered = is_asked and _has_answered(row, f"user:{user.pk}")
    may_answer = is_asked and not has_answered
    is_draft = row.status == SurveyStatus.DRAFT
    questions = list(row.questions.all())
    more = {
        "questions": questions,
        "form": (was.answers or AnswersForm(questions=questions, may_open=True)) if may_answer else None,
        "is_asked": is_asked,
        "has_answered": has_answered,
        "runs": runs,
        "enters": row.is_open and user.has_perm("consultation.enter_survey_answer", row),
        "reads_words": not is_draft and user.has_perm("consultation.read_survey_words", row),
        "so_far": counts_so_far(row) if runs and not is_draft else None,
        "question_form": (was.question or QuestionForm(auto_id="question-%s")) if runs and is_draft else None,
        "slips_form": (was.slips or SlipsForm(auto_id="slips-%s")) if runs and row.is_open else None,
        "result": result_of(row, clock.today()),
        "offers": lifecycle.available(row, acting_user(request)) if runs else [],
    }
    return _page(request, row, "detail", more, is_bad=tried is not None)


def _has_answered(survey: Survey, who: str) -> bool:
    return survey.answers.filter(respondent=respondent_of(survey.pk, who), struck_at=None).exists()


@login_required
@require_POST
def survey_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an answer, or show the form again with what was typed and the reason."""
    row = _survey(request, pk)
    form = AnswersForm(request.POST, questions=row.questions.all(), may_open=True)
    if form.is_valid():
        answered = Refusals().attempt(
            form,
            operations.answer_survey,
            by=acting_user(request),
            now=clock.now(),
            today=clock.today(),
            survey=row,
            answers=form.answers(),
            as_matters=form.as_matters(),
        )
        if answered is not None:
            messages.success(request, _thanks(len(answered[1])))
            return redirect(row)
    return _detail(request, row, Tried(answers=form))


def _thanks(matters: int) -> str:
    said = _("Thank you, your answer is counted.")
    if not matters:
        return said
    more = ngettext("%(count)s matter was opened for you.", "%(count)s matters were opened for you.", matters)
    return f"{said} {more % {'count': matters}}"


@login_required
@require_POST
def survey_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Open, close or discard a questionnaire, write or drop a question, make slips."""
    row = _survey(request, pk)
    if not request.user.has_perm("consultation.run_survey", row):
        raise PermissionDenied
    by, now = acting_user(request), clock.now()
    tells = Refusals()
    if name == "write":
        form = QuestionForm(request.POST, auto_id="question-%s")
        told: dict[str, Any] = {"by": by, "now": now, "survey": row}
        if form.is_valid() and tells.attempt(form, operations.write_question, **told, question=form.given()):
            return redirect(row)
        return _detail(request, row, Tried(question=form))
    if name == "make-slips":
        slips = SlipsForm(request.POST, auto_id="slips-%s")
        if slips.is_valid():
            made = tells.attempt(slips, operations.issue_slips, by=by, now=now, survey=row, **slips.cleaned_data)
            if made is not None:
                return redirect(f"{reverse('consultation:survey-slips', args=[row.pk])}?from={made.start}")
        return _detail(request, row, Tried(slips=slips))
    if name in {"close", "discard"}:
        return make_move(request, row, name)
    try:
        if name == "open":
            operations.open_survey(by=by, now=now, today=clock.today(), survey=row)
        elif name == "drop" and request.POST.get("number", "").isdecimal():
            operations.drop_question(by=by, now=now, survey=row, number=int(request.POST["number"]))
        else:
            raise Http404
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(row)


@login_required
@require_safe
def survey_slips(request: HttpRequest, pk: int) -> HttpResponse:
    """Print slips and the sheet of questions that goes with them."""
    row = _survey(request, pk)
    if not request.user.has_perm("consultation.run_survey", row):
        raise PermissionDenied
    asked = request.GET.get("from", "1")
    first = min(max(int(asked) if asked.isdecimal() and len(asked) < SLIPS_ON_A_SHEET else 1, 1), max(row.slips, 1))
    numbers = range(first, min(row.slips, first + SLIPS_ON_A_SHEET - 1) + 1)
    site = str(settings.SITE_URL).rstrip("/")
    slips = [(number, code, site + _slip_url(row, number, code)) for number, code in _codes(row, numbers)]
    following = numbers.stop if slips and numbers.stop <= row.slips else None
    more = {
        "slips": slips,
        "following": following,
        "questions": list(row.questions.all()),
        "site": site + reverse("consultation:survey-code", args=[row.pk]),
    }
    answer = _page(request, row, "slips", more)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _codes(survey: Survey, numbers: range) -> list[tuple[int, str]]:
    return [(number, slip_code(survey.pk, number)) for number in numbers]


def _slip_url(survey: Survey, number: int, code: str) -> str:
    return reverse("consultation:survey-by-slip", args=[survey.pk, number, code])


@require_http_methods(["GET", "HEAD", "POST"])
def survey_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the number and the code of a slip and lead to the questions."""
    row = _survey(request, pk)
    form = SlipCodeForm(sent(request))
    if request.method == "POST" and form.is_valid():
        number, code = form.cleaned_data["number"], form.cleaned_data["code"]
        if not is_guessing(client_address(request)) and row.has_slip(number, code):
            return redirect(_slip_url(row, number, slip_code(row.pk, number)))
        count_miss(client_address(request))
        form.add_error("code", str(operations.SlipUnknown()))
    return _page(request, row, "code", {"form": form}, is_bad=form.is_bound)


@require_http_methods(["GET", "HEAD", "POST"])
def survey_by_slip(request: HttpRequest, pk: int, number: int, code: str) -> HttpResponse:
    """Let whoever holds a slip answer, once, without a log-in and without a name."""
    row = _survey(request, pk)
    if is_guessing(client_address(request)) or not row.has_slip(number, code):
        count_miss(client_address(request))
        form = SlipCodeForm({"number": number, "code": code})
        form.add_error("code", str(operations.SlipUnknown()))
        return _page(request, row, "code", {"form": form}, is_bad=True)
    has_answered = _has_answered(row, f"slip:{number}")
    questions = list(row.questions.all())
    form_sent = AnswersForm(sent(request), questions=questions)
    if request.method == "POST" and form_sent.is_valid():
        told = {"by": system_actor(), "now": clock.now(), "today": clock.today(), "survey": row}
        if Refusals().attempt(
            form_sent, operations.answer_by_slip, **told, number=number, code=code, answers=form_sent.answers()
        ):
            return redirect(request.path)
    may_answer = row.is_open and not has_answered
    more = {"form": form_sent if may_answer else None, "has_answered": has_answered, "number": number}
    shown = _page(request, row, "by_slip", more, is_bad=form_sent.is_bound)
    shown["Cache-Control"], shown["Referrer-Policy"] = "private, no-store", "same-origin"
    return shown


class SurveyEntry(LoginRequiredMixin, Refusals, View):
    """What came back on paper, or was filled in together on a visit, is entered."""

    is_visit = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let those in who record for others."""
        if request.user.is_authenticated:
            self.row = _survey(request, kwargs["pk"])
            if not request.user.has_perm("consultation.enter_survey_answer", self.row):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the form."""
        del pk
        return self._shown(request, self._form())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enter it and ask for the next sheet, or show it again with the reason."""
        del pk
        form = self._form(request.POST)
        if form.is_valid() and self._done(request, form):
            return redirect(request.path)
        return self._shown(request, form, is_bad=True)

    def _form(self, data: Any = None) -> Any:
        questions = self.row.questions.all()
        if not self.is_visit:
            return PaperForm(data, questions=questions)
        known = namesakes(self.row.division, data.get("raised_for", "")) if data else []
        return MetForm(data, questions=questions, namesakes=known)

    def _done(self, request: HttpRequest, form: Any) -> bool:
        told = {"by": acting_user(request), "now": clock.now(), "today": clock.today(), "survey": self.row}
        if not self.is_visit:
            number = form.cleaned_data["number"]
            if not self.attempt(form, operations.enter_paper, **told, number=number, answers=form.answers()):
                return False
            messages.success(request, _("Slip %(number)s is entered. Here is the next one.") % {"number": number})
            return True
        given = {"met": form.met(), "answers": form.answers(), "as_matters": form.as_matters()}
        made = self.attempt(form, operations.enter_visit, **told, **given)
        if made is None:
            return False
        messages.success(request, _("The visit is entered."))
        for matter, _slip in made[1]:
            said = _("The slip of %(number)s is printed from the page of the matter.") % {"number": matter.number}
            messages.info(request, said)
        return True

    def _shown(self, request: HttpRequest, form: Any, *, is_bad: bool = False) -> HttpResponse:
        return _page(request, self.row, "enter", {"form": form, "is_visit": self.is_visit}, is_bad=is_bad)


@login_required
@require_safe
def survey_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was written, the newest first, to those who handle matters: each can become one."""
    return _words(request, _survey(request, pk))


def _words(request: HttpRequest, row: Survey, tried: tuple[str, Any] | None = None) -> HttpResponse:
    if not request.user.has_perm("consultation.read_survey_words", row):
        raise PermissionDenied
    page = keyset_page(row.answers.filter(struck_at=None), request)
    shown = []
    for words in words_of(row, page.rows):
        key = f"{words.answer.pk}-{words.question.number}"
        form = tried[1] if tried and tried[0] == key else FromWordsForm(auto_id=f"words-{key}-%s")
        shown.append((words, form, bool(tried and tried[0] == key)))
    strikes = row.is_open and request.user.has_perm("consultation.strike_survey_answer", row)
    more = {
        "page": page,
        "words": shown,
        "entered": [one for one in page.rows if one.entered_by_id] if strikes else [],
    }
    return _page(request, row, "words", more, is_bad=tried is not None)


@login_required
@require_POST
def survey_answer_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Make a matter of what somebody wrote, or strike an answer out."""
    rows = SurveyAnswer.objects.select_related("survey__division")
    answer = get_object_or_404(rows.filter(survey__in=Survey.objects.visible_to(request.user)), pk=pk)
    told: dict[str, Any] = {"by": acting_user(request), "now": clock.now(), "answer": answer}
    back = reverse("consultation:survey-words", args=[answer.survey_id])
    if name == "strike":
        form = StrikeForm(request.POST)
        try:
            operations.strike_answer(**told, reason=form.cleaned_data["reason"] if form.is_valid() else "")
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return redirect(back)
    if name != "matter" or not request.POST.get("number", "").isdecimal():
        raise Http404
    number = int(request.POST["number"])
    key = f"{answer.pk}-{number}"
    words = FromWordsForm(request.POST, auto_id=f"words-{key}-%s")
    if words.is_valid():
        made = Refusals().attempt(words, operations.raise_from_words, **told, number=number, **words.cleaned_data)
        if made is not None:
            return redirect("consultation:matter-slip", pk=made[0].pk)
    return _words(request, answer.survey, (key, words))
