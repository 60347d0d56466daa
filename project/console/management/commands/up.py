import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from project.console.programs import StartError
from project.console.runner import Runner, run_options
from project.console.terminal import Terminal


class Command(BaseCommand):
    help = "Starts everything: database, broker, web, worker and beat. HOST, PORT, DATA_DIR and DEMO are its settings."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            Runner(run_options(dict(os.environ), settings.DATA_DIR), Terminal()).run()
        except StartError as error:
            raise CommandError(str(error)) from None
