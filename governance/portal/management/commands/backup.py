"""Write a backup of the database and the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.calendar import clock
from governance.portal import backup


class Command(BaseCommand):
    """Write one file that `restore` puts back and proves."""

    help = "Write the database and the files into FILE (a tar), with the figures that prove a restore."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write it and say what is in it."""
        target: Path = options["file"]
        try:
            manifest = backup.write(target, now=clock.now())
        except backup.Unusable as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(
            f"{target}: {target.stat().st_size:,} bytes, {len(manifest['books'])} books, {manifest['journals']} journals, "
            f"{manifest['audit_entries']} audit entries, {manifest['attachments']} files. "
            "FIELD_ENCRYPTION_KEY is not in it: keep it elsewhere."
        )
