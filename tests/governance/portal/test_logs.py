"""Logs are JSON lines and hold no personal data."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from governance.portal.logs import GONE, configuration, without_personal_data


@pytest.fixture
def lines() -> Iterator[Any]:
    """Log as an installation does, into memory."""
    out = io.StringIO()
    config = configuration(is_json=True, level="INFO")
    config["handlers"]["out"]["stream"] = out
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    logging.config.dictConfig(config)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


def test_event_is_one_json_line_with_its_fields(lines: Any) -> None:
    logging.getLogger("funds").warning("cache unavailable", extra={"operation": "get"})

    (line,) = lines()
    assert {name: line[name] for name in ("event", "level", "logger", "operation")} == {
        "event": "cache unavailable",
        "level": "warning",
        "logger": "funds",
        "operation": "get",
    }
    assert line["timestamp"].endswith("Z")


def test_progress_of_a_sheet_stands_in_no_log(lines: Any) -> None:
    logging.getLogger("weasyprint.progress").info("Step 5 - Creating layout - Page 1")
    logging.getLogger("weasyprint").warning("Ignored a declaration")

    assert [line["event"] for line in lines()] == ["Ignored a declaration"]


def test_personal_data_never_reach_the_line(lines: Any) -> None:
    logging.getLogger("x").error("call %s about 510302198001010012", "13800138000", extra={"note": ["13800138001"]})
    structlog.get_logger("y").info("sent", phone="13800138002", text="to +86 138 0013 8003", token="abc")
    try:
        int("user 13800138004")
    except ValueError:
        logging.getLogger("z").exception("failed")

    text = json.dumps(lines(), ensure_ascii=False)
    assert not any(number in text for number in ("13800138", "198001010012", "0013 8003", "abc"))
    assert "138****8000" in text
    assert "138****8004" in text
    assert GONE in text


def test_codes_of_slips_never_reach_the_line(lines: Any) -> None:
    logging.getLogger("x").warning("Not Found: /matters/follow/ABCD2345/", extra={"request": "GET /answers/XYZ/?a=1"})

    (line,) = lines()
    assert (line["event"], line["request"]) == ("Not Found: /matters/follow/…/", "GET /answers/…/")


@pytest.mark.parametrize(
    ("event", "clean"),
    [
        ({"request": "GET /search/?q=王小明"}, {"request": "GET /search/"}),
        ({"code": 404, "status_code": 404}, {"code": 404, "status_code": 404}),
        ({"sms_code": "123456", "Authorization": "Bearer x"}, {"sms_code": GONE, "Authorization": GONE}),
        ({"body": {"password": "x", "n": 1}}, {"body": {"password": GONE, "n": 1}}),
    ],
)
def test_processor_keeps_what_may_be_kept(event: dict[str, Any], clean: dict[str, Any]) -> None:
    assert without_personal_data(None, "info", event) == clean
