"""Foreign keys point down the house; the import linter can't see them when they are strings."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.db.models import Model

from tests.architecture.house import is_ours, own_models, position


def _upward(source: type[Model], target: type[Model]) -> bool:
    if target is source:
        return False
    here, there = position(source.__module__), position(target.__module__)
    return there > here


def test_relations_point_to_the_own_room_or_down() -> None:
    relations = [
        (model, field.name, field.related_model)
        for model in own_models(auto_created=True)
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
        if isinstance(field.related_model, type)
    ]

    wrong = [
        f"{source._meta.label}.{name} -> {target._meta.label}"
        for source, name, target in relations
        if is_ours(target) and _upward(source, target)
    ]

    assert wrong == []


def test_every_model_lies_in_a_known_room() -> None:
    for model in own_models():
        assert position(model.__module__), model._meta.label


def test_no_generic_foreign_keys() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field in model._meta.private_fields
        if isinstance(field, GenericForeignKey)
    ]

    assert wrong == []
