"""Values that a list reads with its rows and that no field of these holds: the first is `cell_0` of each row."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.expressions import Combinable, Expression
from django.db.models.functions import Left

CUT = 200


def beginning(text: Expression) -> Expression:
    """No more of a text than a cell of a list shows."""
    return Left(text, CUT)


def computed(values: Iterable[Expression]) -> dict[str, Combinable]:
    """What to annotate the rows with."""
    return {computed_field(number): value for number, value in enumerate(values)}


def computed_field(number: int) -> str:
    return f"cell_{number}"


def cut_text(value: str | None) -> str:
    """A text of which no more than its beginning was read, as it is shown."""
    return f"{value}…" if value and len(value) == CUT else value or ""
