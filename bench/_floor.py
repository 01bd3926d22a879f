"""The barest Django application that shows a list from the same tables: the limit of `bench.pages`.

Neither sessions nor languages nor rights nor a middleware: two queries and a template for a list of journals, and the same for a topic with its opinions. Served by gunicorn from within
this folder (`gunicorn _floor:application`), because importing the package `bench` would set the product up.
"""

from __future__ import annotations

import os

import django
from django.conf import settings
from environ import Env

settings.configure(
    SECRET_KEY="the floor signs nothing",  # noqa: S106 - nothing is signed with it
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {**Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 600}},
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [
                            (
                                "django.template.loaders.locmem.Loader",
                                {
                                    "list.html": """<!DOCTYPE html>
<html lang="zh-Hans">
  <head><meta charset="utf-8"><title>{{ book.name }}</title></head>
  <body>
    <h1>{{ book.name }}</h1>
    <table>
      {% for journal in journals %}
        <tr>
          <td>{{ journal.year }}-{{ journal.voucher_number }}</td>
          <td>{{ journal.posted_on|date:"Y-m-d" }}</td>
          <td>{{ journal.kind }}</td>
          <td>{{ journal.memo }}</td>
          <td>{{ journal.posted_by.username }}</td>
          <td>{{ journal.total }}</td>
        </tr>
      {% endfor %}
    </table>
  </body>
</html>
""",
                                    "topics.html": """<!DOCTYPE html>
<html lang="zh-Hans">
  <head><meta charset="utf-8"><title>{{ place }}</title></head>
  <body>
    <ul>
      {% for topic in topics %}
        <li>
          <h2><a href="/topics/{{ topic.pk }}/">{{ topic.title }}</a></h2>
          <p>{{ topic.status }}{% for phase in topic.floor_phases.all %} {{ phase.kind }} {{ phase.closes_at|date:"Y-m-d H:i" }}{% endfor %}</p>
        </li>
      {% endfor %}
    </ul>
  </body>
</html>
""",
                                    "topic.html": """<!DOCTYPE html>
<html lang="zh-Hans">
  <head><meta charset="utf-8"><title>{{ topic.title }}</title></head>
  <body>
    <h1>{{ topic.title }}</h1>
    {{ topic.text|linebreaks }}
    <ol>
      {% for opinion in opinions %}
        <li id="opinion-{{ opinion.pk }}">
          <h2>{{ opinion.author.display_name }}</h2>
          <p>{{ opinion.stance }} {{ opinion.given_at|date:"Y-m-d H:i" }}</p>
          {{ opinion.text|linebreaks }}
        </li>
      {% endfor %}
    </ol>
  </body>
</html>
""",
                                },
                            )
                        ],
                    )
                ]
            },
        }
    ],
    LOGGING_CONFIG=None,
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - needs the settings
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402

SHOWN = 20


class Person(models.Model):
    """Who has posted."""

    username = models.CharField(max_length=150)
    display_name = models.CharField(max_length=50)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "accounts_user"

    def __str__(self) -> str:
        return self.username


class Book(models.Model):
    """A book's name."""

    name = models.CharField(max_length=120)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "funds_book"

    def __str__(self) -> str:
        return self.name


class Journal(models.Model):
    """A row of the list."""

    book = models.ForeignKey(Book, models.DO_NOTHING)
    sequence = models.BigIntegerField()
    year = models.SmallIntegerField()
    voucher_number = models.IntegerField()
    kind = models.CharField(max_length=15)
    posted_on = models.DateField()
    posted_by = models.ForeignKey(Person, models.DO_NOTHING)
    memo = models.CharField(max_length=200)
    total = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "funds_journal"

    def __str__(self) -> str:
        return f"{self.year}-{self.voucher_number}"


class Topic(models.Model):
    """What is deliberated."""

    title = models.CharField(max_length=120)
    text = models.TextField()
    status = models.CharField(max_length=20)
    division_id = models.BigIntegerField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "consultation_topic"

    def __str__(self) -> str:
        return self.title


class Phase(models.Model):
    """When people can do what."""

    topic = models.ForeignKey(Topic, models.DO_NOTHING, related_name="floor_phases")
    kind = models.CharField(max_length=20)
    closes_at = models.DateTimeField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "consultation_topicphase"

    def __str__(self) -> str:
        return self.kind


class Opinion(models.Model):
    """What was said."""

    topic = models.ForeignKey(Topic, models.DO_NOTHING)
    author = models.ForeignKey(Person, models.DO_NOTHING)
    text = models.TextField()
    stance = models.CharField(max_length=10)
    given_at = models.DateTimeField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "consultation_opinion"

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


def bare(request: HttpRequest) -> HttpResponse:
    """Answer without asking the database."""
    del request
    return HttpResponse("bare")


def journals(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the latest journals of a book."""
    book = Book.objects.get(pk=pk)
    rows = Journal.objects.filter(book=book).select_related("posted_by").order_by("-sequence")[:SHOWN]
    return render(request, "list.html", {"book": book, "journals": rows})


def topics(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the newest topics of a place with their phases."""
    rows = Topic.objects.filter(division_id=pk).prefetch_related("floor_phases").order_by("-id")[:SHOWN]
    return render(request, "topics.html", {"place": pk, "topics": rows})


def opinions(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a topic with the newest opinions."""
    topic = Topic.objects.get(pk=pk)
    rows = Opinion.objects.filter(topic=topic).select_related("author").order_by("-id")[:SHOWN]
    return render(request, "topic.html", {"topic": topic, "opinions": rows})


urlpatterns = [
    path("bare/", bare),
    path("list/<int:pk>/", journals),
    path("places/<int:pk>/", topics),
    path("topics/<int:pk>/", opinions),
]
application = get_wsgi_application()
