from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from project.console.commands import DatabaseCommand
from project.console.demo import ensure_demo, known_access


class Command(DatabaseCommand):
    help = "Makes a workspace with a user and a small dataset, in a database without users, and prints the access."

    def work(self, options: dict[str, Any]) -> None:
        ensure_demo(settings.DATA_DIR)
        access = known_access(settings.DATA_DIR)
        if access is None:
            raise CommandError("There are users already, so no demo is made; use create_user and create_key.")
        self.stdout.write(f"{access.email} {access.password} {access.key}")
