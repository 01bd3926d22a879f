"""The engines of one profile, shared by all commands that need them; the last one out stops them."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from engines import postgres, valkey
from engines.account import Account, can, private_folder, service_account
from engines.binaries import postgres_folder, redis_program
from engines.places import ROOT, current_profile, folders
from engines.say import EngineError, say


class Stack:
    """PostgreSQL and Valkey of a profile, for as long as someone holds a lease.

    A lease is a shared flock, so the kernel gives it back on any death, kill -9 included. The test profile's is
    exclusive: a second test run in one checkout waits. A server whose address is given is not started.
    """

    def __init__(self, profile: str | None = None, *, root: Path = ROOT) -> None:
        self.profile = profile or current_profile()
        self.folders = folders(self.profile, root)
        self.is_durable = self.profile != "test"
        self.wants_database = not os.environ.get("DATABASE_URL")
        self.wants_redis = not os.environ.get("REDIS_URL")
        self._lease: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def up(self) -> None:
        """Take a lease and start what is not running yet.

        Raises: EngineError when an engine does not start; then neither is left running by this call.
        """
        if self._lease or not (self.wants_database or self.wants_redis):
            return
        self.folders.state.mkdir(parents=True, exist_ok=True)
        self._lease = self._take_lease()
        try:
            with self._alone():
                self._start(service_account())
        except BaseException:
            self._lease.close()
            self._lease = None
            raise

    def down(self) -> bool:
        """Give the lease back and stop the engines if nobody else holds one; tells whether they were stopped."""
        if not self._lease:
            return False
        with self._alone(), self._lease as lease:
            self._lease = None
            return self._nobody_holds(lease) and self._stop()

    def stop_unused(self) -> bool:
        """Stop engines that a killed command left behind; tells whether any ran.

        Raises: EngineError while a living command holds a lease.
        """
        if not self.folders.state.exists():
            return False
        with self._alone(), self._open("lease") as lease:
            if not self._nobody_holds(lease):
                message = f"the {self.profile} engines are in use by a running command; end that one first"
                raise EngineError(message)
            return self._stop()

    def reset(self) -> None:
        """Stop the engines and remove everything that the profile has stored.

        Raises: EngineError while a living command holds a lease.
        """
        self.stop_unused()
        for folder in (self.folders.state, self.folders.private):
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, account: Account) -> None:
        home = self._home(account)
        sockets = self._sockets(account)
        started = False
        if self.wants_redis:
            started = valkey.start(
                valkey.Broker(
                    program=redis_program(account, home.parent / "programs"),
                    data=home / "valkey",
                    sockets=sockets,
                    log=home / "valkey.log",
                    account=account,
                    is_durable=self.is_durable,
                )
            )
        try:
            if self.wants_database:
                postgres.start(
                    postgres.Cluster(
                        programs=postgres_folder(account, home.parent / "programs"),
                        data=home / "postgres",
                        sockets=sockets,
                        log=home / "postgres.log",
                        account=account,
                        is_durable=self.is_durable,
                    )
                )
        except BaseException:
            if started:
                valkey.stop(home / "valkey", sockets)
            raise

    def _stop(self) -> bool:
        """Stop both engines, wherever their data lies."""
        stopped = False
        for home in self._homes():
            stopped |= postgres.stop(home / "postgres")
            stopped |= valkey.stop(home / "valkey", self.folders.sockets)
        return stopped

    def _homes(self) -> list[Path]:
        """List the folders that the servers' files may lie in: in the checkout, or outside of it."""
        return [self.folders.state / "engines", self.folders.private / "engines"]

    def _home(self, account: Account) -> Path:
        """Make the folder of the servers' files where their user can get at it."""
        inside, outside = self._homes()
        is_new = not inside.exists()
        if not is_new or not outside.exists():
            private_folder(inside, account)
            if can(account, inside, os.R_OK | os.W_OK | os.X_OK):
                return inside
            if is_new:
                inside.rmdir()
        private_folder(self.folders.private, account)
        return private_folder(outside, account)

    def _sockets(self, account: Account) -> Path:
        if self.folders.sockets.is_relative_to(self.folders.private):
            private_folder(self.folders.private, account)
        return private_folder(self.folders.sockets, account)

    def _open(self, name: str) -> IO[bytes]:
        try:
            return (self.folders.state / name).open("ab")
        except PermissionError:
            message = f"{self.folders.state} belongs to another user; run as that user, or remove the folder"
            raise EngineError(message) from None

    def _take_lease(self) -> IO[bytes]:
        """Hold the lease for our life; in the test profile wait for our turn."""
        lease = self._open("lease")
        if self.is_durable:
            fcntl.flock(lease, fcntl.LOCK_SH)
        elif not self._nobody_holds(lease):
            say("another test run is using the engines of this checkout; waiting for it to end …")
            fcntl.flock(lease, fcntl.LOCK_EX)
        return lease

    def _nobody_holds(self, lease: IO[bytes]) -> bool:
        """Ask for the exclusive lock without waiting: only the last holder gets it."""
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time start or stop engines."""
        with self._open("lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
