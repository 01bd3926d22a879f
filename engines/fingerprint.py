"""Digests of the files that decide whether something made from them is still right."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from engines.places import ROOT

MIGRATIONS = ("requirements.txt", "*/migrations/*.py", "*/*/migrations/*.py")
DEMONSTRATION = ("*/management/commands/demonstration*.py", "*/*/management/commands/demonstration*.py")


def digest(patterns: tuple[str, ...], *also: str, root: Path = ROOT) -> str:
    """Digest the files of the patterns in the project's own folders, by name and content, and further texts."""
    made = hashlib.sha256("\0".join(also).encode())
    for path in sorted(_files(patterns, root)):
        made.update(f"{path.relative_to(root)}\0".encode())
        made.update(path.read_bytes())
    return made.hexdigest()


def _files(patterns: tuple[str, ...], root: Path) -> Iterator[Path]:
    for pattern in patterns:
        yield from (path for path in root.glob(pattern) if not path.relative_to(root).parts[0].startswith("."))
