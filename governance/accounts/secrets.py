"""Personal identifiers at rest: encrypted, and findable only through a keyed hash.

The key stands in FIELD_ENCRYPTION_KEY, outside the database (Basis: Personal Information Protection Law art. 51).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.signing import JSONSerializer
from django.db import models


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(key)


def encrypt(text: str) -> str:
    """Return the text encrypted with the installation's key, as ASCII."""
    return _fernet(settings.FIELD_ENCRYPTION_KEY).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text of an encrypted value."""
    return _fernet(settings.FIELD_ENCRYPTION_KEY).decrypt(token.encode()).decode()


def keyed_hash(text: str) -> str:
    """Return the hash by which an identifier is looked up: HMAC-SHA-256, hexadecimal."""
    key = hashlib.sha256(b"look-up:" + base64.urlsafe_b64decode(settings.FIELD_ENCRYPTION_KEY)).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField[Any, Any]):
    """Text that is readable in Python and encrypted in the database; the empty text stays empty."""

    def from_db_value(self, value: str | None, *_args: Any) -> str | None:
        """Decrypt what the database holds."""
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt what goes into the database."""
        prepared = super().get_prep_value(value)
        return encrypt(prepared) if prepared else prepared


class SessionSerializer:
    """What a session holds while a person signs in (the phone, the code) is encrypted in the database as well."""

    def dumps(self, values: Any) -> bytes:
        """Write the session's values."""
        return encrypt(JSONSerializer().dumps(values).decode("latin-1")).encode()

    def loads(self, data: bytes) -> Any:
        """Read the session's values."""
        return JSONSerializer().loads(decrypt(data.decode()).encode("latin-1"))
