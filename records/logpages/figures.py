"""Numbers as people read them. Pure."""

from __future__ import annotations

from decimal import Decimal

NONE = "\u2013"
_CENT = Decimal("0.01")


def dollars(cost: Decimal) -> str:
    """Small amounts with three digits that say something."""
    if not cost:
        return "$0"
    if cost >= 1:
        return f"${cost:,.2f}"
    places = min(12, 2 - cost.adjusted()) if cost < _CENT * 10 else 3
    return f"${cost:.{places}f}".rstrip("0")


def seconds(value: Decimal | float | None) -> str:
    if value is None:
        return NONE
    if value < 1:
        return f"{float(value) * 1000:,.0f} ms"
    return f"{value:,.2f} s" if value < 100 else f"{value:,.0f} s"


def count(value: int | None) -> str:
    return NONE if value is None else f"{value:,}"
