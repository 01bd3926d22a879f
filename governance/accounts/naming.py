"""How forms let staff name a person: typed, never picked from a list of all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from governance.accounts.models import User
from governance.accounts.queries import people_named

NAMED_BY = _("Staff by their log-in name, everybody else by the mobile number with which they sign in.")


class PersonField(forms.ModelChoiceField[User]):
    """A person by log-in name or phone: a list of all users would show people to those who have no business with them."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=User.objects.filter(is_active=True),
            to_field_name="username",
            **{"label": _("log-in name or mobile number"), "help_text": NAMED_BY, **kwargs},
        )
        self.error_messages["invalid_choice"] = _("There is nobody with this log-in name or mobile number.")

    def to_python(self, value: Any) -> User | None:
        """Find the person."""
        if isinstance(value, User) or value in self.empty_values:
            return value or None
        text = str(value).strip()
        found = people_named([text]).get(text)
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found
