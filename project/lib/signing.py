"""Links that carry their own right: what one opens and until when, signed with SECRET_KEY."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.signing import BadSignature, Signer

from project.lib.errors import ForbiddenError


class LinkInvalidError(ForbiddenError):
    """The link was not made by us for this purpose, or was changed."""


class LinkExpiredError(ForbiddenError):
    """The link was ours, and its time is over."""


def sign_link(purpose: str, parts: Sequence[str], *, expires_at: datetime) -> str:
    """A token for a URL. Only `read_link` with the same purpose reads it."""
    return _signer(purpose).sign_object([int(expires_at.timestamp()), *parts], compress=False)


def read_link(purpose: str, token: str, *, now: datetime) -> tuple[str, ...]:
    """The parts that were signed. Raises LinkInvalidError or LinkExpiredError."""
    try:
        expires_at, *parts = _signer(purpose).unsign_object(token)
    except (BadSignature, ValueError):
        raise LinkInvalidError("This link is not valid; ask for a new one.") from None
    if now.timestamp() >= expires_at:
        raise LinkExpiredError("This link has expired; ask for a new one.")
    return tuple(parts)


def _signer(purpose: str) -> Signer:
    return Signer(sep=".", salt=f"link.{purpose}")
