"""The user that the servers run as, what that user can reach, and folders that only that user may enter."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.say import EngineError

CANDIDATES = ("postgres", "_postgres", "nobody")
PRIVATE = 0o700


@dataclass(frozen=True)
class Account:
    """A user of this machine; `is_other` when it is not the one who runs the command."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def popen_options(self) -> dict[str, Any]:
        """Give the arguments that make subprocess become this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}


def service_account() -> Account:
    """Choose who runs the servers: ourselves, or for root the first user that exists, as PostgreSQL refuses root.

    Raises: EngineError when root has no such user.
    """
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=False)
    wanted = (os.environ.get("EMBED_USER", ""), *CANDIDATES)
    for name in filter(None, wanted):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=True)
    message = f"root needs a user for the servers; none of {', '.join(filter(None, wanted))} exists. Set EMBED_USER."
    raise EngineError(message)


def can(account: Account, path: Path, mode: int) -> bool:
    """Tell whether the account may use the path.

    Asked by a forked child that really becomes that user: os.access as root always says yes.
    """
    if not account.is_other:
        return os.access(path, mode)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            os._exit(0 if os.access(path, mode) else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def private_folder(path: Path, account: Account) -> Path:
    """Make the folder for the account alone, or check that the one there is.

    Raises: EngineError when it is a link, someone else's, or open to others.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=PRIVATE)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != PRIVATE:
            message = f"{path} must be a folder of mode 0700 that belongs to {account.name}; remove it and start again"
            raise EngineError(message) from None
    else:
        if account.is_other:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return path
