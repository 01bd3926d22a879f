"""Checkouts of their own for the engines' tests, so that they never touch the ones of this run."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.places import ROOT
from engines.stack import Stack

# Holds a lease like another command would, until its standard input closes or it is killed.
HOLDER = """
import sys
from pathlib import Path
from engines.stack import Stack
stack = Stack(sys.argv[2], root=Path(sys.argv[1]))
stack.up()
print("up", flush=True)
sys.stdin.read()
print(stack.down(), flush=True)
"""


class Holder:
    """Another command that uses the engines of a checkout."""

    def __init__(self, root: Path, profile: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(root), profile],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self) -> str:
        """Wait for its next word."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> str:
        """Let it end, and give what its down() said."""
        answer = self.process.communicate()[0]
        return answer.strip().splitlines()[-1]

    def kill(self) -> None:
        """End it without a chance to clean up."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture(autouse=True)
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def cluster_checkout() -> Iterator[Path]:
    """An empty checkout that keeps one cluster for all tests that need a running one; reachable for any user."""
    root = Path(tempfile.mkdtemp(prefix="district-engines-")).resolve()
    root.chmod(0o755)
    yield root
    for profile in ("demo", "test"):
        Stack(profile, root=root).reset()
    shutil.rmtree(root)


@pytest.fixture
def checkout(cluster_checkout: Path) -> Iterator[Path]:
    """The shared checkout, with nothing running before and after."""
    yield cluster_checkout
    for profile in ("demo", "test"):
        Stack(profile, root=cluster_checkout).stop_unused()
