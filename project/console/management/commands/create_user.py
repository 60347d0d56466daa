import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from project.accounts.actions import create_user, create_workspace
from project.accounts.models import Membership, Workspace
from project.console.commands import DatabaseCommand

PASSWORD_VARIABLE = "WINNOW_PASSWORD"


class Command(DatabaseCommand):
    help = f"Makes a user. The password is an option, or in {PASSWORD_VARIABLE}, or is asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--workspace",
            required=True,
            help="Its name; if there is none, it is made with this user as owner.",
        )
        parser.add_argument("--role", choices=Membership.Role.values, default=Membership.Role.EDITOR.value)
        parser.add_argument("--password")
        parser.add_argument("--name", default="")
        parser.add_argument("--admin", action="store_true", help="May also sign in to the admin.")

    def work(self, options: dict[str, Any]) -> None:
        password = options["password"] or os.environ.get(PASSWORD_VARIABLE) or self._ask()
        self._make(password, options)
        self.stdout.write(f"{options['email']} can sign in.")

    @transaction.atomic
    def _make(self, password: str, options: dict[str, Any]) -> None:
        workspace = Workspace.objects.filter(name=options["workspace"].strip()).first()
        user = create_user(
            options["email"],
            password,
            workspace=workspace,
            role=options["role"],
            name=options["name"],
            is_admin=options["admin"],
        )
        if workspace is None:
            create_workspace(options["workspace"], owner=user)

    def _ask(self) -> str:
        if not sys.stdin.isatty():
            raise CommandError(f"Give a password: --password or {PASSWORD_VARIABLE}.")
        password = getpass.getpass("Password: ")
        if getpass.getpass("Password again: ") != password:
            raise CommandError("The two passwords differ; try again.")
        return password
