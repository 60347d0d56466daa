from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7: opaque, and in the order of its making within one process."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def parse_id(text: str) -> UUID | None:
    """The UUID that `text` spells, or None."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
