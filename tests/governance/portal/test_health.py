"""What machines ask, and what a start asks."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socket
import urllib.request
from typing import Any

import pytest
from django.core.management import CommandError, call_command
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


@pytest.mark.django_db(transaction=True)
def test_preflight_refuses_a_database_that_is_blind_to_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "PROBE", "!!")  # what Chinese is to a database of locale C: no letters

    with pytest.raises(preflight.NotReady, match="can't search Chinese"):
        preflight.check()
    with pytest.raises(SystemExit, match="Not started"):
        preflight.require()
    with pytest.raises(CommandError):
        call_command("preflight")


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
    found = (record.page, record.directive, record.blocked)  # type: ignore[attr-defined]
    assert found == ("site.example/search/", "script-src", "evil.example/x.js")


@pytest.mark.parametrize("body", ["", "{", "7", '"text"', '{"csp-report": 7}', "[7]"])
def test_nonsense_is_not_a_report(client: Client, body: str) -> None:
    assert client.post("/csp-report/", body, content_type="application/json").status_code == 400
