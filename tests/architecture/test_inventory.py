"""The data inventory is code: each field has a class, each model a retention (Personal Information Protection Law art. 51).

An app with models has a module `inventory.py` with two literals:
`FIELDS = {"ModelName": {"field_name": "PUBLIC" | "INTERNAL" | "PERSONAL" | "SENSITIVE"}}` and
`RETENTION = {"ModelName": "30 years (accounting archive)"}`. History rows of pghistory follow the row they track.
"""

from importlib import import_module

import pytest
from django.db.models import Model

from tests.architecture.house import own_models

CLASSES = {"PUBLIC", "INTERNAL", "PERSONAL", "SENSITIVE"}
APPS = sorted({model._meta.app_config.name for model in own_models()})


def _models(app: str) -> list[type[Model]]:
    return [model for model in own_models() if model._meta.app_config.name == app]


def _classified(app: str) -> dict[str, str]:
    fields: dict[str, dict[str, str]] = import_module(f"{app}.inventory").FIELDS
    return {f"{model}.{field}": kind for model, given in fields.items() for field, kind in given.items()}


@pytest.mark.parametrize("app", APPS)
def test_every_field_is_classified(app: str) -> None:
    existing = {
        f"{model.__name__}.{field.name}"
        for model in _models(app)
        for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many)
    }
    classified = set(_classified(app))

    assert sorted(existing - classified) == [], "fields without a class"
    assert sorted(classified - existing) == [], "classes of fields that are gone"


@pytest.mark.parametrize("app", APPS)
def test_every_class_is_known(app: str) -> None:
    assert {field: kind for field, kind in _classified(app).items() if kind not in CLASSES} == {}


@pytest.mark.parametrize("app", APPS)
def test_every_model_has_a_retention(app: str) -> None:
    retention: dict[str, str] = import_module(f"{app}.inventory").RETENTION

    assert sorted(retention) == sorted(model.__name__ for model in _models(app))
    assert [model for model, text in retention.items() if not text.strip()] == []
