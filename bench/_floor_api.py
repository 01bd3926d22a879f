"""The barest answers that Django and Django REST framework can give from the product's tables: the limit of `bench.api`.

Neither sessions nor languages nor rights nor a middleware. Served by gunicorn from within this folder
(`gunicorn _floor_api:application`), because importing the package `bench` would set the product up.
"""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar

import django
from django.conf import settings
from environ import Env

settings.configure(
    SECRET_KEY="the floor signs nothing",  # noqa: S106 - nothing is signed with it
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={"default": {**Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 600}},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    LOGGING_CONFIG=None,
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - needs the settings
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402

ROWS = 50
COLUMNS = ("id", "title", "status", "announced_at", "deliberated_at")


class Topic(models.Model):
    """A row of the list."""

    title = models.CharField(max_length=120)
    division_id = models.BigIntegerField()
    status = models.CharField(max_length=20)
    announced_at = models.DateTimeField()
    deliberated_at = models.DateTimeField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "consultation_topic"

    def __str__(self) -> str:
        return self.title


class TopicSerializer(serializers.ModelSerializer[Topic]):
    """Five columns."""

    class Meta:
        model = Topic
        fields: ClassVar = COLUMNS


class TopicList(generics.ListAPIView[Topic]):
    """The newest topics of a place as Django REST framework's own parts give them."""

    serializer_class = TopicSerializer
    pagination_class = None

    def get_queryset(self) -> Any:
        """Fifty rows."""
        return Topic.objects.filter(division_id=self.kwargs["pk"]).order_by("-id")[:ROWS]


def plain(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the same rows from `.values()`, without Django REST framework."""
    del request
    rows = list(Topic.objects.filter(division_id=pk).order_by("-id").values(*COLUMNS)[:ROWS])
    return HttpResponse(json.dumps(rows, default=str, ensure_ascii=False), content_type="application/json")


urlpatterns = [path("plain/<int:pk>", plain), path("model/<int:pk>", TopicList.as_view())]
application = get_wsgi_application()
