"""Opaque keyset cursors: URL-safe text for the place after which the next page begins."""

import base64
from uuid import UUID

from project.lib.errors import InvalidError

_ID_BYTES = 16


class CursorError(InvalidError):
    """The cursor was not made by us."""


def encode_cursor(place: UUID, value: str = "") -> str:
    """`value` is that of the sorted column, for lists that are not in the order of their ids."""
    return base64.urlsafe_b64encode(place.bytes + value.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> UUID:
    """Raises CursorError."""
    place, value = decode_sorted_cursor(cursor)
    if value:
        raise _not_ours()
    return place


def decode_sorted_cursor(cursor: str) -> tuple[UUID, str]:
    """Raises CursorError."""
    try:
        decoded = base64.urlsafe_b64decode(cursor + "==")
        return UUID(bytes=decoded[:_ID_BYTES]), decoded[_ID_BYTES:].decode()
    except ValueError:  # Also of base64 and of UTF-8.
        raise _not_ours() from None


def _not_ours() -> CursorError:
    return CursorError("The cursor is not one of ours; start again without it.")
