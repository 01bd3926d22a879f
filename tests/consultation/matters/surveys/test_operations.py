"""Questionnaires: drawn up, answered once by each, on the pages, by slip, on paper, on a visit; words become matters."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.people.models import Resident
from communities.people.policy import PersonalNumbersFound
from consultation.matters.intake.models import Visit, VisitKind
from consultation.matters.models import Matter, MatterChannel
from consultation.matters.surveys import operations
from consultation.matters.surveys.models import QuestionKind, Survey, SurveyAnswer, SurveyMatter
from consultation.matters.surveys.operations import (
    AnsweredBefore,
    DayIsOver,
    Met,
    NotAsked,
    NothingAnswered,
    OptionsDoNotFit,
    Question,
    QuestionsFixed,
    QuestionUnknown,
    SlipUnknown,
    StruckBefore,
    SurveyTakesNoAnswers,
    TooManySlips,
    WordsTaken,
)
from consultation.matters.surveys.policy import AnswerDoesNotFit, AnswerMissing, Asked, slip_code, told
from consultation.matters.surveys.queries import result_of
from consultation.matters.tasks import clock_of_matters
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveForbidden, MoveHindered, ReasonMissing
from tests.factories.consultation_surveys import SurveyFactory
from tests.people import House

FULL = {"1": 4, "2": 1, "3": [1, 3], "4": "楼道里要有扶手。"}


@pytest.fixture
def staff(house: House) -> User:
    """Who runs the questionnaire."""
    return house.people["community_staff"]


@pytest.fixture
def survey(house: House) -> Survey:
    """An open questionnaire of the community."""
    made: Survey = SurveyFactory(division=house.places["community"], walked="OPEN")
    return made


def answer(survey: Survey, by: User, now: dt.datetime, today: dt.date, **changes: Any) -> Any:
    """Answer as somebody with a log-in."""
    given: dict[str, Any] = {"answers": FULL, **changes}
    return operations.answer_survey(by=by, now=now, today=today, survey=survey, **given)


def test_from_draft_to_open(staff: User, house: House, now: dt.datetime, today: dt.date) -> None:
    place = house.places["community"]
    told: dict[str, Any] = {"by": staff, "now": now}
    draft = operations.draft_survey(
        **told, today=today, division=place, title="需求调查", purpose="了解需求。", closes_on=today
    )
    with pytest.raises(MoveHindered):
        operations.open_survey(**told, today=today, survey=draft)
    for kind, options in ((QuestionKind.MARK, ()), (QuestionKind.ONE, ("是", "否", " "))):
        operations.write_question(**told, survey=draft, question=Question("满意吗?", kind, options))
    operations.drop_question(**told, survey=draft, number=1)

    opened = operations.open_survey(**told, today=today, survey=draft)

    assert (opened.status, opened.opened_at) == ("OPEN", now)
    assert list(opened.questions.values_list("number", "kind", "options")) == [(2, "ONE", ["是", "否"])]
    with pytest.raises(QuestionsFixed):
        operations.write_question(**told, survey=draft, question=Question("再问?", QuestionKind.MARK))
    with pytest.raises(QuestionsFixed):
        operations.drop_question(**told, survey=draft, number=2)


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (Question("几项?", QuestionKind.ONE, ("只有一项",)), OptionsDoNotFit),
        (Question("几项?", QuestionKind.SEVERAL, ("同", "同")), OptionsDoNotFit),
        (Question("电话13812345678?", QuestionKind.MARK), PersonalNumbersFound),
        (Question("什么?", "ESSAY"), operations.ChoiceUnknown),
        (Question("什么?", QuestionKind.WORDS, need_field="MOON"), operations.ChoiceUnknown),
    ],
)
def test_questions_that_do_not_fit(
    question: Question, error: type[DomainError], staff: User, house: House, now: dt.datetime
) -> None:
    draft = SurveyFactory(division=house.places["community"], questions=[])

    with pytest.raises(error):
        operations.write_question(by=staff, now=now, survey=draft, question=question)

    assert draft.questions.count() == 0


def test_who_may_not_run_one(house: House, now: dt.datetime, today: dt.date) -> None:
    resident, place = house.people["resident"], house.places["community"]
    draft = SurveyFactory(division=place)
    with pytest.raises(NotAllowed):
        operations.draft_survey(
            by=resident, now=now, today=today, division=place, title="调查", purpose="了解。", closes_on=today
        )
    with pytest.raises(MoveForbidden):
        operations.open_survey(by=resident, now=now, today=today, survey=draft)
    with pytest.raises(DayIsOver):
        operations.draft_survey(
            by=house.people["community_staff"],
            now=now,
            today=today,
            division=place,
            title="调查",
            purpose="了解。",
            closes_on=today - dt.timedelta(days=1),
        )


def test_a_resident_answers_once_and_nobody_reads_who(
    survey: Survey, house: House, now: dt.datetime, today: dt.date
) -> None:
    resident = house.people["resident"]

    made, matters = answer(survey, resident, now, today)

    assert (made.answers, made.source, made.entered_by_id, matters) == (FULL, "WEB", None, [])
    assert str(resident.pk) not in made.respondent
    entry = AuditEntry.objects.get(verb="consultation.survey.answered")
    assert entry.actor_id != resident.pk
    with pytest.raises(AnsweredBefore):
        answer(survey, resident, now, today)
    assert survey.answers.count() == 1


def test_words_become_a_matter_of_ones_own_and_leave_the_answer(
    survey: Survey, house: House, now: dt.datetime, today: dt.date
) -> None:
    resident = house.people["resident"]

    made, (matter,) = answer(survey, resident, now, today, as_matters=[4])

    assert made.answers == {"1": 4, "2": 1, "3": [1, 3]}
    assert (matter.raised_by, matter.text, matter.channel) == (resident, "楼道里要有扶手。", MatterChannel.PAGE)
    assert (matter.intake.need_field, matter.due_on is not None) == ("ELDERLY", True)
    assert SurveyMatter.objects.get().answer_id is None


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"2": 1}, AnswerMissing),
        ({}, AnswerMissing),
        ({"1": 6}, AnswerDoesNotFit),
        ({"1": True}, AnswerDoesNotFit),
        ({"1": 3, "2": 4}, AnswerDoesNotFit),
        ({"1": 3, "3": [1, 1]}, AnswerDoesNotFit),
        ({"1": 3, "3": [4]}, AnswerDoesNotFit),
        ({"1": 3, "4": "长" * 501}, AnswerDoesNotFit),
        ({"1": 3, "9": 1}, AnswerDoesNotFit),
        ({"1": 3, "4": "我的身份证是510302198001010012"}, PersonalNumbersFound),
    ],
)
def test_answers_that_do_not_fit(
    *,
    answers: dict[str, Any],
    error: type[DomainError],
    survey: Survey,
    house: House,
    now: dt.datetime,
    today: dt.date,
) -> None:
    with pytest.raises(error):
        answer(survey, house.people["resident"], now, today, answers=answers)

    assert survey.answers.count() == 0


def test_an_empty_sheet_is_no_answer(house: House, now: dt.datetime, today: dt.date) -> None:
    survey = SurveyFactory(
        division=house.places["community"], questions=[{"text": "说吧", "kind": QuestionKind.WORDS}], walked="OPEN"
    )
    with pytest.raises(NothingAnswered):
        answer(survey, house.people["resident"], now, today, answers={"1": " "})


def test_who_lives_elsewhere_is_not_asked(survey: Survey, house: House, now: dt.datetime, today: dt.date) -> None:
    with pytest.raises(NotAsked):
        answer(survey, house.people["stranger"], now, today)
    draft = SurveyFactory(division=house.places["community"])
    with pytest.raises(SurveyTakesNoAnswers):
        answer(draft, house.people["resident"], now, today)
    with pytest.raises(SurveyTakesNoAnswers):
        answer(survey, house.people["resident"], now, survey.closes_on + dt.timedelta(days=1))


def test_a_slip_answers_once_by_code_or_on_paper(survey: Survey, staff: User, now: dt.datetime, today: dt.date) -> None:
    told: dict[str, Any] = {"by": staff, "now": now, "today": today, "survey": survey}
    assert list(operations.issue_slips(by=staff, now=now, survey=survey, count=2)) == [1, 2]
    survey.refresh_from_db()
    code = slip_code(survey.pk, 1)
    with pytest.raises(SlipUnknown):
        operations.answer_by_slip(**told, number=1, code="AAAAAAAAAA", answers=FULL)
    with pytest.raises(SlipUnknown):
        operations.answer_by_slip(**told, number=3, code=slip_code(survey.pk, 3), answers=FULL)

    made = operations.answer_by_slip(**told, number=1, code=code.lower(), answers=FULL)
    paper = operations.enter_paper(**told, number=2, answers={"1": 5})

    assert [(one.source, one.slip, one.entered_by) for one in (made, paper)] == [("WEB", 1, None), ("PAPER", 2, staff)]
    with pytest.raises(AnsweredBefore):
        operations.enter_paper(**told, number=1, answers={"1": 5})
    with pytest.raises(SlipUnknown):
        operations.enter_paper(**told, number=3, answers={"1": 5})
    with pytest.raises(TooManySlips):
        operations.issue_slips(by=staff, now=now, survey=survey, count=499)


def test_a_sheet_that_was_entered_wrongly_is_struck_out_and_entered_again(
    survey: Survey, staff: User, now: dt.datetime, today: dt.date
) -> None:
    told: dict[str, Any] = {"by": staff, "now": now}
    operations.issue_slips(**told, survey=survey, count=1)
    paper: dict[str, Any] = {**told, "today": today, "survey": survey, "number": 1}
    wrong = operations.enter_paper(**paper, answers={"1": 5})
    with pytest.raises(ReasonMissing):
        operations.strike_answer(**told, answer=wrong, reason=" ")

    operations.strike_answer(**told, answer=wrong, reason="看错一行。")
    operations.enter_paper(**paper, answers={"1": 1})

    assert list(survey.answers.filter(struck_at=None).values_list("answers", flat=True)) == [{"1": 1}]
    with pytest.raises(StruckBefore):
        operations.strike_answer(**told, answer=wrong, reason="再来。")


def test_filled_in_together_on_a_visit(
    survey: Survey, staff: User, house: House, now: dt.datetime, today: dt.date
) -> None:
    place = house.places["community"]
    elder = Resident.objects.create(
        division=place, name="张大爷", registered_at=now, registered_by=staff, address="3栋1单元"
    )
    met = Met("张大爷", "3栋1单元101", "13912345678", elder)
    told: dict[str, Any] = {"by": staff, "now": now, "today": today, "survey": survey, "met": met}

    made, [(matter, slip)] = operations.enter_visit(**told, answers=FULL, as_matters=[4])

    assert (made.source, made.answers, made.entered_by) == ("VISIT", {"1": 4, "2": 1, "3": [1, 3]}, staff)
    visit = Visit.objects.get()
    assert (visit.kind, visit.person_name, visit.findings) == (VisitKind.QUESTIONNAIRE, "张大爷", survey.title)
    assert (matter.raised_for, matter.channel, slip.matter_id) == ("张大爷", MatterChannel.VISIT, matter.pk)
    assert (matter.intake.visit_id, matter.intake.resident_id) == (visit.pk, elder.pk)
    with pytest.raises(AnsweredBefore):
        operations.enter_visit(**told, answers=FULL)
    assert Visit.objects.count() == 1


def test_who_was_met_answers_no_second_time_with_the_own_log_in(
    survey: Survey, staff: User, house: House, now: dt.datetime, today: dt.date
) -> None:
    resident = house.people["resident"]
    row = Resident.objects.get(user=resident)
    met = Met(row.name, resident=row)
    operations.enter_visit(by=staff, now=now, today=today, survey=survey, met=met, answers={"1": 5})

    with pytest.raises(AnsweredBefore):
        answer(survey, resident, now, today)


def test_words_that_were_read_become_a_matter_once(
    survey: Survey, staff: User, house: House, now: dt.datetime, today: dt.date
) -> None:
    made, _matters = answer(survey, house.people["resident"], now, today)
    told: dict[str, Any] = {"by": staff, "now": now, "answer": made, "raised_for": "本小区居民"}

    matter, slip = operations.raise_from_words(**told, number=4)

    assert (matter.text, matter.raised_for, slip.matter_id) == ("楼道里要有扶手。", "本小区居民", matter.pk)
    with pytest.raises(WordsTaken):
        operations.raise_from_words(**told, number=4)
    with pytest.raises(QuestionUnknown):
        operations.raise_from_words(**told, number=1)
    with pytest.raises(NotAllowed):
        operations.raise_from_words(**{**told, "by": house.people["resident"]}, number=4)
    assert Matter.objects.count() == 1


def test_the_result_is_told_after_closing_and_hides_small_numbers(
    survey: Survey, staff: User, now: dt.datetime, today: dt.date
) -> None:
    operations.issue_slips(by=staff, now=now, survey=survey, count=20)
    paper: dict[str, Any] = {"by": staff, "now": now, "today": today, "survey": survey}
    for number in range(1, 21):  # 12 x 5, 6 x 4, 2 x 1; 14 and 6 of the choices; 17 of 20 for the first of several
        given: dict[str, Any] = {"1": 5 if number <= 12 else 4 if number <= 18 else 1, "2": 1 if number <= 14 else 3}
        given["3"] = [1, 2] if number <= 9 else [1] if number <= 17 else [3]
        operations.enter_paper(**paper, number=number, answers=given)
    assert result_of(survey, today) is None

    operations.lifecycle.move(survey, "close", by=staff, now=now)
    survey.refresh_from_db()
    found = result_of(survey, today)

    assert found is not None
    assert (found.answers, found.by_paper, found.matters) == (20, 20, 0)
    mark, one, several, words = found.questions
    assert [row.count for row in mark.counts] == [None, 0, 0, None, 12]
    assert (mark.answered, mark.mean) == (20, "")  # the mean would tell how many gave the lowest mark
    assert [(row.label, row.count, row.percent) for row in one.counts] == [
        ("助餐", 14, 70),
        ("托幼", 0, 0),
        ("维修", 6, 30),
    ]
    assert [row.count for row in several.counts] == [None, 9, None]
    assert words.answered == 0


def test_the_clock_closes_what_is_over(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk).update(closes_on=dt.date(2020, 1, 1))

    assert clock_of_matters()["surveys"] == 1
    assert clock_of_matters()["surveys"] == 0
    survey.refresh_from_db()
    assert survey.status == "CLOSED"
    assert SurveyAnswer.objects.count() == 0


@pytest.mark.parametrize(
    ("some", "whole", "shown"), [(7, 19, 37), (11, 19, 58), (199, 200, 99), (1, 1, 100), (0, 0, 0)]
)
def test_shares_are_rounded_and_only_the_whole_is_a_hundred(some: int, whole: int, shown: int) -> None:
    _answered, counts = told(Asked(1, "ONE", ("是", "否")), ("是", "否"), [1] * some + [2] * (whole - some), 0)

    assert counts[0].percent == shown
