"""The record of a consultation, put together from what there is: course, who took part, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from consultation.topics.models import OpinionSupport, Topic
from consultation.topics.papers.models import OfficialAnswer, SectionComment
from consultation.topics.queries import stages_of
from consultation.topics.statements.drawing import draw
from consultation.topics.statements.models import StatementVote
from consultation.topics.statements.queries import results_of
from governance.calendar import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def _numbers(topic: Topic) -> list[tuple[str, int]]:
    """Count the people who took part in each way, and the answers; five queries."""
    spoke = topic.opinions.filter(hidden_at=None).aggregate(count=Count("author", distinct=True))
    found = OpinionSupport.objects.filter(opinion__topic=topic).aggregate(count=Count("user", distinct=True))
    took = StatementVote.objects.filter(statement__topic=topic).aggregate(count=Count("user", distinct=True))
    said = SectionComment.objects.filter(version__document__topic=topic, hidden_at=None)
    ways = ("opinion__topic", "statement__topic", "comment__version__document__topic")
    answers = sum(OfficialAnswer.objects.filter(**{way: topic}).count() for way in ways)
    return [
        (_("gave opinions"), spoke["count"]),
        (_("found opinions convincing"), found["count"]),
        (_("agreed or disagreed with statements"), took["count"]),
        (_("commented on documents"), said.aggregate(count=Count("author", distinct=True))["count"]),
        (_("official answers"), answers),
    ]


@require_safe
def topic_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the record of a consultation, for the file and for print."""
    rows = Topic.objects.visible_to(request.user).for_detail().prefetch_related("phases__changes")
    topic = get_object_or_404(rows, pk=pk)
    decisions = list(topic.decisions.visible_to(request.user).order_by("pk"))
    results = results_of(topic, clock.now())
    context = {
        "topic": topic,
        "trail": list(Division.objects.ancestors(topic.division)),
        "stages": stages_of(topic, decisions),
        "numbers": _numbers(topic),
        "results": results,
        "picture": draw(results) if results else None,
        "ballots": list(topic.ballots.visible_to(request.user).order_by("pk")),
        "decisions": decisions,
        "allotments": topic.allotments.annotate(
            households=Count("shares"), least=Min("shares__quantity"), most=Max("shares__quantity")
        ).order_by("pk"),
    }
    return render(request, "consultation/topics/record.html", context)
