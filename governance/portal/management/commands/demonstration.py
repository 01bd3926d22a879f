"""Load the demonstration: the least at once, the rest as a job; or print its log-ins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.calendar import clock
from governance.portal.demonstration import data, logins, steps, tasks
from governance.portal.demonstration.steps import Scene


class Command(BaseCommand):
    """Prepare what the first page needs and queue the story; harmless when repeated."""

    help = "Load the demonstration (only with DEMONSTRATION=true), or print its log-ins with --logins."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the choice between loading and printing."""
        parser.add_argument("--logins", action="store_true", help="print a log-in for each role")
        parser.add_argument("--resume", action="store_true", help="try again what an earlier start has given up")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse to touch a real installation."""
        del args
        if not settings.DEMONSTRATION:
            message = (
                "DEMONSTRATION is not set: this is a real installation, which the demonstration's data must not enter."
            )
            raise CommandError(message)
        if options["logins"]:
            self.stdout.write(logins.text())
            return
        if options["resume"]:
            for job in tasks.resume(clock.now()):
                self.stdout.write(f"The sample data were not loaded to the end: {job.last_error.strip()}")
                self.stdout.write("It is tried again now; if that fails too, start afresh with --reset.")
            return
        scene = Scene(now=clock.now())
        steps.open_district(scene)
        tasks.request(scene.now)
        self.stdout.write(f"{steps.place(data.DISTRICT)} is open; the rest is loaded as a job.")
