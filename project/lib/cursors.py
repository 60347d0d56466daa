"""Opaque keyset cursors: URL-safe text for the place after which the next page begins."""

import base64
import binascii
from uuid import UUID

from project.lib.errors import InvalidError


class CursorError(InvalidError):
    """The cursor was not made by us."""


def encode_cursor(place: UUID) -> str:
    return base64.urlsafe_b64encode(place.bytes).decode().rstrip("=")


def decode_cursor(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (ValueError, binascii.Error):
        raise CursorError("The cursor is not one of ours; start again without it.") from None
