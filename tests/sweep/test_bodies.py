"""Whatever a partner system sends, the API answers: every write with bodies of which something is wrong, never 500.

A body is put together from what the API's document says of it, with keys of rows that exist; then one or two of its values
are spoiled. It is sent by whoever may make the call, at a row of any state. A few in every run, many at night.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import NoReverseMatch, reverse
from drf_spectacular.generators import SchemaGenerator

from tests.properties import examples
from tests.sweep.routes import Route, routes
from tests.sweep.test_everybody import House, forgive
from tests.sweep.world import model_of

FLOORS = ("projects", "socialorgs")
PARTS = 4
SENDERS = ("district_admin", "street_officer", "street_reviewer", "organization_head", "community_staff", "resident")
SPOILED: tuple[Any, ...] = (
    *(None, "", " ", [], {}, True, -1, 0, 1.5, 1e308, 2**31, 2**63, 10**30),
    *("a\x00b", "字" * 5000, "\uff19", "%00", "'", "\ud800", "NaN", "1e5", "0.001", "-1.00", "99999999999999999999.99"),
    *("2026-13-01", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"),
    *({"a": {"b": [1]}}, {"1": None}, {"\x00": 5}, {"\ud800": 5}, [None], ["x"], [[1]], [{}], [1, 1], [2**70]),
)
"""What stands in the place of a value: nothing, another shape, the edges of a type, and texts that break readers."""
RIGHT = {
    "integer": (1, 2, 3, 5, 24, 2025, 2026),
    "number": (0.5, 1),
    "boolean": (True, False),
    "date": ("2026-12-01", "2026-11-20", "2027-06-30"),
    "date-time": ("2026-12-01T10:00:00+08:00", "2026-11-20T00:00:00Z"),
    "time": ("09:30:00",),
    "decimal": ("100.00", "0.01", "33.33", "5000.00"),
    "string": ("社区服务", "51510302MJQ0000406", "1"),
}


class Document:
    """The API's document, as the bodies of calls are asked of it."""

    def __init__(self) -> None:
        read: Any = SchemaGenerator().get_schema(public=True)
        self.schemas = read["components"]["schemas"]
        self.calls = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operations)
            for path, operations in sorted(read["paths"].items(), key=lambda pair: pair[0].count("{"))
        ]

    def body_of(self, method: str, address: str) -> dict[str, Any]:
        """Return the schema of the body of a call, empty where it has none."""
        for pattern, operations in self.calls:
            if method.lower() in operations and pattern.fullmatch(address):
                content = operations[method.lower()].get("requestBody", {}).get("content", {})
                return dict(content.get("application/json", {}).get("schema", {}))
        return {}

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema that another names."""
        while "$ref" in schema or "allOf" in schema or "oneOf" in schema:
            named = schema.get("$ref")
            schema = self.schemas[named.rsplit("/", 1)[1]] if named else (schema.get("allOf") or schema["oneOf"])[0]
        return schema

    def example(self, schema: dict[str, Any], chance: random.Random) -> Any:
        """Return a value that the schema allows."""
        schema = self.resolved(schema)
        kind = schema.get("type")
        if "enum" in schema:
            return chance.choice(schema["enum"])
        if kind == "array":
            return [self.example(schema["items"], chance) for _ in range(chance.randrange(3))]
        if kind == "object":
            required, known = schema.get("required", ()), schema.get("properties", {})
            chosen = [name for name in known if name in required or chance.random() < 0.6]
            found = {name: self.example(known[name], chance) for name in chosen if not known[name].get("readOnly")}
            more = schema.get("additionalProperties")
            return found | ({"1": self.example(more, chance)} if isinstance(more, dict) and more else {})
        name = schema.get("format", kind)
        return chance.choice(RIGHT.get("decimal" if "pattern" in schema else name, RIGHT["string"]))


def spoil(value: Any, chance: random.Random) -> Any:
    """Put something else in the place of one value, however deep it lies."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        if chance.random() < 0.15:
            return {key: kept for key, kept in value.items() if key != name}
        return value | {name: spoil(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.6:
        return [spoil(value[0], chance), *value[1:]]
    return chance.choice(SPOILED)


def _writes() -> list[tuple[Route, str]]:
    """Return the calls of the floors that write."""
    own = [route for route in routes() if getattr(route.view, "cls", None) and _floor(route) in FLOORS]
    return [(route, method) for route in own for method in route.methods if method in {"POST", "PATCH", "PUT"}]


def _floor(route: Route) -> str:
    return str(route.view.cls.__module__).partition(".")[0]


def _addresses(house: House, route: Route) -> Iterator[str]:
    """Yield the addresses of a call: of the row that stands for it, and of one of each state."""
    model = model_of(route.view.cls)
    rows: list[Any] = [house.world.get(model)] if model is not None else [None]
    if "pk" in route.parameters and model is not None and "status" in {field.name for field in model._meta.fields}:
        rows += model._default_manager.order_by("status", "pk").distinct("status")
    for row in rows:
        values = {"pk": getattr(row, "pk", 1), "number": 1, "key": 1}
        try:
            yield reverse(route.name, kwargs={name: values[name] for name in route.parameters if name != "format"})
        except (KeyError, NoReverseMatch):
            return


def _answer(house: House, method: str, address: str, body: Any) -> tuple[str, int]:
    """Send a body as whoever may make the call, and undo it; return who it was and the answer."""
    found = ("nobody", 403)
    for name in SENDERS:
        forgive()
        client = house.callers[name]
        with transaction.atomic():
            answer = client.generic(
                method, address, json.dumps(body), content_type="application/json", headers={"If-Match": '"1"'}
            )
            if answer.status_code < 400:
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit would refuse
            transaction.set_rollback(True)
        found = (name, int(answer.status_code))
        if found[1] not in {401, 403, 404}:
            break
    return found


@pytest.fixture(scope="module")
def document() -> Document:
    """Write the document of the API, once for all parts."""
    return Document()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_body_brings_the_api_down(house: House, document: Document, part: int) -> None:
    chance = random.Random(part)
    down: list[str] = []
    for route, method in _writes()[part::PARTS]:
        addresses = list(_addresses(house, route))
        for _time in range(examples(1) if addresses else 0):
            address = chance.choice(addresses)
            body = spoil(document.example(document.body_of(method, address) or {"type": "object"}, chance), chance)
            try:
                name, status = _answer(house, method, address, body)
            except Exception as error:  # the client lets out what a server would answer with 500
                name, status = repr(error)[:200], 500
            if status >= 500:
                down.append(f"{method} {address} by {name}: {body!r}"[:400])

    assert down == []
