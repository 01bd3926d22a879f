"""Following a topic or all topics of a community, the weekly digest for screen and notice board, and how to end it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from consultation.topics.following import operations
from consultation.topics.following.models import Channel, Digest
from consultation.topics.following.queries import WEEK, read_token, said
from consultation.topics.models import Topic
from governance import printing
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import back_with

if TYPE_CHECKING:
    from django.http import HttpRequest


def _follow(request: HttpRequest, place: Division, topic: Topic | None) -> HttpResponse:
    home = topic.get_absolute_url() if topic else reverse("consultation:topic-list", args=[place.pk])
    if not request.user.is_authenticated:
        return redirect_to_login(home)
    by, now = acting_user(request), clock.now()
    try:
        if request.POST.get("stop"):
            operations.unfollow(by=by, now=now, division=place, topic=topic)
            messages.success(request, _("You get no more messages about it."))
        else:
            channel = request.POST.get("channel") or Channel.SMS
            operations.follow(
                by=by, now=now, division=place, topic=topic, channel=channel, language=get_language() or ""
            )
            messages.success(request, _("You get one message a week when there is news."))
    except DomainError as refusal:
        return back_with(request, refusal)
    return redirect(home)


@require_POST
def topic_follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a topic, or no more."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user).select_related("division"), pk=pk)
    return _follow(request, topic.division, topic)


@require_POST
def place_follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow all topics of a community, or none of them any more."""
    return _follow(request, get_object_or_404(Division, pk=pk), None)


def _context(digest: Digest) -> dict[str, Any]:
    news: dict[int, list[str]] = defaultdict(list)
    titles: dict[int, str] = {}
    for entry in digest.entries:
        news[entry["topic"]].append(said(entry))
        titles[entry["topic"]] = entry["title"]
    return {
        "digest": digest,
        "place": digest.division,
        "last_day": digest.week + WEEK - digest.week.resolution,
        "news": [
            {"title": titles[key], "lines": lines, "url": reverse("consultation:topic-detail", args=[key])}
            for key, lines in news.items()
        ],
    }


@require_safe
def digest_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what happened on the topics of a community in a week."""
    digest = get_object_or_404(Digest.objects.select_related("division"), pk=pk)
    trail = list(Division.objects.ancestors(digest.division))
    return render(request, "consultation/topics/following/digest.html", {**_context(digest), "trail": trail})


@require_safe
def digest_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the digest in large type on A4, for the notice board and people without a phone."""
    digest = get_object_or_404(Digest.objects.select_related("division"), pk=pk)
    address = request.build_absolute_uri(digest.get_absolute_url())
    context = {**_context(digest), "address": address, "printed_at": clock.now()}
    answer = HttpResponse(
        printing.render("consultation/topics/following/digest_paper.html", context), content_type="application/pdf"
    )
    answer["Content-Disposition"] = f'inline; filename="digest-{digest.pk}.pdf"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def digest_stop(request: HttpRequest, token: str) -> HttpResponse:
    """End all messages of a community by the link that stands in each of them; nobody has to sign in for it."""
    found = read_token(token)
    user = User.objects.filter(pk=found[0]).first() if found else None
    place = Division.objects.filter(pk=found[1]).first() if found else None
    if user is None or place is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        operations.unfollow(by=user, now=clock.now(), division=place)
    return render(request, "consultation/topics/following/stop.html", {"place": place, "is_done": is_done})
