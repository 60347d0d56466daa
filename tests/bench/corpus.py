"""Conversations of about 1 KB with words as frequent as in a language (Zipf), made anew from a seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import orjson

VOCABULARY = 50_000
ZIPF_SHIFT = 2.7  # Zipf-Mandelbrot: frequency of the word of rank r is proportional to 1 / (r + 2.7).
TARGET_BYTES = 1_000
LANGUAGES = ("de", "en", "fr", "es", "ja")
SUBJECT_WORDS = 80
SUBJECT_SHARE = 0.8
COMMON_WORDS = 300  # No subject has the most frequent words for itself.
SERVICES = ("billing", "login", "shipping", "refunds")


def write_corpus(path: Path, records: int, *, seed: int = 7) -> int:
    """JSONL lines in the wrapped form; answers the bytes written."""
    with path.open("wb") as file:
        for line in lines(records, random.Random(seed)):
            file.write(line)
    return path.stat().st_size


def lines(records: int, chance: random.Random) -> Iterator[bytes]:
    """Of words drawn at random: fit for all but the search by meaning, to which such texts are all alike."""
    return _lines(records, chance, itertools.repeat(_words(chance)))


def lines_on_subjects(records: int, chance: random.Random, *, subjects: int) -> Iterator[bytes]:
    """Each conversation is about one of so many subjects, from whose own words most of it is made."""
    words = _words(chance)
    rare = list(dict.fromkeys(itertools.islice(words, 10 * VOCABULARY)))[COMMON_WORDS:]
    own = [chance.choices(rare, k=SUBJECT_WORDS) for _ in range(subjects)]
    return _lines(records, chance, (_about(chance.choice(own), words, chance) for _ in itertools.count()))


def _about(own: list[str], words: Iterator[str], chance: random.Random) -> Iterator[str]:
    weights = list(itertools.accumulate(1 / (rank + ZIPF_SHIFT) for rank in range(SUBJECT_WORDS)))
    for word in words:
        yield chance.choices(own, cum_weights=weights)[0] if chance.random() < SUBJECT_SHARE else word


def _lines(records: int, chance: random.Random, sources: Iterator[Iterator[str]]) -> Iterator[bytes]:
    for index, words in enumerate(itertools.islice(sources, records)):
        meta = {
            "lang": chance.choice(LANGUAGES),
            "n": index,
            "decile": index % 10,
            "services": chance.sample(SERVICES, 2),
        }
        yield orjson.dumps({"payload": {"messages": _messages(words, chance)}, "properties": meta}) + b"\n"


def _messages(words: Iterator[str], chance: random.Random) -> list[dict[str, str]]:
    messages: list[dict[str, str]] = []
    size = 120
    while size < TARGET_BYTES:
        content = " ".join(itertools.islice(words, chance.randrange(8, 40)))
        messages.append({"role": "assistant" if len(messages) % 2 else "user", "content": content})
        size += len(content) + 36
    return messages


def _words(chance: random.Random) -> Iterator[str]:
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    weights = range(len(letters), 0, -1)
    vocabulary = [
        "".join(
            chance.choices(letters, weights=weights, k=max(2, round(chance.gauss(4 + rank / 12_000, 1.5))))
        )
        for rank in range(VOCABULARY)
    ]
    cumulative = list(itertools.accumulate(1 / (rank + ZIPF_SHIFT) for rank in range(VOCABULARY)))
    while True:
        yield from chance.choices(vocabulary, cum_weights=cumulative, k=100_000)
