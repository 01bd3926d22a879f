#!/usr/bin/env python3
"""Django's command line; commands that change the schema act as the database owner."""

import os
import sys

OWNER_COMMANDS = {"migrate", "flush", "sqlflush", "dbshell", "pgtrigger", "backup", "restore"}


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("DATABASE_AS", "owner")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the environment is set

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
