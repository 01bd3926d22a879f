"""Addresses of the topic pages."""

from django.urls import URLPattern, path

from consultation.topics import pages
from consultation.topics.following import pages as following
from consultation.topics.papers import pages as papers
from consultation.topics.statements import pages as statements

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/topics/", pages.topic_list, name="topic-list"),
    path("divisions/<int:pk>/topics/new/", pages.topic_raise, name="topic-raise"),
    path("divisions/<int:pk>/topics/follow/", following.place_follow, name="place-follow"),
    path("topics/<int:pk>/", pages.topic_detail, name="topic-detail"),
    path("topics/<int:pk>/moves/", pages.topic_move, name="topic-move"),
    path("topics/<int:pk>/follow/", following.topic_follow, name="topic-follow"),
    path("topics/<int:pk>/opinions/", pages.opinion_give, name="opinion-give"),
    path("topics/<int:pk>/statements/", statements.statement_list, name="topic-statements"),
    path("topics/<int:pk>/statements/propose/", statements.statement_propose, name="topic-statement-propose"),
    path("topics/<int:pk>/positions/", statements.position_next, name="topic-positions"),
    path("topic-statements/<int:pk>/rate/", statements.statement_rate, name="statement-rate"),
    path("opinions/<int:pk>/support/", pages.opinion_support, name="opinion-support"),
    path("opinions/<int:pk>/reply/", pages.opinion_reply, name="opinion-reply"),
    path("opinions/<int:pk>/hide/", pages.opinion_hide, name="opinion-hide"),
    path("topic-documents/<int:pk>/", papers.document_detail, name="topic-document-detail"),
    path("topic-documents/<int:pk>/comments/", papers.comment_give, name="topic-document-comment"),
    path("opinions/<int:pk>/answer/", papers.answer_give, {"kind": "opinion"}, name="opinion-answer"),
    path("topic-statements/<int:pk>/answer/", papers.answer_give, {"kind": "statement"}, name="statement-answer"),
    path("section-comments/<int:pk>/answer/", papers.answer_give, {"kind": "comment"}, name="section-comment-answer"),
    path("digests/<int:pk>/", following.digest_detail, name="digest-detail"),
    path("digests/<int:pk>/paper.pdf", following.digest_paper, name="digest-paper"),
    path("digests/stop/<str:token>/", following.digest_stop, name="digest-stop"),
]
