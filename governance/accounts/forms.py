"""Signing in and registering."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, LoginForm, RequestLoginCodeForm, SignupForm, VerifyPhoneForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from governance.accounts.models import UserKind
from governance.accounts.phones import PhoneInvalid, normalize_phone
from governance.accounts.queries import people_named

LONGEST_NAME = 64


class MobileField(forms.CharField):
    """A mainland mobile number, cleaned to +86 and eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"label": _("Mobile number"), "max_length": 20}
        kwargs["widget"] = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Return the number in its one spelling."""
        text = super().clean(value)
        if not text:
            return text
        try:
            return normalize_phone(text)
        except PhoneInvalid as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from None


class PersonField(forms.CharField):
    """A person, typed: a list of all users would show people to those who have no business with them.

    Staff are named by their log-in names, residents by the number with which they sign in.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"label": _("log-in name or mobile number"), "max_length": LONGEST_NAME, **kwargs}
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the person, or nothing where nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        if text not in (found := people_named([text])):
            raise ValidationError(_("There is nobody with this log-in name or mobile number."), code="nobody")
        return found[text]


class StaffLoginForm(LoginForm):  # type: ignore[misc]  # allauth is untyped
    """Log-in name and password; the second factor is asked on the next page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Log-in name"),
            max_length=LONGEST_NAME,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        )
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
        self.order_fields(["login", "password"])

    def _setup_password_field(self) -> None:
        """Keep the password, though residents register without one."""

    def user_credentials(self) -> dict[str, str]:
        """Take the first field as a log-in name, whatever it looks like."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class RequestCodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth is untyped
    """A resident asks for a code."""

    def clean_phone(self) -> str:
        """Treat staff as unknown here: they sign in with a password and a second factor."""
        phone: str = super().clean_phone()
        user = getattr(self, "_user", None)
        if user is not None and (user.kind != UserKind.RESIDENT or not user.is_active):
            self._user = None
        return phone


class ResidentSignupForm(SignupForm):  # type: ignore[misc]  # allauth is untyped
    """A resident registers with a phone alone."""

    display_name = forms.CharField(
        label=_("How we may address you"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    is_agreed = forms.BooleanField(
        label=_("I agree that my mobile number is kept, encrypted, to sign me in and to send me what I ask for."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["phone", "display_name", "is_agreed"])


class Digits:
    """Form mixin: the code field calls up the number keys and shows no example in place of its label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]  # mixed into forms
        field.label = _("Verification code")
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}


class CodeForm(Digits, ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth is untyped
    """The code of a resident who signs in."""


class PhoneCodeForm(Digits, VerifyPhoneForm):  # type: ignore[misc]  # allauth is untyped
    """The code that proves a new phone."""


class SecondFactorForm(Digits, AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The code of the authenticator app, or a recovery code."""


class SecondFactorAgainForm(Digits, ReauthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """The same, before something that matters."""


class SecondFactorSetupForm(Digits, ActivateTOTPForm):  # type: ignore[misc]  # allauth is untyped
    """The first code of a new authenticator app."""
