"""The variables that the demonstration gives itself: its keys, made once, and where its files go."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from engines.places import folders

OURS_ALONE = 0o600


def set_demonstration_variables() -> None:
    """Set what the demonstration needs; what the caller has set, also as a *_FILE, stays as it is.

    The two keys are kept in the state folder, or log-ins and encrypted fields would not survive a start.
    """
    _set("EMBED_PROFILE", lambda: "demo")
    _set("DEMONSTRATION", lambda: "true")
    # A step of the story takes seconds; on a busy machine a minute, and a second worker must not begin it again.
    _set("JOB_LEASE_SECONDS", lambda: "180")
    _set("MEDIA_ROOT", lambda: str(folders("demo").state / "media"))
    _set("STATIC_ROOT", lambda: _made(folders("demo").state / "static"))
    _set("SECRET_KEY", lambda: _kept(folders("demo").state / "secret_key", lambda: secrets.token_urlsafe(50)))
    _set("FIELD_ENCRYPTION_KEY", lambda: _kept(folders("demo").state / "field_encryption_key", encryption_key))


def encryption_key() -> str:
    """Make a key of 32 random bytes in URL-safe Base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _set(name: str, make: Callable[[], str]) -> None:
    if not (os.environ.get(name) or os.environ.get(f"{name}_FILE")):
        os.environ[name] = make()


def _made(folder: Path) -> str:
    """Make a folder that stays empty: the demonstration serves static files from where they are written."""
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Read a secret from its file, made at its first use and readable for us alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=OURS_ALONE)
        path.write_text(make())
    return path.read_text()
