"""What the tests of the pages, the desk and the API of enterprises share."""

from __future__ import annotations

from typing import Any

from django.test import Client

from governance.accounts.models import User

BASE = "/api/v1"
PDF = b"%PDF-1.4\n%%EOF\n"


def signed_in(user: User | None) -> Client:
    """Return the browser of this person, or of somebody who is not signed in."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def text(answer: Any) -> str:
    """Return the page."""
    return str(answer.content.decode())
