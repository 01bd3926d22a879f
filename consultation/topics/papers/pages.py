"""Documents of a topic on the phone: paragraphs with their comments, older versions, official answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from consultation.topics.models import Opinion, Topic
from consultation.topics.papers import operations
from consultation.topics.papers.forms import AnswerForm, CommentForm
from consultation.topics.papers.models import SectionComment, TopicDocument
from consultation.topics.papers.queries import reading_of
from consultation.topics.policy import Verb
from consultation.topics.queries import open_verbs
from consultation.topics.statements.models import Statement
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import sent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LONGEST_VERSION = 4
"""Digits of the number of a version; what is longer names none."""
TARGETS: dict[str, Any] = {"opinion": Opinion, "statement": Statement, "comment": SectionComment}


def _document(request: HttpRequest, pk: int) -> TopicDocument:
    rows = TopicDocument.objects.visible_to(request.user).select_related("topic__division")
    return get_object_or_404(rows.prefetch_related("topic__phases"), pk=pk)


def _page(request: HttpRequest, document: TopicDocument, form: CommentForm | None = None) -> HttpResponse:
    number = request.GET.get("version", "")
    is_number = number.isdecimal() and len(number) <= LONGEST_VERSION
    reading = reading_of(document, int(number) if is_number else None, request.user)
    if reading is None:
        raise Http404
    topic = document.topic
    chosen = form["anchor"].value() if form else request.GET.get("on", "")
    is_newest = reading.version == reading.versions[0]
    can_comment = is_newest and Verb.COMMENT_SECTION in open_verbs(topic, clock.now())
    context = {
        "document": document,
        "topic": topic,
        "trail": list(Division.objects.ancestors(topic.division)),
        "reading": reading,
        "is_newest": is_newest,
        "can_comment": can_comment,
        "may_speak": request.user.has_perm("consultation.comment_section", topic),
        "may_answer": request.user.has_perm("consultation.answer_officially", topic),
        "chosen": chosen,
        "form": form or CommentForm(initial={"anchor": chosen}),
    }
    return render(request, "consultation/topics/papers/detail.html", context)


@require_safe
def document_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version of a document, the newest unless another one is asked for, with the comments on each paragraph."""
    return _page(request, _document(request, pk))


@require_POST
def comment_give(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a comment in; a refusal stands beside the text."""
    document = _document(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(document.get_absolute_url())
    form = CommentForm(request.POST)
    if form.is_valid():
        try:
            operations.comment_section(by=acting_user(request), now=clock.now(), document=document, **form.cleaned_data)
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("Your comment has been recorded."))
            return redirect(f"{document.get_absolute_url()}#s-{form.cleaned_data['anchor']}")
    return _page(request, document, form)


def _target(request: HttpRequest, kind: str, pk: int) -> Any:
    way = {"comment": "version__document__topic"}.get(kind, "topic")
    topics = Topic.objects.visible_to(request.user)
    rows = TARGETS[kind].objects.visible_to(request.user).filter(**{f"{way}__in": topics})
    return get_object_or_404(rows.select_related("author", f"{way}__division"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def answer_give(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Show what is to be answered with the form of an official answer, and take the answer in."""
    target = _target(request, kind, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    if not request.user.has_perm("consultation.answer_officially", target):
        raise PermissionDenied
    form = AnswerForm(sent(request), initial={"office": target.division.name})
    if request.method == "POST" and form.is_valid():
        try:
            operations.answer_officially(by=acting_user(request), now=clock.now(), to=target, **form.cleaned_data)
        except (DomainError, ValidationError) as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("The official answer has been published."))
            return redirect(_home_of(target))
    context = {
        "target": target,
        "topic": target.topic,
        "author": mask_name(target.author.display_name) or _("a resident"),
        "trail": list(Division.objects.ancestors(target.division)),
        "form": form,
    }
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "consultation/topics/papers/answer.html", context, status=status)


def _home_of(target: Any) -> str:
    """Return where an answer is read."""
    if isinstance(target, Statement):
        return target.get_absolute_url()
    if isinstance(target, SectionComment):
        return f"{target.version.document.get_absolute_url()}#s-{target.anchor}"
    return f"{target.topic.get_absolute_url()}#opinion-{target.pk}"
