"""Where a checkout keeps its engines: profiles, folders and socket addresses, computed from its path.

Nothing here starts a server or makes a folder, so settings, editors and type checkers may import it freely.
"""

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
PROFILES = ("demo", "test", "bench")
DATABASE = "district"
APP_USER = "district_app"
OWNER_USER = "district_owner"
POSTGRES_PORT = 5432
"""Only part of the socket's file name; nothing listens on TCP."""
SOCKET_PATH_LIMIT = 103
"""Bytes a socket's path may have on macOS; Linux allows four more."""
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"
DATABASES_PER_WORKER = 2
"""Logical Redis databases that one process of a test run may use: the broker's and the cache's."""
CONTROLLER = -1
SOCKET_SCHEMES = ("unix", "redis+socket")


@dataclass(frozen=True)
class Folders:
    """The folders of one profile of one checkout."""

    state: Path
    """Locks, keys and stamps; belongs to whoever runs the command."""
    private: Path
    """Below the long-lived temp folder, named by a hash; for what can't live in the checkout."""
    sockets: Path


@dataclass(frozen=True)
class Addresses:
    """Where the database and the broker answer, whoever started them."""

    database_url: str
    database_owner_url: str
    redis_url: str
    host: str
    port: int
    name: str
    app_user: str
    owner_user: str
    first_db: int = 0

    def cache_url(self, db: int = 0) -> str:
        """Give the address of one logical database as redis-py and Django's cache spell it."""
        url = urlsplit(self.redis_url)
        if url.scheme in SOCKET_SCHEMES:
            return f"unix://{url.path}?db={self._number(url, db)}"
        return url._replace(path=f"/{self._number(url, db)}").geturl()

    def broker_url(self, db: int = 0) -> str:
        """Give the address of one logical database as Celery spells it."""
        url = urlsplit(self.redis_url)
        if url.scheme in SOCKET_SCHEMES:
            return f"redis+socket://{url.path}?virtual_host={self._number(url, db)}"
        return self.cache_url(db)

    def _number(self, url: SplitResult, db: int) -> int:
        """Count from the database that the address names, so that several installations can share a server."""
        if not 0 <= db < DATABASES_PER_WORKER:
            message = f"logical database {db} is not one of the {DATABASES_PER_WORKER} of a process"
            raise ValueError(message)
        named = parse_qs(url.query)
        if url.scheme in SOCKET_SCHEMES:
            base = (named.get("db") or named.get("virtual_host") or ["0"])[0]
        else:
            base = url.path.strip("/") or "0"
        return int(base) + self.first_db + db


def current_profile() -> str:
    """Name the profile of this process: EMBED_PROFILE, otherwise test under pytest, otherwise demo."""
    profile = os.environ.get("EMBED_PROFILE") or ("test" if "pytest" in sys.modules else "demo")
    if profile not in PROFILES:
        message = f"EMBED_PROFILE is {profile!r}; it must be one of {', '.join(PROFILES)}"
        raise ValueError(message)
    return profile


def folders(profile: str, root: Path = ROOT) -> Folders:
    """Compute the folders of a profile.

    Root's sockets always lie in the private folder: whether the servers' user can reach the checkout is only known by
    asking a process of that user, which is too much for an import. A checkout that lies too deep for a socket goes
    there as well.
    """
    state = root / "var" / profile
    name = hashlib.sha256(f"{root}\0{os.geteuid()}\0{profile}".encode()).hexdigest()[:12]
    private = long_lived_temp() / f"district-{name}"
    sockets = state / "sockets"
    too_long = len(os.fsencode(f"{sockets}{LONGEST_SOCKET_NAME}")) > SOCKET_PATH_LIMIT
    if os.geteuid() == 0 or too_long:
        sockets = private / "sockets"
    return Folders(state=state, private=private, sockets=sockets)


def long_lived_temp() -> Path:
    """Give the temp folder that survives a restart; not TMPDIR, which differs from one process to the next."""
    folder = Path("/var/tmp").resolve()  # noqa: S108 - what is put there is checked for owner, mode and links
    return folder if folder.is_dir() else Path(tempfile.gettempdir())


def addresses(profile: str | None = None, root: Path = ROOT) -> Addresses:
    """Compute the addresses for a profile; DATABASE_URL and REDIS_URL, each by itself, come first."""
    profile = profile or current_profile()
    sockets = folders(profile, root).sockets
    app_url = os.environ.get("DATABASE_URL", "")
    owner_url = os.environ.get("DATABASE_OWNER_URL", "") or app_url
    if not app_url:
        app_url, owner_url = _socket_url(APP_USER, sockets), _socket_url(OWNER_USER, sockets)
    host, port, name, app_user = _parts(app_url)
    return Addresses(
        database_url=app_url,
        database_owner_url=owner_url,
        redis_url=os.environ.get("REDIS_URL", "") or f"unix://{quote(str(sockets / 'valkey.sock'))}",
        host=host,
        port=port,
        name=name,
        app_user=app_user,
        owner_user=_parts(owner_url)[3],
        first_db=DATABASES_PER_WORKER * (worker_number() - CONTROLLER),
    )


def worker_number() -> int:
    """Count the worker of a parallel test run from 0; CONTROLLER for every other process."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) if name.startswith("gw") else CONTROLLER


def _socket_url(user: str, sockets: Path) -> str:
    """Spell a socket folder the way django-environ takes it: the path is folder and name, the host is empty."""
    return f"postgres://{user}@:{POSTGRES_PORT}/{quote(str(sockets))}/{DATABASE}"


def _parts(url: str) -> tuple[str, int, str, str]:
    """Split a database address into host (or socket folder), port, name and user."""
    split = urlsplit(url)
    path = unquote(split.path[1:])
    host = unquote(split.hostname or "")
    if path.startswith("/"):
        host, _, path = path.rpartition("/")
    return host, split.port or POSTGRES_PORT, path, unquote(split.username or "")
