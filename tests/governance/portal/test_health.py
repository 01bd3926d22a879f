"""What machines ask, and what a start asks."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from governance import preflight
from governance.portal import metrics
from governance.portal.models import Heartbeat
from governance.portal.tasks import beat

pytestmark = pytest.mark.django_db


def test_alive_asks_nobody(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_after_a_beat(client: Client) -> None:
    beat()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "ok", "broker": "ok", "beat": "ok"}


def test_not_ready_before_the_first_beat(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["beat"]) == (503, "beat has never run a task")


def test_not_ready_when_beat_is_silent(client: Client) -> None:
    beat()
    Heartbeat.objects.update(at=timezone.now() - dt.timedelta(seconds=90))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["beat"].startswith("no task of beat for 9")


def test_a_dead_broker_is_told_apart(client: Client, settings: Any) -> None:
    beat()
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/valkey.sock"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": "ok", "broker": "the broker does not answer", "beat": "ok"}


@pytest.mark.django_db(transaction=True)
def test_a_dead_database_is_told_apart(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")
    try:
        answer = client.get("/readyz")
        with pytest.raises(preflight.NotReady, match="does not answer"):
            preflight.check()
    finally:
        connection.close()

    assert answer.status_code == 503
    assert answer.json()["database"] == "the database does not answer"
    assert answer.json()["broker"] == "ok"


def test_beats_leave_one_row() -> None:
    beat()
    beat()

    assert Heartbeat.objects.count() == 1


def test_preflight_passes_here(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("preflight")

    assert capsys.readouterr().out == "Ready to start.\n"


@pytest.mark.django_db(transaction=True)
def test_preflight_names_a_missing_migration(owner: Any) -> None:
    migrations = MigrationRecorder.Migration.objects
    row = migrations.get(app="portal", name="0001_initial")
    with owner():
        migrations.filter(pk=row.pk).delete()
    try:
        with pytest.raises(preflight.NotReady, match=r"1 migration\(s\) missing \(portal\.0001_initial\)"):
            preflight.check()
    finally:
        with owner():
            row.save(force_insert=True)


@pytest.fixture
def made_with(owner: Any) -> Iterator[Callable[[str], str]]:
    """Make a database of a locale beside the test's and return its address."""
    made = []

    def make(locale: str) -> str:
        name = f"{connection.settings_dict['NAME']}_{len(made)}"
        with owner(), connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE '{locale}'")
        made.append(name)
        return f"{settings.ENGINES.database_owner_url.rpartition('/')[0]}/{name}"

    yield make
    with owner(), connection.cursor() as cursor:
        for name in made:
            cursor.execute(f"DROP DATABASE {name}")


def start(url: str) -> subprocess.CompletedProcess[str]:
    """Begin as the web server does, against the database at this address."""
    return subprocess.run(
        [sys.executable, "-c", "import governance.wsgi"],
        env={**os.environ, "DATABASE_URL": url, "DATABASE_OWNER_URL": url},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_no_start_on_a_database_of_locale_c(made_with: Callable[[str], str]) -> None:
    refused = start(made_with("C"))

    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("Not started. The database can't search Chinese text")


@pytest.mark.django_db(transaction=True)
def test_no_start_on_empty_tables_whatever_the_locale_allows(made_with: Callable[[str], str]) -> None:
    refused = start(made_with("C.UTF-8"))

    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("Not started. The tables are behind the program:")


@pytest.mark.django_db(transaction=True)
def test_no_start_without_a_database() -> None:
    refused = start("postgres://somebody@localhost:1/nowhere")

    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("Not started. The database “nowhere” at localhost does not answer.")


def test_metrics_are_off_by_default_and_never_public(client: Client) -> None:
    assert not metrics.serve()
    assert client.get("/metrics").status_code == 404


def test_metrics_answer_on_this_machine(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    with socket.socket() as free:
        free.bind((metrics.HOST, 0))
        settings.METRICS_PORT = free.getsockname()[1]

    server = metrics.serve()
    try:
        with urllib.request.urlopen(f"http://{metrics.HOST}:{settings.METRICS_PORT}/metrics", timeout=5) as answer:
            assert answer.status == 200
        assert not metrics.serve()
    finally:
        metrics.stop(server)


REPORT = {
    "csp-report": {
        "document-uri": "https://site.example/search/?q=13800138000",
        "violated-directive": "script-src",
        "blocked-uri": "https://evil.example/x.js?token=1",
    }
}


@pytest.mark.parametrize(
    "report",
    [
        REPORT,
        [
            {
                "body": {
                    "documentURL": "https://site.example/search/?q=13800138000",
                    "effectiveDirective": "script-src",
                    "blockedURL": "https://evil.example/x.js?token=1",
                }
            }
        ],
    ],
)
def test_browsers_reports_are_logged_without_queries(
    client: Client, caplog: pytest.LogCaptureFixture, report: Any
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = client.post("/csp-report/", json.dumps(report), content_type="application/csp-report")

    assert answer.status_code == 204
    record = next(record for record in caplog.records if record.message == "csp violation")
    found = (record.page, record.directive, record.blocked)
    assert found == ("site.example/search/", "script-src", "evil.example/x.js")


@pytest.mark.parametrize("body", ["", "{", "7", '"text"', '{"csp-report": 7}', "[7]"])
def test_nonsense_is_not_a_report(client: Client, body: str) -> None:
    assert client.post("/csp-report/", body, content_type="application/json").status_code == 400
