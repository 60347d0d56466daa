"""What a sync has to do: the records as they are, and the chunks of the file as it is now. Pure.

Chunks are recognized by the fingerprint of their text first, duplicates in their order; those that are left by their
place, which is the stretch between the same recognized neighbors. What a person did to a record always stays: an edited
text is kept, and where the file has changed the same chunk both are a conflict; what is in the trash stays.
What was erased for good is not known any more, and comes back as a new record while the file still has it.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

_NOWHERE = 0  # Before the first place.


class Kind(StrEnum):
    """What becomes of a record or chunk, in the order in which people are told."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    CONFLICT = "conflict"


class Tied(NamedTuple):
    """A record of the file, as the last sync and people since then have left it."""

    id: UUID
    place: int
    source: bytes  # Fingerprint of the text as the file gave it.
    present: bytes  # Fingerprint of the text as it is.
    is_trashed: bool

    @property
    def is_kept(self) -> bool:
        """Whether a person has changed it, so that no sync may."""
        return self.is_trashed or self.present != self.source


class Piece(NamedTuple):
    """A chunk of the file, as it is now."""

    place: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One record with its chunk: without a record the chunk is new, without a chunk the file has lost it."""

    kind: Kind
    tied: Tied | None
    piece: Piece | None

    @property
    def is_written(self) -> bool:
        """Whether anything is stored for it. A record that people see unchanged may still have another place."""
        if self.tied is None or self.piece is None:
            return True
        return (self.tied.place, self.tied.source) != (self.piece.place, self.piece.fingerprint)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every record and every chunk once."""

    changes: tuple[Change, ...]

    def of(self, kind: Kind) -> list[Change]:
        """In the order of the file."""
        return [change for change in self.changes if change.kind is kind]

    def counts(self) -> dict[Kind, int]:
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in Kind}

    def written(self) -> list[Change]:
        return [change for change in self.changes if change.is_written]


def plan_of(tied: Sequence[Tied], pieces: Sequence[Piece]) -> Plan:
    """Both in the order of their places."""
    same = _pairs(tied, pieces, lambda record: record.source, lambda piece: piece.fingerprint)
    partner = {record.id: piece for record, piece in same}
    before_tied, before_piece = _neighbors(tied, pieces, partner)
    taken = {piece.place for piece in partner.values()}
    near = _pairs(
        [record for record in tied if record.id not in partner],
        [piece for piece in pieces if piece.place not in taken],
        lambda record: before_tied[record.id],
        lambda piece: before_piece[piece.place],
    )
    partner.update((record.id, piece) for record, piece in near)
    taken.update(piece.place for _, piece in near)
    changes = [_change(record, partner.get(record.id)) for record in tied]
    changes += [Change(Kind.NEW, None, piece) for piece in pieces if piece.place not in taken]
    return Plan(tuple(sorted(changes, key=_place)))


def _change(tied: Tied, piece: Piece | None) -> Change:
    return Change(_kind(tied, piece), tied, piece)


def _kind(tied: Tied, piece: Piece | None) -> Kind:
    if piece is None:
        if tied.is_trashed:
            return Kind.EDITED
        return Kind.CONFLICT if tied.is_kept else Kind.REMOVED
    if tied.is_kept:
        is_agreed = piece.fingerprint in {tied.source, tied.present}
        return Kind.EDITED if is_agreed else Kind.CONFLICT
    if piece.fingerprint != tied.source:
        return Kind.CHANGED
    return Kind.UNCHANGED if piece.place == tied.place else Kind.MOVED


def _pairs(
    tied: Sequence[Tied],
    pieces: Sequence[Piece],
    key_of_tied: Callable[[Tied], Hashable],
    key_of_piece: Callable[[Piece], Hashable],
) -> list[tuple[Tied, Piece]]:
    """Those with the same key, the first with the first."""
    waiting: dict[Hashable, deque[Piece]] = defaultdict(deque)
    for piece in pieces:
        waiting[key_of_piece(piece)].append(piece)
    found = []
    for record in tied:
        if queue := waiting.get(key_of_tied(record)):
            found.append((record, queue.popleft()))
    return found


def _neighbors(
    tied: Sequence[Tied], pieces: Sequence[Piece], partner: dict[UUID, Piece]
) -> tuple[dict[UUID, int], dict[int, int]]:
    """For each record and each chunk, the new place of the last recognized one before it."""
    recognized = {piece.place for piece in partner.values()}
    before_tied, last = {}, _NOWHERE
    for record in tied:
        before_tied[record.id] = last
        if record.id in partner:
            last = partner[record.id].place
    before_piece, last = {}, _NOWHERE
    for piece in pieces:
        before_piece[piece.place] = last
        if piece.place in recognized:
            last = piece.place
    return before_tied, before_piece


def _place(change: Change) -> int:
    if change.piece is not None:
        return change.piece.place
    assert change.tied is not None
    return change.tied.place
