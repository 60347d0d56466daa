from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from project.lib.errors import DomainError


class DatabaseCommand(BaseCommand, ABC):
    """A command that a person calls beside the running product: each refusal is one sentence."""

    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.work(options)
        except DomainError as error:
            raise CommandError(str(error)) from None
        except OperationalError:
            raise CommandError(
                "The database does not answer; start Winnow first, or set DATABASE_URL."
            ) from None

    @abstractmethod
    def work(self, options: dict[str, Any]) -> None:
        """Does what the command is for."""
