"""Questionnaires drawn up, opened, answered on the pages, on paper and on visits, counted; matters that come of them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Tier
from consultation.matters import operations as matters_room
from consultation.matters.intake import operations as intake
from consultation.matters.intake.models import NeedField, VisitKind
from consultation.matters.intake.operations import ChoiceUnknown
from consultation.matters.intake.recording import Origin
from consultation.matters.models import MatterChannel
from consultation.matters.operations import PlaceTakesNoMatters
from consultation.matters.policy import LONGEST_TITLE as LONGEST_MATTER_TITLE
from consultation.matters.policy import fitting
from consultation.matters.surveys.lifecycle import SurveyStatus
from consultation.matters.surveys.models import (
    AnswerSource,
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyMatter,
    SurveyQuestion,
)
from consultation.matters.surveys.policy import (
    FEWEST_OPTIONS,
    LONGEST_OPTION,
    LONGEST_PURPOSE,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    MOST_SLIPS,
    fitting_answers,
    respondent_of,
)
from governance import lifecycle
from governance.accounts.queries import require, system_actor
from governance.audit import operations as audit
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing

if TYPE_CHECKING:
    import datetime as dt

    from communities.people.models import Resident
    from communities.territory.models import Division
    from consultation.matters.intake.models import MatterSlip, Visit
    from consultation.matters.models import Matter
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

LONGEST_REASON = 300


class DayIsOver(Invalid):
    """A questionnaire is answered until a day that has not passed."""

    code = "survey_day_is_over"
    message = _("Choose a day from today on.")


class QuestionsFixed(NotNow):
    """The questions of a questionnaire are written before it opens."""

    code = "questions_fixed"
    message = _("The questions are fixed once the questionnaire is open.")


class OptionsDoNotFit(Invalid):
    """What is chosen from is offered."""

    code = "options_do_not_fit"
    message = _("Offer from %(fewest)s to %(most)s different answers to choose from, one on each line.")


class TooManyQuestions(Invalid):
    """Nobody fills in a book."""

    code = "too_many_questions"
    message = _("A questionnaire asks at most %(limit)s questions.")


class QuestionUnknown(Invalid):
    """The questionnaire does not ask this."""

    code = "question_unknown"
    message = _("The questionnaire has no such question, or nothing was written there.")


class SurveyTakesNoAnswers(NotNow):
    """Answers are taken while it is open."""

    code = "survey_takes_no_answers"
    message = _("This questionnaire takes no answers now.")


class NotAsked(NotAllowed):
    """A questionnaire asks the people of its place."""

    code = "not_asked"
    message = _("This questionnaire asks the residents of %(place)s.")


class AnsweredBefore(Conflict):
    """Everybody answers once."""

    code = "answered_before"
    message = _("An answer from this person or of this slip has been counted already.")


class SlipUnknown(NotAllowed):
    """No slip of this number and code was made."""

    code = "survey_slip_unknown"
    message = _("There is no slip with this number and code. Please look at the slip again.")


class TooManySlips(Invalid):
    """Slips are made for those who are asked."""

    code = "too_many_survey_slips"
    message = _("At most %(limit)s slips can be made for one questionnaire.")


class NothingAnswered(Invalid):
    """An empty sheet is no answer."""

    code = "nothing_answered"
    message = _("Please answer at least one question.")


class StruckBefore(NotNow):
    """An answer is struck out once, before the result is published."""

    code = "struck_before"
    message = _("This answer counts no longer, or the result has been published.")


class WordsTaken(Conflict):
    """Words become a matter once."""

    code = "words_taken"
    message = _("A matter has been made of these words already.")


@dataclass(frozen=True, slots=True)
class Question:
    """What a question asks and offers."""

    text: str
    kind: str
    options: Sequence[str] = ()
    is_required: bool = False
    need_field: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """Whom somebody met who fills a questionnaire in together with them."""

    name: str
    address: str = ""
    contact: str = ""
    resident: Resident | None = None
    companion: str = ""


def draft_survey(
    *, by: User, now: dt.datetime, today: dt.date, division: Division, title: str, purpose: str, closes_on: dt.date
) -> Survey:
    """Draw up a questionnaire of a community; its questions are written next.

    Raises:
        NotAllowed, PlaceTakesNoMatters: not by this person, not here.
        WordsMissing, WordsTooLong, PersonalNumbersFound, DayIsOver: it does not fit.
    Basis: report S2: visits, visits to households and questionnaires.
    """
    require(by, "consultation.run_survey", division)
    if division.tier != Tier.COMMUNITY or not division.is_open:
        raise PlaceTakesNoMatters(field="division", place=division)
    if closes_on < today:
        raise DayIsOver(field="closes_on")
    survey = Survey(
        division=division,
        title=fitting("title", title, LONGEST_TITLE),
        purpose=fitting("purpose", purpose, LONGEST_PURPOSE),
        closes_on=closes_on,
        drafted_at=now,
        drafted_by=by,
    )
    refuse_personal_numbers(title=survey.title, purpose=survey.purpose)
    with transaction.atomic():
        survey.full_clean()
        survey.save()
        audit.record(by=by, verb="consultation.survey.drafted", row=survey, now=now, after={"division": division.pk})
    return survey


def _locked(survey: Survey) -> Survey:
    return Survey.objects.select_for_update(of=("self",)).select_related("division").get(pk=survey.pk)


def write_question(*, by: User, now: dt.datetime, survey: Survey, question: Question) -> SurveyQuestion:
    """Add a question to a draft.

    Raises:
        NotAllowed, QuestionsFixed, TooManyQuestions: not by this person, not now, no more.
        WordsMissing, WordsTooLong, ChoiceUnknown, OptionsDoNotFit, PersonalNumbersFound: it does not fit.
    """
    require(by, "consultation.run_survey", survey)
    offered = _fitting_options(question)
    said = fitting("text", question.text, LONGEST_QUESTION)
    refuse_personal_numbers(text=said, options="\n".join(offered))
    if question.need_field not in {"", *NeedField.values}:
        raise ChoiceUnknown(field="need_field", choices=", ".join(map(str, NeedField.labels)))
    with transaction.atomic():
        row = _locked(survey)
        if row.status != SurveyStatus.DRAFT:
            raise QuestionsFixed
        last = row.questions.aggregate(last=Max("number"))["last"] or 0
        if row.questions.count() >= MOST_QUESTIONS:
            raise TooManyQuestions(limit=MOST_QUESTIONS)
        is_required = question.is_required and question.kind != QuestionKind.WORDS
        made = SurveyQuestion.objects.create(
            survey=row,
            number=last + 1,
            text=said,
            kind=question.kind,
            options=offered,
            is_required=is_required,
            need_field=question.need_field,
        )
        audit.record(
            by=by, verb="consultation.survey.question_written", row=row, now=now, after={"number": made.number}
        )
    return made


def _fitting_options(question: Question) -> list[str]:
    """Return what a question offers, without empty lines."""
    if question.kind not in QuestionKind.values:
        raise ChoiceUnknown(field="kind", choices=", ".join(map(str, QuestionKind.labels)))
    if question.kind in {QuestionKind.MARK, QuestionKind.WORDS}:
        return []
    lines = [fitting("options", option, LONGEST_OPTION) for option in question.options if option.strip()]
    if not FEWEST_OPTIONS <= len(lines) <= MOST_OPTIONS or len(set(lines)) != len(lines):
        raise OptionsDoNotFit(field="options", fewest=FEWEST_OPTIONS, most=MOST_OPTIONS)
    return lines


def drop_question(*, by: User, now: dt.datetime, survey: Survey, number: int) -> None:
    """Take a question out of a draft; the others keep their numbers.

    Raises:
        NotAllowed, QuestionsFixed, QuestionUnknown: not by this person, not now, there is none.
    """
    require(by, "consultation.run_survey", survey)
    with transaction.atomic():
        row = _locked(survey)
        if row.status != SurveyStatus.DRAFT:
            raise QuestionsFixed
        if not row.questions.filter(number=number).delete()[0]:
            raise QuestionUnknown
        audit.record(by=by, verb="consultation.survey.question_dropped", row=row, now=now, before={"number": number})


def open_survey(*, by: User, now: dt.datetime, today: dt.date, survey: Survey) -> Survey:
    """Open a questionnaire for answers; its questions are fixed from now on.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, DayIsOver: `by` may not, it asks nothing, its day is over.
    """
    lifecycle.require(survey, "open", by=by)
    if survey.closes_on < today:
        raise DayIsOver
    return lifecycle.move(survey, "open", by=by, now=now)


def issue_slips(*, by: User, now: dt.datetime, survey: Survey, count: int) -> range:
    """Make more numbered slips, for people without a log-in and for paper; return their numbers.

    Raises:
        NotAllowed, SurveyTakesNoAnswers, TooManySlips: not by this person, not now, not so many.
    """
    require(by, "consultation.run_survey", survey)
    with transaction.atomic():
        row = _locked(survey)
        if not row.is_open:
            raise SurveyTakesNoAnswers
        if count < 1 or row.slips + count > MOST_SLIPS:
            raise TooManySlips(field="count", limit=MOST_SLIPS)
        first = row.slips + 1
        row.slips += count
        row.save(update_fields=["slips"])
        audit.record(by=by, verb="consultation.survey.slips_made", row=row, now=now, after={"slips": row.slips})
    return range(first, row.slips + 1)


def answer_survey(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    survey: Survey,
    answers: Mapping[str, Any],
    as_matters: Collection[int] = (),
) -> tuple[SurveyAnswer, list[Matter]]:
    """Answer a questionnaire of one's place, once; words of the questions `as_matters` become matters of one's own.

    Such words stand on the matter and no longer in the answer, so that the rest of it names nobody.

    Raises:
        NotAsked, SurveyTakesNoAnswers, AnsweredBefore: not this person, not now, not again.
        AnswerMissing, AnswerDoesNotFit, NothingAnswered, PersonalNumbersFound: the answers do not fit.
        What `raise_matter` raises.
    """
    if not by.has_perm("consultation.answer_survey", survey):
        raise NotAsked(place=survey.division)
    with transaction.atomic():
        row, given, taken = _read(survey, today, answers, as_matters)
        answer = _keep(row, f"user:{by.pk}", given, source=AnswerSource.WEB, answered_on=today)
        made = []
        for question, words in taken:
            matter = matters_room.raise_matter(
                by=by, now=now, channel=MatterChannel.PAGE, **_as_matter(row, question, words)
            )
            SurveyMatter.objects.create(survey=row, question=question, matter=matter)
            made.append(matter)
        _record(system_actor(), "consultation.survey.answered", row, now)
    return answer, made


def answer_by_slip(
    *, by: User, now: dt.datetime, today: dt.date, survey: Survey, number: int, code: str, answers: Mapping[str, Any]
) -> SurveyAnswer:
    """Answer by the number and the code of a slip, once, without a name; `by` is the system, in whose name holders act.

    Raises:
        SlipUnknown, SurveyTakesNoAnswers, AnsweredBefore: no such slip, not now, not again.
        AnswerMissing, AnswerDoesNotFit, NothingAnswered, PersonalNumbersFound: the answers do not fit.
    """
    if not survey.has_slip(number, code):
        raise SlipUnknown(field="code")
    with transaction.atomic():
        row, given, _taken = _read(survey, today, answers)
        answer = _keep(row, f"slip:{number}", given, source=AnswerSource.WEB, slip=number, answered_on=today)
        _record(by, "consultation.survey.answered", row, now)
    return answer


def enter_paper(
    *, by: User, now: dt.datetime, today: dt.date, survey: Survey, number: int, answers: Mapping[str, Any]
) -> SurveyAnswer:
    """Enter a sheet that came back on paper, by the number of its slip.

    Raises:
        NotAllowed, SlipUnknown, SurveyTakesNoAnswers, AnsweredBefore: not by this person, no such slip, not now, again.
        AnswerMissing, AnswerDoesNotFit, NothingAnswered, PersonalNumbersFound: the answers do not fit.
    """
    require(by, "consultation.enter_survey_answer", survey)
    with transaction.atomic():
        row, given, _taken = _read(survey, today, answers)
        if not 1 <= number <= row.slips:
            raise SlipUnknown(field="number")
        answer = _keep(
            row, f"slip:{number}", given, source=AnswerSource.PAPER, slip=number, answered_on=today, entered_by=by
        )
        _record(by, "consultation.survey.answer_entered", row, now)
    return answer


def enter_visit(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    survey: Survey,
    met: Met,
    answers: Mapping[str, Any],
    as_matters: Collection[int] = (),
) -> tuple[SurveyAnswer, list[tuple[Matter, MatterSlip]]]:
    """Enter what was filled in together on a visit; words of `as_matters` become matters with a slip for the person.

    The visit stands among the visits; what was answered stands only with the questionnaire.

    Raises:
        NotAllowed, SurveyTakesNoAnswers, AnsweredBefore: not by this person, not now, not again.
        AnswerMissing, AnswerDoesNotFit, NothingAnswered, PersonalNumbersFound: the answers do not fit.
        What `record_visit` and `raise_matter` raise.
    """
    require(by, "consultation.enter_survey_answer", survey)
    with transaction.atomic():
        row, given, taken = _read(survey, today, answers, as_matters)
        visit, _made = intake.record_visit(
            by=by,
            now=now,
            today=today,
            division=row.division,
            kind=VisitKind.QUESTIONNAIRE,
            visited_on=today,
            person_name=met.name,
            resident=met.resident,
            address=met.address,
            companion=met.companion,
            findings=row.title,
            needs=(),
        )
        who = _who(met.resident)
        answer = _keep(row, who, given, source=AnswerSource.VISIT, answered_on=today, entered_by=by)
        made = [_open(row, question, words, by=by, now=now, met=met, visit=visit) for question, words in taken]
        _record(by, "consultation.survey.answer_entered", row, now)
    return answer, made


def _who(resident: Resident | None) -> str:
    """Return by what a person who was met is known: nobody on the register is counted twice, log-in or not."""
    if resident is None:
        return f"met:{uuid.uuid4()}"
    return f"user:{resident.user_id}" if resident.user_id else f"resident:{resident.pk}"


def _as_matter(survey: Survey, question: SurveyQuestion, words: str) -> dict[str, Any]:
    """Return words as the inbox takes them: the question says what they are about."""
    return {
        "division": survey.division,
        "title": question.text[:LONGEST_MATTER_TITLE],
        "text": words,
        "origin": Origin(need_field=question.need_field),
    }


def _open(
    survey: Survey,
    question: SurveyQuestion,
    words: str,
    *,
    by: User,
    now: dt.datetime,
    met: Met,
    visit: Visit | None = None,
    answer: SurveyAnswer | None = None,
) -> tuple[Matter, MatterSlip]:
    given = {
        **_as_matter(survey, question, words),
        "channel": MatterChannel.VISIT,
        "raised_for": met.name,
        "contact": met.contact,
        "place": met.address,
        "origin": Origin(resident=met.resident, visit=visit, need_field=question.need_field),
    }
    matter, slip = intake.record_matter(by=by, now=now, division=given.pop("division"), given=given)
    SurveyMatter.objects.create(survey=survey, question=question, answer=answer, matter=matter)
    return matter, slip


def _read(
    survey: Survey, today: dt.date, answers: Mapping[str, Any], as_matters: Collection[int] = ()
) -> tuple[Survey, dict[str, Any], list[tuple[SurveyQuestion, str]]]:
    """Return the questionnaire, the answers as they are kept, and the words that become matters instead."""
    row = Survey.objects.select_related("division").get(pk=survey.pk)
    if not row.is_open or row.closes_on < today:
        raise SurveyTakesNoAnswers
    questions = list(row.questions.all())
    kept = fitting_answers([question.asked for question in questions], answers)
    if not kept:
        raise NothingAnswered
    words = {
        f"question_{question.number}": kept[str(question.number)]
        for question in questions
        if question.kind == QuestionKind.WORDS and str(question.number) in kept
    }
    refuse_personal_numbers(**words)
    taken = [
        (question, kept.pop(str(question.number)))
        for question in questions
        if question.number in as_matters and f"question_{question.number}" in words
    ]
    return row, kept, taken


def _keep(survey: Survey, who: str, answers: dict[str, Any], **more: Any) -> SurveyAnswer:
    """Insert an answer; the tables judge once more whether it fits, is in time and is the first."""
    row = SurveyAnswer(survey=survey, respondent=respondent_of(survey.pk, who), answers=answers, **more)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "surveyanswer_while_open" in str(error):
            raise SurveyTakesNoAnswers from error
        if "surveyanswer_once_each" in str(error):
            raise AnsweredBefore from error
        raise
    return row


def _record(by: User, verb: str, survey: Survey, now: dt.datetime) -> None:
    """Say in the trail that an answer came: neither whose it is nor what it says."""
    audit.record(by=by, verb=verb, row=survey, now=now)


def strike_answer(*, by: User, now: dt.datetime, answer: SurveyAnswer, reason: str) -> SurveyAnswer:
    """Strike out an answer that was entered wrongly; it stays and counts no longer, its slip can be entered again.

    Raises:
        NotAllowed, StruckBefore: not by this person, not again, not after the result.
        ReasonMissing, WordsTooLong: the reason does not fit.
    """
    require(by, "consultation.strike_survey_answer", answer)
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        survey = _locked(answer.survey)
        row = SurveyAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
        if row.struck_at is not None or not survey.is_open:
            raise StruckBefore
        row.struck_at, row.struck_by, row.strike_reason = now, by, why
        row.save(update_fields=["struck_at", "struck_by", "strike_reason"])
        audit.record(
            by=by, verb="consultation.survey.answer_struck", row=survey, now=now, after={"answer": row.pk}, reason=why
        )
    return row


def raise_from_words(
    *, by: User, now: dt.datetime, answer: SurveyAnswer, number: int, raised_for: str, contact: str = ""
) -> tuple[Matter, MatterSlip]:
    """Make a matter, with a slip, of what somebody wrote in answer to a question.

    Raises:
        NotAllowed, QuestionUnknown, WordsTaken: not by this person, nothing was written there, not again.
        What `raise_matter` raises.
    Basis: report S2: needs are gathered, sorted and passed on behind the counter.
    """
    require(by, "consultation.read_survey_words", answer)
    survey = answer.survey
    question = survey.questions.filter(number=number, kind=QuestionKind.WORDS).first()
    words = answer.answers.get(str(number)) if question is not None else None
    if question is None or not words or answer.struck_at is not None:
        raise QuestionUnknown(field="number")
    try:
        with transaction.atomic():
            met = Met(raised_for, contact=contact)
            return _open(survey, question, words, by=by, now=now, met=met, answer=answer)
    except IntegrityError as error:
        if "surveymatter_once_for_each_answer" in str(error):
            raise WordsTaken from error
        raise


def close_due_surveys(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Close the questionnaires whose days are over; their results are public from then on. Harmless when repeated."""
    closed = []
    rows = Survey.objects.filter(status=SurveyStatus.OPEN, closes_on__lt=today).select_related("division")
    for row in rows.order_by("pk"):
        try:
            lifecycle.move(row, "close", by=by, now=now)
        except DomainError as refusal:
            logger.warning("questionnaire not closed", extra={"survey": row.pk, "reason": refusal.code})
            continue
        closed.append(row.pk)
    return closed
