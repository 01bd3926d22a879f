"""Put a backup into an empty database and prove that everything is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.portal import backup


class Command(BaseCommand):
    """Restore, migrate what is newer, and compare with what the backup says of itself."""

    help = "Put FILE into the configured database, which must be empty, and recompute every chain, balance and hash."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own annotation is not a class variable

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and for a drill the name of a new database."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--into", default="", metavar="NAME", help="make a new database of this name and use that")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Restore and prove; a difference is an error."""
        source: Path = options["file"]
        try:
            backup.read_manifest(source)
            if name := options["into"]:
                backup.create_database(name)
                self._restore_there(source, name)
                return
            manifest = backup.restore(source)
        except backup.Unusable as reason:
            raise CommandError(str(reason)) from None
        call_command("migrate", interactive=False, verbosity=0)
        if found := list(backup.differences(manifest)):
            raise CommandError("\n".join(["The restored database is not what was backed up:", *found]))
        self.stdout.write(
            f"Restored and proven: {len(manifest['books'])} chains with the heads of {manifest['made_at']}, "
            f"{manifest['journals']} journals, {manifest['audit_entries']} audit entries, {manifest['attachments']} files."
        )

    def _restore_there(self, source: Path, name: str) -> None:
        """Do the same in a process whose addresses name the other database."""
        engines = settings.ENGINES
        addresses = {
            "DATABASE_URL": backup.renamed(engines.database_url, name),
            "DATABASE_OWNER_URL": backup.renamed(engines.database_owner_url, name),
        }
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "restore", str(source)]
        done = subprocess.run(manage, env={**os.environ, **addresses}, check=False)  # noqa: S603 - our own program
        if done.returncode:
            message = f"“{source}” was not restored into “{name}”; see above."
            raise CommandError(message)
