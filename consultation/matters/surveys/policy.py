"""What a questionnaire may ask, which answers fit, and which counts are told (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.accounts.secrets import keyed_hash
from governance.errors import Invalid

LONGEST_TITLE = 100
LONGEST_PURPOSE = 1000
LONGEST_QUESTION = 300
LONGEST_OPTION = 100
LONGEST_WORDS = 500
MOST_QUESTIONS = 30
FEWEST_OPTIONS = 2
MOST_OPTIONS = 12
MOST_SLIPS = 500
"""Slips that one questionnaire can have; a community has some thousand households, a questionnaire asks a part of them."""
HIGHEST_MARK = 5
"""Marks from 1 to 5, as evaluations have them."""

CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 10
"""Signs of five bits: together with the number of the slip nobody guesses one, and each slip answers once."""


class AnswerMissing(Invalid):
    """A question that needs an answer was left open."""

    code = "answer_missing"
    message = _("Question %(number)s needs an answer.")


class AnswerDoesNotFit(Invalid):
    """An answer is one of those that the question offers."""

    code = "answer_does_not_fit"
    message = _("The answer to question %(number)s is none of those that it offers.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its answers are judged and counted."""

    number: int
    kind: str
    options: Sequence[str] = ()
    is_required: bool = False


def slip_code(survey: int, number: int) -> str:
    """Return the code of a slip: computed from the key of the platform, so that none is stored anywhere."""
    left = int(keyed_hash(f"survey slip:{survey}:{number}"), 16)
    signs = []
    for _sign in range(CODE_LENGTH):
        left, rest = divmod(left, len(CODE_SIGNS))
        signs.append(CODE_SIGNS[rest])
    return "".join(signs)


def respondent_of(survey: int, who: str) -> str:
    """Return by what it is known that somebody has answered: a keyed hash that names nobody."""
    return keyed_hash(f"survey answer:{survey}:{who}")


def fitting_answers(questions: Sequence[Asked], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that were given, by number of question, as they are kept; open ones are left out.

    Raises:
        AnswerMissing, AnswerDoesNotFit: they do not fit; `field` names the question.
    """
    known = {str(asked.number) for asked in questions}
    if strange := sorted(set(given) - known):
        raise AnswerDoesNotFit(field="answers", number=strange[0])
    kept = {}
    for asked in questions:
        answer = given.get(str(asked.number))
        if answer in (None, []) or (isinstance(answer, str) and not answer.strip()):
            if asked.is_required:
                raise AnswerMissing(field=f"question_{asked.number}", number=asked.number)
            continue
        kept[str(asked.number)] = _fitting(asked, answer)
    return kept


def _fitting(asked: Asked, answer: Any) -> Any:
    """Return one answer as it is kept."""
    refusal = AnswerDoesNotFit(field=f"question_{asked.number}", number=asked.number)
    if asked.kind == "WORDS":
        said = answer.replace("\r\n", "\n").strip() if isinstance(answer, str) else ""
        if not 0 < len(said) <= LONGEST_WORDS:
            raise refusal
        return said
    most = HIGHEST_MARK if asked.kind == "MARK" else len(asked.options)
    chosen = answer if asked.kind == "SEVERAL" else [answer]
    if not isinstance(chosen, list) or not all(type(one) is int and 1 <= one <= most for one in chosen):
        raise refusal
    if len(set(chosen)) != len(chosen):
        raise refusal
    return sorted(chosen) if asked.kind == "SEVERAL" else chosen[0]


@dataclass(frozen=True, slots=True)
class Told:
    """How often something was chosen; nothing where it would speak of too few people."""

    label: str
    count: int | None
    percent: int | None


def told(asked: Asked, labels: Sequence[str], answers: Sequence[Any], cell: int) -> tuple[int | None, list[Told]]:
    """Return how many answered a question and how often each answer was given, small numbers hidden.

    Where the counts add up to the whole, a single hidden one could be computed: the next smallest is hidden with it.
    """
    answered = len(answers)
    if 0 < answered < cell:
        return None, [Told(label, None, None) for label in labels]
    chosen = [one for answer in answers for one in (answer if isinstance(answer, list) else [answer])]
    counts = [chosen.count(number) for number in range(1, len(labels) + 1)]
    hidden = {place for place, count in enumerate(counts) if 0 < count < cell}
    if asked.kind == "SEVERAL":  # nearly all is as telling as hardly any
        hidden |= {place for place, count in enumerate(counts) if 0 < answered - count < cell}
    elif len(hidden) == 1:
        rest = sorted((count, place) for place, count in enumerate(counts) if count and place not in hidden)
        hidden |= {place for _count, place in rest[:1]}
    return answered, [
        Told(label, None, None) if place in hidden else Told(label, counts[place], _percent(counts[place], answered))
        for place, label in enumerate(labels)
    ]


def _percent(some: int, whole: int) -> int:
    """Return a share in whole percent, halves up; what is not the whole is never shown as 100."""
    if not whole:
        return 0
    return 100 if some == whole else min((200 * some + whole) // (2 * whole), 99)
