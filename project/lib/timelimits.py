"""Queries that users compose run for a limited time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DataError, OperationalError, connection, transaction
from psycopg.errors import InvalidRegularExpression, QueryCanceled

from project.lib.errors import LimitError
from project.lib.filters import FilterError


class TimeLimitError(LimitError):
    """The query took longer than anybody should wait."""


@contextmanager
def time_limit(milliseconds: int) -> Iterator[None]:
    """Each query of the body is given up after this long. Raises TimeLimitError, or FilterError where the database
    cannot read a regular expression."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TimeLimitError(
                f"The filter took longer than {milliseconds / 1000:g} s; narrow its time or simplify it."
            ) from None
        raise
    except DataError as error:
        if isinstance(error.__cause__, InvalidRegularExpression):
            raise FilterError(
                f"The pattern cannot be used: {error.__cause__.diag.message_primary}."
            ) from None
        raise
