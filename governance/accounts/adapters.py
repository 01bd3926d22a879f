"""How allauth stores phones, sends codes and keeps second factors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.stages import PhoneVerificationStage
from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.accounts import operations, sms
from governance.accounts.forms import MobileField
from governance.accounts.models import User, UserKind
from governance.accounts.queries import system_actor, user_of_phone
from governance.accounts.secrets import decrypt, encrypt
from governance.calendar import clock

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator
    from django.forms import Form
    from django.http import HttpRequest


class ResidentsPhoneStage(PhoneVerificationStage):  # type: ignore[misc]  # allauth is untyped
    """The step of the log-in that asks for a confirmed phone: of residents only."""

    def handle(self) -> Any:
        """Let staff pass."""
        user = self.login.user
        return (None, True) if user is not None and user.kind != UserKind.RESIDENT else super().handle()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Residents by phone and code; there are no e-mail addresses."""

    def phone_form_field(self, **kwargs: Any) -> MobileField:
        """Ask for a mainland mobile number."""
        return MobileField(**kwargs)

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - allauth's
        """Register the resident by the operation instead of saving the blank user that is handed in."""
        del request, user, commit
        return operations.register_resident_user(
            by=system_actor(),
            phone=form.cleaned_data["phone"],
            display_name=form.cleaned_data.get("display_name", ""),
            now=clock.now(),
        )

    def get_user_by_phone(self, phone: str) -> User | None:
        """Find a user by the keyed hash."""
        return user_of_phone(phone)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the phone and whether it is verified; staff have none for signing in."""
        return (user.phone, user.phone_verified) if user.phone and user.kind == UserKind.RESIDENT else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:  # noqa: FBT001 - allauth's signature
        """Keep a new phone."""
        operations.set_phone(by=user, phone=phone, is_verified=verified, now=clock.now())

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Keep the phone whose code was entered."""
        operations.set_phone(by=user, phone=phone, is_verified=True, now=clock.now())

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Send the code."""
        del user, kwargs
        minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
        text = _("Your sign-in code is %(code)s. It is valid for %(minutes)s minutes. Nobody will ever ask you for it.")
        sms.send(phone=phone, text=text % {"code": code, "minutes": minutes})

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Tell the owner of the number, not the page, that there is no account."""
        del kwargs
        sms.send(phone=phone, text=_("Nobody is registered with this number. You can register on the sign-in page."))

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the owner of the number, not the page, that there is an account."""
        sms.send(phone=phone, text=_("You are registered with this number already. Please sign in with a code."))

    def get_login_stages(self) -> list[str]:
        """Put our own step in place of allauth's, which would turn staff away for want of a phone."""
        ours = f"{ResidentsPhoneStage.__module__}.{ResidentsPhoneStage.__qualname__}"
        theirs = f"{PhoneVerificationStage.__module__}.{PhoneVerificationStage.__qualname__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again before something that matters, but not of people who have just signed in."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        request = context.request
        last = max((record["at"] for record in get_authentication_records(request, request.user)), default=0.0)
        return bool(time.time() - last >= app_settings.REAUTHENTICATION_TIMEOUT)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead staff to the desk and residents home."""
        return reverse("admin:index" if request.user.is_staff else "portal:home")

    get_signup_redirect_url = get_login_redirect_url


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Second factors are encrypted at rest, and staff can't take theirs off by themselves."""

    def get_totp_issuer(self) -> str:
        """Name the site in the authenticator app."""
        return settings.SITE_NAME or _("Community governance")

    def encrypt(self, text: str) -> str:
        """Encrypt a secret for the database."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Read a secret from the database."""
        return decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the second factor of staff; a lost one is removed by an administrator."""
        return not authenticator.user.is_staff


def client_address(request: HttpRequest) -> str | None:
    """Return the visitor's address for the lock-out, as for the limits: the one that our own proxies report."""
    address: str | None = get_client_ip(request)
    return address
