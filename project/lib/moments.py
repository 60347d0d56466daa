"""Moments as programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

from project.lib.errors import InvalidError


class MomentError(InvalidError):
    """Not a moment that can be read."""


def parse_moment(text: str) -> datetime:
    """ISO 8601 with `Z`, an offset or no zone, which means UTC. Raises MomentError without naming the field."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MomentError(f"is not a moment such as 2026-03-01T12:00:00Z: {text[:40]!r}") from None
