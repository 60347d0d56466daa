"""What differs between two texts, word by word, for two columns beside each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

MOST_WORDS = (
    800  # Compared with as many others; beyond that, all between the first and last difference is marked.
)
# Space, a sign of a script that sets no spaces between words, or what stands between spaces.
_WORD = re.compile(
    r"\s+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class Part(NamedTuple):
    """A stretch of a text, and whether the other text has it as well."""

    text: str
    is_own: bool


class Sides(NamedTuple):
    left: tuple[Part, ...]
    right: tuple[Part, ...]


def compare_words(left: str, right: str) -> Sides:
    """Both texts in full."""
    lefts, rights = _WORD.findall(left), _WORD.findall(right)
    head = _common(lefts, rights)
    tail = _common(lefts[head:][::-1], rights[head:][::-1])
    left_parts, right_parts = [Part("".join(lefts[:head]), is_own=False)], []
    right_parts.append(left_parts[0])
    for own_left, own_right, is_same in _middle(
        lefts[head : len(lefts) - tail], rights[head : len(rights) - tail]
    ):
        left_parts.append(Part(own_left, not is_same))
        right_parts.append(Part(own_right, not is_same))
    end = Part("".join(lefts[len(lefts) - tail :]), is_own=False)
    return Sides(_told([*left_parts, end]), _told([*right_parts, end]))


def _common(lefts: Sequence[str], rights: Sequence[str]) -> int:
    """How many words both begin with."""
    for place, (left, right) in enumerate(zip(lefts, rights, strict=False)):
        if left != right:
            return place
    return min(len(lefts), len(rights))


def _middle(lefts: Sequence[str], rights: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Stretches of both, and whether they are the same."""
    if max(len(lefts), len(rights)) > MOST_WORDS:
        return [("".join(lefts), "".join(rights), False)]
    matcher = SequenceMatcher(None, lefts, rights, autojunk=False)
    return [
        ("".join(lefts[a:b]), "".join(rights[c:d]), kind == "equal")
        for kind, a, b, c, d in matcher.get_opcodes()
    ]


def _told(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.text)
