"""Topics on the phone: what is deliberated, when people can speak, what was said and how many support it."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.policy.queries import value
from communities.territory.models import Division
from consultation.topics import operations, raising
from consultation.topics.filters import TopicFilter
from consultation.topics.following.models import Digest
from consultation.topics.following.queries import with_following
from consultation.topics.forms import HideForm, OpinionForm, RaiseForm, ReplyForm
from consultation.topics.lifecycle import TOPIC, TopicStatus
from consultation.topics.models import Opinion, Topic
from consultation.topics.papers.queries import with_answers
from consultation.topics.policy import ACCEPT_DAYS, DEEPEST_REPLY, PHASE_VERBS, Verb
from consultation.topics.queries import running_phase, stages_of, voices_of
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import KeysetPage, back_with, keyset_page, sent
from governance.visitors import kept_for_visitors

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from consultation.topics.models import TopicPhase

OPERATIONS: dict[str, Any] = {
    "accept": raising.accept_topic,
    "refuse": raising.refuse_topic,
    "announce": operations.announce_topic,
    "begin_deliberation": operations.begin_deliberation,
    "close": operations.close_topic,
    "withdraw": operations.withdraw_topic,
    "reopen": operations.reopen_topic,
}
WITH_REASON = {"close", "withdraw", "reopen", "refuse"}


@dataclass(frozen=True, slots=True)
class ShownTopic:
    """A topic in a list with the phase that runs, or the next one."""

    topic: Topic
    phase: TopicPhase | None
    next_phase: TopicPhase | None


@dataclass(frozen=True, slots=True)
class ShownOpinion:
    """An opinion as it is shown: its author masked, and what this reader can do with it."""

    opinion: Opinion
    author: str
    support: int
    is_own: bool
    is_supported: bool
    can_support: bool
    can_reply: bool
    hide_form: HideForm | None
    replies: list[ShownOpinion] = field(default_factory=list)


def _shown(topic: Topic, now: dt.datetime) -> ShownTopic:
    is_open = topic.status in {TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED}
    coming = [phase for phase in topic.phases.all() if phase.opens_at > now] if is_open else []
    return ShownTopic(topic, running_phase(topic, now), coming[0] if coming else None)


@kept_for_visitors
@require_safe
def topic_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the topics of a place and of those below it, newest first, by class, phase and words; three queries beside the frame's."""
    digests = Digest.objects.filter(division=OuterRef("pk")).order_by("-week").values("pk")
    place = get_object_or_404(Division.objects.annotate(digest=Subquery(digests[:1])), pk=pk)
    rows = Topic.objects.visible_to(request.user).in_division(place).for_list().prefetch_related("phases")
    given = request.GET.copy()
    given.pop("division", None)  # the place stands in the address
    narrowed = TopicFilter(given, rows)
    page = keyset_page(narrowed.qs if narrowed.is_valid() else Topic.objects.none(), request)
    now = clock.now()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": page,
        "topics": [_shown(topic, now) for topic in page.rows],
        "open_only": bool(request.GET.get("open")),
        "form": narrowed.form,
        "is_narrowed": any(request.GET.get(name) for name in ("list_class", "phase", "q", "status")),
    }
    return render(request, "consultation/topics/list.html", context)


@kept_for_visitors
@require_safe
def topic_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a topic with its phases and the newest opinions; the same queries for two opinions and two hundred."""
    return _page(request, _topic(request, pk), OpinionForm())


def _topic(request: HttpRequest, pk: int) -> Topic:
    rows = with_following(Topic.objects.visible_to(request.user).for_detail(), request.user)
    found: Topic = get_object_or_404(rows, pk=pk)
    return found


def _page(
    request: HttpRequest, topic: Topic, form: OpinionForm, tried: tuple[int, HideForm] | None = None
) -> HttpResponse:
    now, today = clock.now(), clock.today()
    shown = _shown(topic, now)
    verbs = PHASE_VERBS[shown.phase.kind] if shown.phase else frozenset()
    rows = Opinion.objects.visible_to(request.user).filter(topic=topic).for_list().with_own_support(request.user)
    answered = with_answers(rows, "opinion")
    page = keyset_page(answered.threads(), request)
    decisions = list(topic.decisions.visible_to(request.user).order_by("pk")) if topic.has_decisions else []
    ballots = list(topic.ballots.visible_to(request.user).order_by("pk")) if topic.has_ballots else []
    may_manage = request.user.has_perm("consultation.manage_topic", topic)
    may_speak = request.user.has_perm("consultation.give_opinion", topic)
    context = {
        "topic": topic,
        "trail": list(Division.objects.ancestors(topic.division)),
        "shown": shown,
        "now": now,
        "days_left": topic.notice.days_left(today) if topic.notice else 0,
        "voices": voices_of(topic),
        "page": page,
        "opinions": _opinions(request, _with_replies(answered, page), verbs, tried),
        "stages": stages_of(topic, decisions),
        "can_rate": Verb.RATE_STATEMENT in verbs and topic.statement_count > 0,
        "can_propose": Verb.PROPOSE_STATEMENT in verbs,
        "open_ballots": [ballot for ballot in ballots if ballot.status == "OPEN"],
        "is_own": request.user.is_authenticated and topic.raised_by_id == request.user.pk,
        "is_following": topic.is_followed,
        "can_speak": Verb.GIVE_OPINION in verbs,
        "may_speak": may_speak,
        "form": form,
        "ballots": ballots,
        "decisions": decisions,
        "offers": lifecycle.available(topic, acting_user(request)) if may_manage else [],
    }
    return render(request, "consultation/topics/detail.html", context)


def _with_replies(rows: Any, page: KeysetPage[Any]) -> list[Opinion]:
    """Return the threads of a page with the replies below them, in one further query."""
    keys = [row.pk for row in page.rows]
    below = Q(parent__in=keys) | Q(parent__parent__in=keys)
    return [*page.rows, *(rows.filter(below).order_by("pk") if keys else ())]


def _opinions(
    request: HttpRequest, rows: list[Opinion], verbs: frozenset[Verb], tried: tuple[int, HideForm] | None
) -> list[ShownOpinion]:
    """Prepare the threads of a page; rights are asked of cached posts, not of the database, and not of passers-by."""
    found: dict[int, ShownOpinion] = {}
    threads = []
    for row in rows:
        shown = found[row.pk] = _opinion_shown(request, row, verbs, tried)
        if row.parent_id is None:
            threads.append(shown)
        elif row.parent_id in found:
            found[row.parent_id].replies.append(shown)
    return threads


def _opinion_shown(
    request: HttpRequest, row: Any, verbs: frozenset[Verb], tried: tuple[int, HideForm] | None
) -> ShownOpinion:
    is_known = request.user.is_authenticated
    is_there = is_known and row.hidden_at is None
    may_hide = is_there and request.user.has_perm("consultation.hide_opinion", row)
    is_open = is_there and Verb.SUPPORT_OPINION in verbs and not row.is_supported
    form = tried[1] if tried and tried[0] == row.pk else HideForm(auto_id=f"hide-{row.pk}-%s")
    return ShownOpinion(
        row,
        author=mask_name(row.author.display_name) or _("a resident"),
        support=row.support,
        is_own=is_known and row.author_id == request.user.pk,
        is_supported=row.is_supported,
        can_support=is_open and request.user.has_perm("consultation.support_opinion", row),
        can_reply=is_there and Verb.GIVE_OPINION in verbs and row.depth < DEEPEST_REPLY,
        hide_form=form if may_hide else None,
    )


@require_POST
def opinion_give(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an opinion in; a refusal stands beside the text, nothing typed is lost."""
    topic = _topic(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(topic.get_absolute_url())
    form = OpinionForm(request.POST)
    if form.is_valid():
        try:
            operations.give_opinion(by=acting_user(request), now=clock.now(), topic=topic, **form.cleaned_data)
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("Your opinion has been recorded."))
            return redirect(f"{topic.get_absolute_url()}#opinions")
    return _page(request, topic, form)


@require_http_methods(["GET", "HEAD", "POST"])
def opinion_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an opinion with the form of a reply, and take the reply in."""
    opinion = _opinion(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    form = ReplyForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            operations.give_opinion(
                by=acting_user(request), now=clock.now(), topic=opinion.topic, parent=opinion, **form.cleaned_data
            )
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("Your reply has been recorded."))
            return redirect(f"{opinion.topic.get_absolute_url()}#opinion-{opinion.parent_id or opinion.pk}")
    context = {
        "opinion": opinion,
        "topic": opinion.topic,
        "trail": list(Division.objects.ancestors(opinion.topic.division)),
        "author": mask_name(opinion.author.display_name) or _("a resident"),
        "form": form,
    }
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "consultation/topics/reply.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def topic_raise(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form with which a resident raises a topic, and take it in."""
    place = get_object_or_404(Division, pk=pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    form = RaiseForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            topic = raising.raise_topic(by=acting_user(request), now=clock.now(), division=place, **form.cleaned_data)
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("Your topic has been received. You will read here whether it is accepted."))
            return redirect(topic)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "form": form,
        "days": value(ACCEPT_DAYS, place, clock.today()),
    }
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "consultation/topics/raise.html", context, status=status)


def _opinion(request: HttpRequest, pk: int) -> Opinion:
    rows = Opinion.objects.visible_to(request.user).filter(topic__in=Topic.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("topic__division", "author"), pk=pk)


@require_POST
def opinion_support(request: HttpRequest, pk: int) -> HttpResponse:
    """Support an opinion."""
    opinion = _opinion(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(opinion.topic.get_absolute_url())
    try:
        operations.support_opinion(by=acting_user(request), now=clock.now(), opinion=opinion)
    except DomainError as refusal:
        return back_with(request, refusal)
    messages.success(request, _("You support this opinion."))
    return redirect(f"{opinion.topic.get_absolute_url()}#opinion-{opinion.pk}")


@require_POST
def opinion_hide(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide an opinion with a reason."""
    opinion = _opinion(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(opinion.topic.get_absolute_url())
    form = HideForm(request.POST, auto_id=f"hide-{pk}-%s")
    if form.is_valid():
        try:
            operations.hide_opinion(by=acting_user(request), now=clock.now(), opinion=opinion, **form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("The opinion has been hidden."))
            return redirect(f"{opinion.topic.get_absolute_url()}#opinions")
    return _page(request, _topic(request, opinion.topic_id), OpinionForm(), (pk, form))


@require_POST
def topic_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the move that a button asks for."""
    topic = _topic(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(topic.get_absolute_url())
    name = request.POST.get("move", "")
    if name not in TOPIC.by_name:
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        if name in OPERATIONS:
            more = {"reason": reason} if name in WITH_REASON else {}
            OPERATIONS[name](by=acting_user(request), now=clock.now(), topic=topic, **more)
        else:
            lifecycle.move(topic, name, by=acting_user(request), now=clock.now(), reason=reason)
    except DomainError as refusal:
        return back_with(request, refusal)
    messages.success(request, _("Done: %(move)s.") % {"move": TOPIC.by_name[name].label})
    return redirect(topic)
