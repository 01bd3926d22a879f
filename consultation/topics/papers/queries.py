"""A document as it is read: its paragraphs with the comments on them, the ones on earlier words marked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from consultation.topics.papers.models import DocumentVersion, OfficialAnswer, SectionComment
from consultation.topics.papers.policy import anchors_of
from governance.accounts.masking import mask_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consultation.topics.papers.models import TopicDocument

MOST_COMMENTS = 500
"""So many comments are shown on one document; a longer debate is a debate, not a document."""


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment as it is shown: its author masked, whether it was on earlier words, its official answers."""

    comment: SectionComment
    author: str
    is_earlier: bool
    answers: list[OfficialAnswer]


@dataclass(slots=True)
class Section:
    """One paragraph with what was said on it."""

    anchor: str
    text: str
    is_changed: bool = False
    comments: list[ShownComment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """A version with its sections, and the comments on paragraphs that it has no more."""

    version: DocumentVersion
    versions: list[DocumentVersion]
    sections: list[Section]
    orphans: list[ShownComment]


def answers_to(column: str, keys: Iterable[int]) -> dict[int, list[OfficialAnswer]]:
    """Return the official answers to opinions, statements or comments by their keys; one query."""
    found: dict[int, list[OfficialAnswer]] = defaultdict(list)
    for answer in OfficialAnswer.objects.filter(**{f"{column}__in": list(keys)}).order_by("pk"):
        found[getattr(answer, f"{column}_id")].append(answer)
    return found


def with_answers(rows: Any, column: str) -> Any:
    """Return opinions, statements or comments with their official answers as JSON in `answered`; no further query."""
    answers = OfficialAnswer.objects.filter(**{column: OuterRef("pk")}).order_by("pk")
    shape = JSONObject(text="text", office="office", at="answered_at")
    return rows.annotate(answered=ArraySubquery(answers.values(json=shape)))


def reading_of(document: TopicDocument, number: int | None, user: Any) -> Reading | None:
    """Return a version (the newest without a number) with its comments; four queries, however many there are."""
    versions = list(document.versions.order_by("-number"))
    version = next((row for row in versions if number is None or row.number == number), None)
    if version is None:
        return None
    said = SectionComment.objects.visible_to(user).filter(
        version__document=document, version__number__lte=version.number
    )
    comments = list(said.for_list()[:MOST_COMMENTS])
    answers = answers_to("comment", [row.pk for row in comments])
    sections = {
        paragraph["anchor"]: Section(
            paragraph["anchor"], paragraph["text"], is_changed=paragraph["changed_in"] == version.number > 1
        )
        for paragraph in version.paragraphs
    }
    changed_in = {paragraph["anchor"]: paragraph["changed_in"] for paragraph in version.paragraphs}
    there = anchors_of(version.paragraphs)
    orphans = []
    for row in comments:
        is_earlier = row.anchor not in there or row.version.number < changed_in[row.anchor]
        shown = ShownComment(row, mask_name(row.author.display_name), is_earlier, answers[row.pk])
        if row.anchor in there:
            sections[row.anchor].comments.append(shown)
        else:
            orphans.append(shown)
    return Reading(version, versions, list(sections.values()), orphans)
