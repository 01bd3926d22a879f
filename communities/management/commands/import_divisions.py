"""`manage.py import_divisions FILE --system NBS --edition 2023`: take in a code list at once, without a job."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from communities.territory import operations
from communities.territory.importer import RowsRefused
from communities.territory.models import CodeSystem, Division
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.errors import DomainError


class Command(BaseCommand):
    """Take in a list of division codes (CSV: code, name, parent_code, level[, kind, urban_rural_code])."""

    help = "Take in a list of division codes. Nothing is written when a row is wrong; all of them are named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare file, list and edition."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--system", choices=CodeSystem.values, required=True)
        parser.add_argument("--edition", type=int, required=True, help="year of the edition")
        parser.add_argument(
            "--managed-by",
            action="append",
            default=[],
            metavar="CODE[,CODE…]=UNIT",
            help="divisions of the file that another unit runs; the unit by its id or its name",
        )
        parser.add_argument("--by", default="", help="log-in name of the person who takes it in; the system without")

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the operation and say what came of it."""
        del args
        by = User.objects.get(username=options["by"]) if options["by"] else system_actor()
        try:
            with options["file"].open("rb") as source:
                outcome = operations.import_divisions(
                    by=by,
                    now=clock.now(),
                    source=source,
                    file_name=options["file"].name,
                    system=options["system"],
                    edition=options["edition"],
                    managed=_managed(options["managed_by"]),
                    report=self._report,
                )
        except OSError as error:
            raise CommandError(str(error)) from error
        except RowsRefused as refusal:
            for problem in refusal.problems:
                self.stderr.write(f"{options['file']}:{problem.line}: {problem.code} {problem.reason}")
            raise CommandError(str(refusal)) from refusal
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        for note in outcome.notes:
            self.stdout.write(f"{note.line}: {note.code} {note.reason}")
        self.stdout.write(
            f"{outcome.rows} rows: {outcome.created} new divisions, {outcome.attached} codes for known divisions, "
            f"{outcome.unchanged} known before"
        )

    def _report(self, done: int) -> None:
        """Show a sign of life for whom a terminal is watched by."""
        if self.stdout.isatty():
            self.stdout.write(f"\r{done}", ending="")


def _managed(texts: list[str]) -> dict[str, int]:
    """Read CODE[,CODE…]=UNIT."""
    found: dict[str, int] = {}
    for text in texts:
        codes, _, unit = text.partition("=")
        rows = Division.objects.open()
        manager = rows.filter(pk=int(unit)) if unit.isdecimal() else rows.filter(name=unit)
        if manager.count() != 1:
            message = f"“{unit}” is not the id or the name of exactly one division"
            raise CommandError(message)
        found |= dict.fromkeys(codes.split(","), manager.get().pk)
    return found
