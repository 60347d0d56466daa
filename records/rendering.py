"""What a record looks like on a page: its turns and its meta. Pure: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from project.lib import jsontext
from project.lib.texts import storable
from records.markdown import ADDRESS_CHARACTERS, LONG_TEXT, SHOWN_CHARACTERS, Draw
from records.prettyjson import pretty
from records.sequence import sequence_notes

DATA_CHARACTERS = 20_000  # Of a folded piece of data.

_ROLE_KINDS = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
_KNOWN_KEYS = {"role", "content", "tool_calls", "function_call", "name", "tool_call_id"}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a turn: `html` is what people read, `text` is data that is shown as it is."""

    kind: str
    label: str = ""
    html: str = ""
    text: str = ""
    is_long: bool = False
    size: int = 0
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    number: int
    role: str
    role_kind: str
    name: str
    call_id: str
    blocks: tuple[Block, ...]
    note: str = ""  # What is odd about its place among the others.


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns from number `first` on, how many there are in all, and the payload's other keys."""

    turns: tuple[Turn, ...]
    first: int
    total: int
    others: tuple[Block, ...] = ()
    note: str = ""  # What is odd about all of it.

    @property
    def next_first(self) -> int | None:
        end = self.first + len(self.turns)
        return end if end < self.total else None


@dataclass(frozen=True, slots=True)
class MetaValue:
    text: str
    query: str = field(default="")  # What finds records with this value; empty when nothing can.


@dataclass(frozen=True, slots=True)
class MetaRow:
    key: str
    values: tuple[MetaValue, ...] = ()
    json: str = ""


def read_conversation(payload: dict[str, Any], *, draw: Draw, first: int = 0, limit: int) -> Conversation:
    """`limit` turns from the one with index `first` on. Nothing that a payload can hold is left out or fails."""
    messages = payload.get("messages")
    found = messages if isinstance(messages, list) else []
    notes = sequence_notes(payload)
    turns = tuple(
        replace(_turn(number, message, draw), note=notes.turns.get(number, ""))
        for number, message in enumerate(found[first : first + limit], start=first + 1)
    )
    others = tuple(
        _fold(key, value)
        for key, value in payload.items()
        if key != "messages" or not isinstance(messages, list)
    )
    return Conversation(turns, first, len(found), others, notes.whole)


def meta_rows(meta: dict[str, Any]) -> tuple[MetaRow, ...]:
    return tuple(_meta_row(key, value) for key, value in meta.items())


def _turn(number: int, message: Any, draw: Draw) -> Turn:
    if not isinstance(message, dict):
        return Turn(number, "not an object", "other", "", "", (_fold("Message", message),))
    role = message.get("role")
    label = _word(role) or "no role"
    kind = _ROLE_KINDS.get(label.lower(), "other")
    return Turn(
        number,
        label,
        kind,
        _word(message.get("name")),
        _word(message.get("tool_call_id")),
        (*_content(message.get("content"), kind, draw), *_calls(message), *_others(message)),
    )


def _content(content: Any, role_kind: str, draw: Draw) -> tuple[Block, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return (
            (_tool_result(content, draw) if role_kind == "tool" else _text(content, draw),) if content else ()
        )
    if isinstance(content, list):
        return tuple(_part(part, draw) for part in content)
    return (_fold("Content", content),)


def _tool_result(content: str, draw: Draw) -> Block:
    """What a tool answered: pretty-printed when it is JSON."""
    if content.lstrip()[:1] in {"{", "["} and len(content) <= SHOWN_CHARACTERS:
        try:
            return _fold("Result", jsontext.parse(content.encode(errors="replace")), kind="result")
        except jsontext.JsonTextError:
            pass  # It only looks like JSON.
    return _text(content, draw)


def _text(text: str, draw: Draw, *, kind: str = "text", label: str = "") -> Block:
    return Block(
        kind, label, draw(text), is_long=len(text) > LONG_TEXT or text.count("\n") > 30, size=len(text)
    )


def _part(part: Any, draw: Draw) -> Block:
    if isinstance(part, str):
        return _text(part, draw)
    if not isinstance(part, dict):
        return _fold("Part", part)
    kind = part.get("type")
    if kind == "text" and isinstance(part.get("text"), str) and set(part) <= {"type", "text"}:
        return _text(part["text"], draw)
    if kind == "thinking":
        return _thinking(part, draw)
    if kind == "image_url":
        return _image(part)
    return _fold(f"Part of type {kind}" if isinstance(kind, str) else "Part without a type", part)


def _thinking(part: dict[str, Any], draw: Draw) -> Block:
    inner = part.get("thinking")
    if isinstance(inner, str):
        return _text(inner, draw, kind="thinking", label="Thinking")
    texts = [one.get("text") for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return _fold("Thinking", part)
    return _text("\n\n".join(text for text in texts if text), draw, kind="thinking", label="Thinking")


def _image(part: dict[str, Any]) -> Block:
    image = part.get("image_url")
    address = image.get("url") if isinstance(image, dict) else image
    if not isinstance(address, str):
        return _fold("Image", part)
    shown = storable(address[:ADDRESS_CHARACTERS])
    more = f"… ({len(address):,} characters)" if len(address) > ADDRESS_CHARACTERS else ""
    return Block("note", "Image, not loaded", text=f"{shown}{more}")


def _calls(message: dict[str, Any]) -> tuple[Block, ...]:
    calls = message.get("tool_calls")
    found = list(calls) if isinstance(calls, list) else ([{"tool_calls": calls}] if calls is not None else [])
    if message.get("function_call") is not None:
        found.append({"function": message["function_call"]})
    return tuple(_call(call) for call in found)


def _call(call: Any) -> Block:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return _fold("Tool call", call)
    arguments, name = function.get("arguments"), _word(function.get("name")) or "unnamed function"
    if isinstance(arguments, str):
        try:
            text = pretty(arguments)
        except jsontext.JsonTextError:
            text = arguments
    else:
        text = "" if arguments is None else _json(arguments)
    return Block("call", name, text=_cut(text), call_id=_word(call.get("id")))


def _others(message: dict[str, Any]) -> tuple[Block, ...]:
    others = {key: value for key, value in message.items() if key not in _KNOWN_KEYS and value is not None}
    return (_fold(", ".join(others), others),) if others else ()


def _fold(label: str, value: Any, *, kind: str = "fold") -> Block:
    text = _json(value)
    return Block(kind, storable(label[:ADDRESS_CHARACTERS]), text=_cut(text), size=len(text))


def _json(value: Any) -> str:
    return pretty(jsontext.serialise(value))


def _cut(text: str) -> str:
    hidden = len(text) - DATA_CHARACTERS
    return storable(text if hidden <= 0 else f"{text[:DATA_CHARACTERS]}\n… {hidden:,} more characters")


def _word(value: Any) -> str:
    return storable(value[:ADDRESS_CHARACTERS]) if isinstance(value, str) else ""


def _meta_row(key: str, value: Any) -> MetaRow:
    values = value if isinstance(value, list) else [value]
    if values and all(not isinstance(one, dict | list) for one in values):
        return MetaRow(key, tuple(_meta_value(one) for one in values))
    return MetaRow(key, json=_cut(_json(value)))


def _meta_value(value: Any) -> MetaValue:
    text = value if isinstance(value, str) else jsontext.serialise(value)
    findable = value is not None and text not in {"", "*"} and len(text) <= ADDRESS_CHARACTERS
    return MetaValue(text or "empty", text if findable else "")
