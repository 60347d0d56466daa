from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import overload
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


class PackedIds(Sequence[UUID]):
    """Ids in their order, at sixteen bytes each instead of a hundred."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self._packed = bytearray()
        for one in ids:
            self._packed += one.bytes

    def __len__(self) -> int:
        return len(self._packed) // 16

    @overload
    def __getitem__(self, place: int) -> UUID: ...
    @overload
    def __getitem__(self, place: slice) -> list[UUID]: ...
    def __getitem__(self, place: int | slice) -> UUID | list[UUID]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return UUID(bytes=bytes(self._packed[16 * place : 16 * place + 16]))
