"""What changed within a text, by words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

MAX_TOKENS = 2_000
MOST_SHOWN = 2_000
_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class Side(StrEnum):
    SAME = "same"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    side: Side
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces of both texts in order: the old text is what is the same or old, the new one what is the same or new.
    By words; of long texts by lines; of very long ones only what they have in common at both ends."""
    start = _common_start(old, new)
    end = _common_start(old[start:][::-1], new[start:][::-1])
    middle = _diff(old[start : len(old) - end], new[start : len(new) - end])
    pieces = [Piece(Side.SAME, old[:start]), *middle, Piece(Side.SAME, old[len(old) - end :])]
    return tuple(
        Piece(side, "".join(piece.text for piece in run))
        for side, run in groupby((piece for piece in pieces if piece.text), key=lambda piece: piece.side)
    )


def shortened(pieces: tuple[Piece, ...], *, around: int = 120) -> tuple[Piece, ...]:
    """What is the same only as far as it lies near a difference; long differences by their beginning."""
    return tuple(
        Piece(piece.side, _cut(piece, around, is_first=place == 0, is_last=place == len(pieces) - 1))
        for place, piece in enumerate(pieces)
    )


def _cut(piece: Piece, around: int, *, is_first: bool, is_last: bool) -> str:
    text = piece.text
    if piece.side is not Side.SAME or (is_first and is_last):
        return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]} …"
    head = "" if is_first else text[:around]
    tail = "" if is_last else text[-around:]
    return text if len(text) <= len(head) + len(tail) else f"{head} … {tail}"


def _common_start(old: str, new: str) -> int:
    """How many characters are the same, back to the border of a word."""
    length = next(
        (place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    if length == len(old) == len(new):
        return length
    while length and old[length - 1].isalnum():
        length -= 1
    return length


def _diff(old: str, new: str) -> list[Piece]:
    for tokens in (_WORDS, _LINES):
        before, after = tokens.findall(old), tokens.findall(new)
        if len(before) <= MAX_TOKENS and len(after) <= MAX_TOKENS:
            return _diff_tokens(before, after)
    return [Piece(Side.OLD, old), Piece(Side.NEW, new)]


def _diff_tokens(before: list[str], after: list[str]) -> list[Piece]:
    pieces = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Side.SAME, "".join(before[i1:i2])))
        else:
            pieces += [Piece(Side.OLD, "".join(before[i1:i2])), Piece(Side.NEW, "".join(after[j1:j2]))]
    return pieces
