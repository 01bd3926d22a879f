"""Make the first administrator of a district: the one post that nobody on the desk can give."""

from __future__ import annotations

from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from communities.people import operations as people
from communities.people.models import Role
from communities.territory.models import Division
from governance.accounts import operations as accounts
from governance.accounts.queries import system_actor
from governance.calendar import clock


class Command(BaseCommand):
    """Create a staff user with the post of district administrator, with an audit entry by the system."""

    help = (
        "Create the first administrator of a district: NAME is the log-in name, CODE the district's statistical code."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the log-in name, the district and the name for people."""
        parser.add_argument("name")
        parser.add_argument("code")
        parser.add_argument("--display-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the password twice and make user and post in one transaction."""
        del args
        district = Division.objects.filter(codes__code=options["code"]).order_by("-codes__edition").first()
        if district is None:
            message = f"No division has the code {options['code']}. Load the divisions first."
            raise CommandError(message)
        password = getpass("Password: ")
        if password != getpass("Password again: "):
            message = "The two passwords differ."
            raise CommandError(message)
        now, by = clock.now(), system_actor()
        with transaction.atomic():
            user = accounts.create_staff_user(
                by=by, username=options["name"], display_name=options["display_name"], password=password, now=now
            )
            people.create_post(
                by=by, user=user, role=Role.DISTRICT_ADMIN, division=district, valid_from=clock.today(), now=now
            )
        self.stdout.write(f"{user} administers {district}.")
