"""Which verbs a topic opens now, and who may use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import resident_of
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.policy import PHASE_VERBS, Verb

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from django_stubs_ext import StrOrPromise

    from communities.people.models import Resident
    from consultation.topics.models import TopicPhase


def running_phase(topic: Topic, now: dt.datetime) -> TopicPhase | None:
    """Return the phase that runs at this moment, if any; no query where the phases are prefetched."""
    if topic.status != TopicStatus.DELIBERATED:
        return None
    return next((phase for phase in topic.phases.all() if phase.runs_at(now)), None)


def verbs_of(status: str, stretches: Iterable[tuple[str, dt.datetime, dt.datetime]], now: dt.datetime) -> set[Verb]:
    """Return what phases (kind, opening, closing) of a topic in this status open at this moment (pure)."""
    if status != TopicStatus.DELIBERATED:
        return set()
    return {
        verb for kind, opens_at, closes_at in stretches if opens_at <= now < closes_at for verb in PHASE_VERBS[kind]
    }


def open_verbs(topic: Topic, now: dt.datetime) -> set[Verb]:
    """Return what people can do with a topic at this moment; nothing outside its phases."""
    phase = running_phase(topic, now)
    return set(PHASE_VERBS[phase.kind]) if phase else set()


def residence_of(user: Any) -> Resident | None:
    """Return where somebody lives, asked once per user object."""
    if "residence_now" not in getattr(user, "__dict__", {}) and getattr(user, "is_authenticated", False):
        user.residence_now = resident_of(user)
    found: Resident | None = getattr(user, "residence_now", None)
    return found


@dataclass(frozen=True, slots=True)
class Voices:
    """How many opinions stand how to a topic; hidden ones are counted apart."""

    in_favor: int = 0
    against: int = 0
    neither: int = 0
    questions: int = 0
    hidden: int = 0

    @property
    def total(self) -> int:
        """All that can be read."""
        return self.in_favor + self.against + self.neither + self.questions


def voices_of(topic: Topic) -> Voices:
    """Return how many opinions stand how to a topic; no query for a row of `for_detail`."""
    if not hasattr(topic, "voices"):
        topic = Topic.objects.for_detail().get(pk=topic.pk)
    return Voices(**(topic.voices or {}))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of self-governance on a topic: raised, deliberated, decided, done, looked after."""

    label: StrOrPromise
    at: dt.datetime | None
    is_current: bool


def stages_of(topic: Topic, decisions: Sequence[Any]) -> list[Stage]:
    """Return how far a topic has come (民主提事、议事、决事; 民事民议、民办、民管); no query.

    `decisions`: the topic's decisions, newest last; what was done and accepted is read from the last one.
    """
    last = decisions[-1] if decisions else None
    moments = [
        (pgettext_lazy("stage", "Raised"), topic.raised_at or topic.prepared_at),
        (_("Deliberated"), topic.deliberated_at),
        (_("Decided"), topic.decided_at),
        (_("Carried out"), last.reported_at if last else None),
        (_("Accepted by residents"), last.accepted_at if last else None),
    ]
    reached = max((place for place, (_label, at) in enumerate(moments) if at is not None), default=0)
    return [Stage(label, at, place == reached) for place, (label, at) in enumerate(moments)]
