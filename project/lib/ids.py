from datetime import datetime
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7: opaque, and in the order of its making within one process."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def first_id_at(moment: datetime) -> UUID:
    """Not above any id that was made from this moment on."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def parse_id(text: str) -> UUID | None:
    """The UUID that `text` spells, or None."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
