"""Refusals speak: a code for programs, a sentence for people."""

from __future__ import annotations

from inspect import isclass

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import override

from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow, Unavailable, put_into
from governance.money import NotAnAmount


def _all_refusals(base: type[DomainError] = DomainError) -> list[type[DomainError]]:
    return [base, *(found for child in base.__subclasses__() for found in _all_refusals(child))]


def test_a_refusal_fills_its_sentence() -> None:
    with override("en"):
        assert (
            str(NotAnAmount(text="1e5"))
            == "“1e5” is not an amount. Write yuan with at most two decimals, such as 1234.50."
        )


def test_a_refusal_keeps_field_and_parameters() -> None:
    refusal = NotAnAmount(field="amount", text="x")

    assert (refusal.field, refusal.params, refusal.code) == ("amount", {"text": "x"}, "not_an_amount")


@pytest.mark.parametrize(
    ("kind", "status"), [(Invalid, 400), (NotAllowed, 403), (NotNow, 409), (Conflict, 409), (Unavailable, 503)]
)
def test_each_kind_has_its_status(kind: type[DomainError], status: int) -> None:
    assert kind.status == status


def test_codes_are_unique() -> None:
    assert apps.ready
    found = [refusal for refusal in _all_refusals() if isclass(refusal) and not refusal.__module__.startswith("tests")]

    codes: dict[str, list[str]] = {}
    for refusal in found:
        codes.setdefault(refusal.code, []).append(f"{refusal.__module__}.{refusal.__qualname__}")

    assert {code: names for code, names in codes.items() if len(names) > 1} == {}


class _Form(forms.Form):
    uploads = forms.CharField(required=False)
    controls = {"file": "uploads"}  # noqa: RUF012 - as the forms have it


@pytest.mark.parametrize(
    ("refusal", "beside"),
    [
        (NotAnAmount(field="uploads", text="x"), "uploads"),
        (NotAnAmount(field="file", text="x"), "uploads"),
        (ValidationError({"file": ["x"]}), "uploads"),
        (NotAnAmount(field="amount", text="x"), "__all__"),
        (NotAnAmount(text="x"), "__all__"),
    ],
)
def test_a_reason_stands_beside_the_control_that_it_is_about(refusal: DomainError, beside: str) -> None:
    form = _Form({})
    form.is_valid()

    put_into(form, refusal)

    assert list(form.errors) == [beside]
