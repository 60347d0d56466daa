"""A filter as text: `status:flagged -tag:spam meta.lang:de,en tokens:>=500 source:contains:shop late "two words"`.

It is read into the pairs of an address, so that one parser says what both mean. Words without a key are searched for.
Quotes hold together what has spaces, commas or colons in it; `\\` stands before a quote within quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from project.lib.filters import OPERATOR_WORDS, FieldRegistry, FilterError, split_operator

MOST_CHARACTERS = 4_000
WORDS = "q"
_SIGNS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}
_SIGN_OF = {word: sign for sign, word in _SIGNS.items()}
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(rf'(?:{_QUOTED}|[^\s"])+|"')
_HEAD = re.compile(rf'-?(?:{_QUOTED}|[^\s":])+:')
_VALUE = re.compile(rf'(?:{_QUOTED}|[^\s",])+')
_WORD = re.compile(r"([a-z_]+):")
_ESCAPED = re.compile(r"\\(.)")
_PLAIN_KEY = re.compile(r'[^\s":,\\<>-][^\s":,\\]*')
_NEEDS_QUOTES = re.compile(r'[\s",\\]|^[<>]|^[a-z_]+:|^$')

TextPairs = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Token:
    """`-key:rest`; without a key it is a word of the search, as it was written."""

    key: str
    rest: str
    is_excluded: bool = False


def read_text(text: str, registry: FieldRegistry) -> TextPairs:
    """The pairs of the address. Raises FilterError, for an unknown field with the names of all that there are."""
    if len(text) > MOST_CHARACTERS:
        raise FilterError(f"A filter has at most {MOST_CHARACTERS:,} characters; shorten it.")
    words: list[str] = []
    pairs: dict[str, list[str]] = {}
    for written in _tokens(text):
        token = split_token(written)
        if token.key:
            key, values = _pair(token, registry)
            pairs.setdefault(key, []).extend(values)
        else:
            words.append(written)
    said = [(WORDS, [" ".join(words)])] if words else []
    if words and registry.find(WORDS) is None:
        raise FilterError(f"{words[0]!r} says no field; write it as field:value.")
    return [*said, *pairs.items()]


def split_token(written: str) -> Token:
    """One word of the text, which may not be finished."""
    head = _HEAD.match(written)
    if head is None:
        return Token("", written)
    key = head[0][:-1]
    return Token(unquoted(key.removeprefix("-")), written[head.end() :], key.startswith("-"))


def spell_text(pairs: Iterable[tuple[str, Iterable[str]]]) -> str:
    """What `read_text` reads as these pairs."""
    return " ".join(spell_pair(key, tuple(values)) for key, values in pairs)


def spell_pair(key: str, values: tuple[str, ...]) -> str:
    if key == WORDS:
        return _spell_words(" ".join(values))
    sign, name = ("-", key[1:]) if key.startswith("-") else ("", key)
    field, operator = split_operator(name)
    word = name.rpartition(":")[2] if operator is not None else ""
    before = _SIGN_OF.get(word, f"{word}:" if word else "")
    return f"{sign}{_quoted_key(field)}:{before}{','.join(map(quoted, values))}"


def quoted(value: str) -> str:
    return _in_quotes(value) if _NEEDS_QUOTES.search(value) else value


def unquoted(text: str) -> str:
    """Without the quotes, which may stand anywhere in it."""
    pieces = re.split(f"({_QUOTED})", text)
    return "".join(
        _ESCAPED.sub(r"\1", piece[1:-1]) if place % 2 else piece for place, piece in enumerate(pieces)
    )


def read_values(text: str) -> list[str]:
    """`a,"b, c"` as two values."""
    return [value for found in _VALUE.findall(text) if (value := unquoted(found))]


def _tokens(text: str) -> list[str]:
    tokens = _TOKEN.findall(text)
    if '"' in tokens:
        raise FilterError("A quote is not closed in the filter; close it, or remove it.")
    return tokens


def _pair(token: Token, registry: FieldRegistry) -> tuple[str, list[str]]:
    try:
        registry.named(token.key)
    except FilterError as error:
        raise FilterError(f"{error} Put words that have a colon in quotes.") from None
    word, rest = _operator_of(token.rest)
    values = read_values(rest)
    if not values:
        raise FilterError(f"{token.key}: needs a value behind its colon, or * for any.")
    if not word:
        return f"{'-' if token.is_excluded else ''}{token.key}", values
    if token.is_excluded:
        word = f"not_{word}"
    if word not in OPERATOR_WORDS:
        raise FilterError(
            f"-{token.key}:{word.removeprefix('not_')} cannot be excluded; turn its condition round."
        )
    return f"{token.key}:{word}", values


def _operator_of(rest: str) -> tuple[str, str]:
    """The operator's word and what stands behind it."""
    for sign, word in _SIGNS.items():
        if rest.startswith(sign):
            return word, rest[len(sign) :]
    found = _WORD.match(rest)
    if found is None or found[1] not in OPERATOR_WORDS:
        return "", rest
    return found[1], rest[found.end() :]


def _quoted_key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else _in_quotes(key)


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _spell_words(words: str) -> str:
    """Bare, where they are read as words again."""
    tokens = _TOKEN.findall(words)
    is_bare = " ".join(tokens) == words and '"' not in tokens
    return (
        words if is_bare and not any(_HEAD.match(token) for token in tokens) else f"{WORDS}:{quoted(words)}"
    )
