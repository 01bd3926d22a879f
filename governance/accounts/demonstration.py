"""What the authenticator app of a visitor would show; asked by the demonstration's pages only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account.internal.stagekit import unstash_login
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.conf import settings

from governance.accounts.models import User
from governance.accounts.secrets import decrypt

if TYPE_CHECKING:
    from django.http import HttpRequest  # noqa: TID251 - the type alone


def present_code(request: HttpRequest) -> str:
    """Return the present code of whoever is signing in, setting up or confirming; nothing outside the demonstration."""
    if not settings.DEMONSTRATION:
        return ""
    secret = _secret(request)
    if not secret:
        return ""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // app_settings.TOTP_PERIOD)))


def _secret(request: HttpRequest) -> str:
    """Return the secret of the person's app, or of the one that is being set up."""
    login = unstash_login(request, peek=True)
    user = login.user if login else request.user
    if not isinstance(user, User):
        return ""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return decrypt(app.data["secret"]) if app else str(request.session.get(SECRET_SESSION_KEY, ""))
