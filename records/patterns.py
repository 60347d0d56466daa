"""Regular expressions that people compose: PostgreSQL reads them, so it is PostgreSQL that is asked beforehand."""

from __future__ import annotations

from django.db import connection

from project.lib.filters import Condition, FilterError, Operator
from project.lib.timelimits import time_limit

MOST_CHARACTERS = 500
READ_MS = 200


def check_pattern(condition: Condition) -> None:
    """Raises FilterError for one that cannot be read, before any list, count or change runs into it."""
    if condition.operator is not Operator.MATCHES:
        return
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    pattern = str(values[0])
    if len(pattern) > MOST_CHARACTERS:
        raise FilterError(f"A pattern has at most {MOST_CHARACTERS} characters; shorten it.")
    with time_limit(READ_MS), connection.cursor() as cursor:
        cursor.execute("SELECT '' ~ %s", [pattern.replace("\x00", "")])
