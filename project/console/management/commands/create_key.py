from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db import transaction

from datasets.models import Dataset
from project.accounts.actions import ALL_SCOPES, create_key, create_workspace
from project.accounts.models import ApiKey, Workspace
from project.console.commands import DatabaseCommand


class Command(DatabaseCommand):
    help = "Prints a new API key and nothing else; it is shown only now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", required=True, help="Its name; it is made if there is none.")
        parser.add_argument(
            "--environment", choices=ApiKey.Environment.values, default=ApiKey.Environment.PROD.value
        )
        parser.add_argument("--dataset", type=_uuid, help="The id of the only dataset that the key opens.")
        parser.add_argument("--scopes", default=",".join(ALL_SCOPES), help="Some of %(default)s.")
        parser.add_argument("--name", default="", help="For the list of keys.")

    def work(self, options: dict[str, Any]) -> None:
        self.stdout.write(self._make(options))

    @transaction.atomic
    def _make(self, options: dict[str, Any]) -> str:
        found = Workspace.objects.filter(name=options["workspace"].strip()).first()
        workspace = found or create_workspace(options["workspace"])
        dataset_id = options["dataset"]
        if dataset_id and not Dataset.objects.visible_to(workspace).filter(pk=dataset_id).exists():
            raise CommandError(f"The workspace {workspace} has no dataset {dataset_id}; look at its API tab.")
        _, secret = create_key(
            workspace,
            name=options["name"],
            environment=options["environment"],
            scopes=[scope.strip() for scope in options["scopes"].split(",") if scope.strip()],
            dataset_id=dataset_id,
        )
        return secret


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not the id of a dataset") from None
