from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from project.lib.errors import ConflictError


@contextmanager
def once(constraint: str, taken: ConflictError) -> Iterator[None]:
    """Raises `taken` when what is written inside breaks the unique constraint of that name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if constraint not in str(error):
            raise
        raise taken from None
