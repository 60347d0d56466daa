from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from threads.types import LogDraft


class SiteConfig(AppConfig):
    """The site as a whole, so that its system checks are found."""

    name = "project"

    def ready(self) -> None:
        from project import checks  # noqa: F401, PLC0415  (registers itself; settings must be complete first)
        from records.logfiles import register_log_reader  # noqa: PLC0415  (models come first)

        register_log_reader(_logs_of_line)


def _logs_of_line(value: Any) -> list[LogDraft | str]:
    """By the dialect in which logs are sent. It is loaded by the worker that needs it, not by every process."""
    from project.api.keywordsai.lines import logs_of_line  # noqa: PLC0415

    return logs_of_line(value)
