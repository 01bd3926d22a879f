"""What happened on the topics of a community in a week, and who wants to hear of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import BooleanField, Count, Exists, F, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from consultation.topics.following.models import Channel, Follow
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import UNANNOUNCED, PhaseChange, Topic, TopicPhase
from consultation.topics.papers.models import DocumentVersion, OfficialAnswer
from consultation.topics.policy import PhaseKind

if TYPE_CHECKING:
    from governance.accounts.models import User

WEEK = dt.timedelta(days=7)
SALT = "consultation.digest"

Entry = dict[str, Any]
"""One thing that happened: its kind, topic and title, and what its sentence needs; plain for storage, in no language."""


def span_of(week: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return a week's first moment and the one after its last, in the district's time."""
    begun = timezone.make_aware(dt.datetime.combine(week, dt.time.min))
    return begun, timezone.make_aware(dt.datetime.combine(week + WEEK, dt.time.min))


def entries_of(week: dt.date) -> dict[int, list[Entry]]:
    """Return what happened in a week, by community; eight queries however many communities there are."""
    begun, ended = span_of(week)
    found: dict[int, list[Entry]] = defaultdict(list)

    def note(what: str, rows: Any, /, **columns: str) -> None:
        named = {"topic_id": "topic", "topic__title": "title", "topic__division": "division", **columns}
        for row in rows.values(*named):
            entry = {new: _plain(row[old]) for old, new in named.items()}
            found[entry.pop("division")].append({"kind": what, **entry})

    public = Topic.objects.exclude(status__in=UNANNOUNCED).annotate(topic_id=F("pk"))
    for kind, column in (("ANNOUNCED", "announced_at"), ("DECIDED", "decided_at"), ("CLOSED", "closed_at")):
        for row in public.filter(**{f"{column}__gte": begun, f"{column}__lt": ended}).order_by("pk"):
            found[row.division_id].append({"kind": kind, "topic": row.pk, "title": row.title})
    live = Q(topic__status__in=[TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED])
    phases = TopicPhase.objects.filter(live).order_by("opens_at", "pk")
    note("OPENED", phases.filter(opens_at__gte=begun, opens_at__lt=ended), kind="phase", closes_at="until")
    note(
        "CLOSING",
        phases.filter(opens_at__lt=begun, closes_at__gte=ended, closes_at__lt=ended + WEEK),
        kind="phase",
        closes_at="until",
    )
    changed = PhaseChange.objects.filter(changed_at__gte=begun, changed_at__lt=ended).order_by("pk")
    for change in changed.select_related("phase__topic"):
        topic = change.phase.topic
        what = {"kind": "CHANGED", "topic": topic.pk, "title": topic.title}
        found[topic.division_id].append({**what, "phase": change.phase.kind, "until": _plain(change.closes_at)})
    versions = DocumentVersion.objects.filter(published_at__gte=begun, published_at__lt=ended).order_by("pk")
    for version in versions.select_related("document__topic"):
        topic = version.document.topic
        if topic.status not in UNANNOUNCED:
            what = {"kind": "DOCUMENT", "topic": topic.pk, "title": topic.title}
            found[topic.division_id].append({**what, "document": version.document.title, "version": version.number})
    for key, division, title, count in _answers(begun, ended):
        found[division].append({"kind": "ANSWERED", "topic": key, "title": title, "count": count})
    return {division: sorted(entries, key=itemgetter("topic")) for division, entries in found.items()}


def _answers(begun: dt.datetime, ended: dt.datetime) -> list[tuple[int, int, str, int]]:
    """Return topic, community, title and number of the official answers of a week."""
    counts: dict[tuple[int, int, str], int] = defaultdict(int)
    rows = OfficialAnswer.objects.filter(answered_at__gte=begun, answered_at__lt=ended)
    for way in ("opinion__topic", "statement__topic", "comment__version__document__topic"):
        named = (way, f"{way}__division", f"{way}__title")
        for key, division, title, count in (
            rows.exclude(**{way: None}).order_by().values_list(*named).annotate(count=Count("pk")).order_by(way)
        ):
            counts[key, division, title] += count
    return [(*names, count) for names, count in sorted(counts.items())]


def _plain(found: Any) -> Any:
    return found.isoformat() if isinstance(found, dt.datetime) else found


PLAIN = {
    "ANNOUNCED": pgettext_lazy("news", "announced"),
    "DECIDED": pgettext_lazy("news", "decided"),
    "CLOSED": pgettext_lazy("news", "closed"),
}
TIMED = {
    "OPENED": gettext_lazy("%(phase)s open, until %(until)s"),
    "CLOSING": gettext_lazy("%(phase)s ends on %(until)s"),
    "CHANGED": gettext_lazy("%(phase)s moved, now until %(until)s"),
}


def said(entry: Entry) -> str:
    """Say what happened, in the language of the moment."""
    kind = entry["kind"]
    if kind in PLAIN:
        return str(PLAIN[kind])
    if kind == "DOCUMENT":
        return _("“%(document)s”, version %(version)s, published") % entry
    if kind == "ANSWERED":
        return ngettext("%(count)s official answer", "%(count)s official answers", entry["count"]) % entry
    until = timezone.localtime(dt.datetime.fromisoformat(entry["until"]))
    return str(TIMED[kind]) % {"phase": PhaseKind(entry["phase"]).label, "until": f"{until:%m-%d %H:%M}"}


def followers_of(division: int) -> dict[int, list[Follow]]:
    """Return what each person follows in a community; one query."""
    found: dict[int, list[Follow]] = defaultdict(list)
    for row in Follow.objects.running().filter(division=division).select_related("user").order_by("pk"):
        found[row.user_id].append(row)
    return found


def way_to(user: User, division: int) -> tuple[str, str]:
    """Return the channel and the language that a person has chosen for news of a community; a text message in no chosen
    language where they follow nothing there; one query.
    """
    chosen = Follow.objects.running().filter(user=user, division=division).order_by("-pk").first()
    return (chosen.channel, chosen.language) if chosen else (Channel.SMS, "")


def is_following(user: Any, topic: Topic) -> bool:
    """Tell whether a person hears of a topic; one query, none for passers-by."""
    if not getattr(user, "is_authenticated", False):
        return False
    rows = Follow.objects.running().filter(user=user, division=topic.division_id)
    return rows.filter(Q(topic=None) | Q(topic=topic)).exists()


def with_following(rows: Any, user: Any) -> Any:
    """Return topics with whether a person hears of them, as `is_followed`; no further query."""
    if not getattr(user, "is_authenticated", False):
        return rows.annotate(is_followed=Value(value=False, output_field=BooleanField()))
    mine = Follow.objects.running().filter(Q(topic=None) | Q(topic=OuterRef("pk")), user=user)
    return rows.annotate(is_followed=Exists(mine.filter(division=OuterRef("division"))))


def stop_token(user: User | int, division: int) -> str:
    """Return what the link to unsubscribe carries: whom and where, signed, good without signing in."""
    return signing.dumps([user if isinstance(user, int) else user.pk, division], salt=SALT, compress=True)


def read_token(token: str) -> tuple[int, int] | None:
    """Return whom and where a link to unsubscribe names, nothing where it is not ours."""
    try:
        user, division = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(user), int(division)
