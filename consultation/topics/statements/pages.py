"""Agree or disagree on the phone: one statement after another, and where people agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from consultation.topics.models import Topic
from consultation.topics.papers.queries import with_answers
from consultation.topics.policy import Verb
from consultation.topics.queries import open_verbs
from consultation.topics.statements import operations
from consultation.topics.statements.drawing import draw
from consultation.topics.statements.forms import ProposeForm
from consultation.topics.statements.lifecycle import StatementStatus
from consultation.topics.statements.models import Statement
from consultation.topics.statements.policy import Position
from consultation.topics.statements.queries import results_of, similar_statements
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import back_with

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_LISTED = 100


def _topic(request: HttpRequest, pk: int) -> Topic:
    rows = Topic.objects.visible_to(request.user).select_related("division").prefetch_related("phases")
    return get_object_or_404(rows, pk=pk)


def _list(
    request: HttpRequest, topic: Topic, form: ProposeForm, similar: list[Statement] | None = None
) -> HttpResponse:
    now = clock.now()
    verbs = open_verbs(topic, now)
    rows = Statement.objects.visible_to(request.user).filter(topic=topic).for_list().with_position_of(request.user)
    found: list[Any] = list(with_answers(rows, "statement")[:MOST_LISTED])
    results = results_of(topic, now)
    context = {
        "topic": topic,
        "trail": list(Division.objects.ancestors(topic.division)),
        "statements": [row for row in found if row.status == StatementStatus.SHOWN],
        "others": [row for row in found if row.status != StatementStatus.SHOWN],
        "positions": Position.choices,
        "can_rate": Verb.RATE_STATEMENT in verbs,
        "can_propose": Verb.PROPOSE_STATEMENT in verbs,
        "may_speak": request.user.has_perm("consultation.rate_statement", topic),
        "may_answer": request.user.has_perm("consultation.answer_officially", topic),
        "results": results,
        "picture": draw(results) if results else None,
        "form": form,
        "similar": similar,
    }
    return render(request, "consultation/topics/statements/list.html", context)


@require_safe
def statement_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the statements of a topic, one's own positions, and where people agree."""
    return _list(request, _topic(request, pk), ProposeForm())


@require_POST
def statement_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a statement in; what says nearly the same is shown first."""
    topic = _topic(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("consultation:topic-statements", args=[pk]))
    form = ProposeForm(request.POST)
    if not form.is_valid():
        return _list(request, topic, form)
    text = form.cleaned_data["text"]
    similar = [] if form.cleaned_data["is_new"] else similar_statements(topic, text)
    if similar:
        again = ProposeForm(initial={"text": text, "is_new": True})
        return _list(request, topic, again, similar)
    try:
        made = operations.propose_statement(by=acting_user(request), now=clock.now(), topic=topic, text=text)
    except (DomainError, ValidationError) as refusal:
        put_into(form, refusal)
        return _list(request, topic, form)
    is_shown = made.status == StatementStatus.SHOWN
    messages.success(request, _("Your statement is shown.") if is_shown else _("Your statement will be checked first."))
    return redirect("consultation:topic-statements", pk=pk)


@require_POST
def statement_rate(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a position in and go on with the next statement, or back to the list."""
    rows = Statement.objects.visible_to(request.user).filter(topic__in=Topic.objects.visible_to(request.user))
    statement = get_object_or_404(rows, pk=pk)
    one_by_one = reverse("consultation:topic-positions", args=[statement.topic_id])
    if not request.user.is_authenticated:
        return redirect_to_login(one_by_one)
    position = request.POST.get("position", "")
    try:
        operations.rate_statement(by=acting_user(request), now=clock.now(), statement=statement, position=position)
    except DomainError as refusal:
        return back_with(request, refusal)
    if request.POST.get("from") == "list":
        return redirect(f"{reverse('consultation:topic-statements', args=[statement.topic_id])}#statement-{pk}")
    return redirect(one_by_one)


@require_http_methods(["GET", "HEAD"])
def position_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the first statement on which this person has not taken a position; three large buttons, nothing else."""
    topic = _topic(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    rows = Statement.objects.shown().filter(topic=topic).order_by("pk").with_position_of(request.user)
    found: list[Any] = list(rows)
    left = [row for row in found if not row.own_position]
    context = {
        "topic": topic,
        "trail": list(Division.objects.ancestors(topic.division)),
        "statement": left[0] if left else None,
        "done": len(found) - len(left),
        "number": len(found) - len(left) + 1,
        "total": len(found),
        "can_rate": Verb.RATE_STATEMENT in open_verbs(topic, clock.now()),
        "may_speak": request.user.has_perm("consultation.rate_statement", topic),
        "positions": Position.choices,
    }
    return render(request, "consultation/topics/statements/next.html", context)
