"""Say whether this installation could start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import preflight


class Command(BaseCommand):
    """Ask what a start asks, without starting."""

    help = "Checks that the database is reachable, can search Chinese text and has every migration."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own annotation is not a class variable

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Report the first reason not to start."""
        try:
            preflight.check()
        except preflight.NotReady as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write("Ready to start.")
