"""The line shapes that an import reads, and how each becomes a record. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from records.content import kind_of
from records.errors import RecordInvalidError
from records.types import RecordDraft

STRICT_EXPECTED = 'a JSON object with "messages" or "payload"'
EXPECTED = (
    "a JSON object with one of: messages, payload, text, conversations (ShareGPT), instruction and output (Alpaca), "
    "prompt and completion, question and answer"
)
_SHAREGPT_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "bing": "assistant",
    "chatgpt": "assistant",
}
_OWN_KEYS = ("tags", "status", "split", "key", "source")
_STATUSES = {"new", "approved", "rejected", "flagged"}


def strict_draft(line: Any) -> RecordDraft:
    """A conversation line: `messages` with `properties`, or `payload` with `properties`. Raises RecordInvalidError."""
    if isinstance(line, dict):
        if "payload" in line:
            return _wrapped(line)
        if "messages" in line:
            return _conversation(line)
        raise RecordInvalidError(f"expected {STRICT_EXPECTED}; found the keys {_named(line)}")
    raise RecordInvalidError(f"expected {STRICT_EXPECTED}; found {kind_of(line)}")


def any_draft(line: Any) -> RecordDraft:
    """A line of any shape in EXPECTED. Raises RecordInvalidError."""
    if not isinstance(line, dict):
        raise RecordInvalidError(f"expected {EXPECTED}; found {kind_of(line)}")
    for keys, read in _SHAPES:
        if all(key in line for key in keys):
            return read(line)
    raise RecordInvalidError(f"expected {EXPECTED}; found the keys {_named(line)}")


def _named(line: dict[str, Any]) -> str:
    return ", ".join(list(line)[:8]) or "none"


def _wrapped(line: dict[str, Any]) -> RecordDraft:
    """Our own export and the vendor's later form; our own keys beside it are taken back as well."""
    payload, properties = line["payload"], line.get("properties")
    if not isinstance(payload, dict):
        raise RecordInvalidError(f"payload must be a JSON object, not {kind_of(payload)}")
    own = _own_values(line) if len(line) > 2 else {}
    return RecordDraft(payload=payload, meta={} if properties is None else properties, **own)


def _conversation(line: dict[str, Any]) -> RecordDraft:
    """Every key but `properties` belongs to the conversation."""
    properties = line.pop("properties", None)
    return RecordDraft(payload=line, meta={} if properties is None else properties)


def _text(line: dict[str, Any]) -> RecordDraft:
    text = _string(line, "text")
    properties = line.get("properties")
    if properties is not None:
        return RecordDraft(text=text, meta=properties, **_own_values(line))
    return RecordDraft(text=text, meta=_rest(line, "text"))


def _sharegpt(line: dict[str, Any]) -> RecordDraft:
    turns = line["conversations"]
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise RecordInvalidError('conversations must be a list of objects with "from" and "value"')
    messages = [_sharegpt_message(turn) for turn in turns]
    return RecordDraft(payload={"messages": messages}, meta=_rest(line, "conversations"))


def _sharegpt_message(turn: dict[str, Any]) -> dict[str, Any]:
    if "from" not in turn:
        return turn
    role = turn["from"]
    return {
        "role": _SHAREGPT_ROLES.get(role, role) if isinstance(role, str) else role,
        "content": turn.get("value"),
    }


def _alpaca(line: dict[str, Any]) -> RecordDraft:
    question = _string(line, "instruction")
    if line.get("input"):
        question = f"{question}\n\n{_string(line, 'input')}"
    return _pair(question, _string(line, "output"), _rest(line, "instruction", "input", "output"))


def _two(question: str, answer: str) -> Callable[[dict[str, Any]], RecordDraft]:
    def read(line: dict[str, Any]) -> RecordDraft:
        return _pair(_string(line, question), _string(line, answer), _rest(line, question, answer))

    return read


def _pair(question: str, answer: str, meta: dict[str, Any]) -> RecordDraft:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return RecordDraft(payload={"messages": messages}, meta=meta)


def _string(line: dict[str, Any], key: str) -> str:
    value = line[key]
    if not isinstance(value, str):
        raise RecordInvalidError(f"{key} must be a string, not {kind_of(value)}")
    return value


def _rest(line: dict[str, Any], *taken: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in taken}


def _own_values(line: dict[str, Any]) -> dict[str, Any]:
    """The values that our own export writes beside the content. Raises RecordInvalidError for wrong ones."""
    own: dict[str, Any] = {key: line[key] for key in _OWN_KEYS if line.get(key)}
    tags = own.pop("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) and 0 < len(tag) <= 100 for tag in tags):
        raise RecordInvalidError("tags must be a list of strings of 1 to 100 characters")
    for key, limit in (("split", 20), ("key", 255), ("source", 1024), ("status", 8)):
        if key in own and not (
            isinstance(own[key], str) and len(own[key]) <= limit and "\x00" not in own[key]
        ):
            raise RecordInvalidError(f"{key} must be a string of at most {limit} characters")
    if own.get("status", "new") not in _STATUSES:
        raise RecordInvalidError(f"status must be one of {', '.join(sorted(_STATUSES))}")
    return {**own, "tags": tuple(tags)}


_SHAPES: tuple[tuple[tuple[str, ...], Callable[[dict[str, Any]], RecordDraft]], ...] = (
    (("payload",), _wrapped),
    (("messages",), _conversation),
    (("conversations",), _sharegpt),
    (("instruction", "output"), _alpaca),
    (("prompt", "completion"), _two("prompt", "completion")),
    (("prompt", "response"), _two("prompt", "response")),
    (("question", "answer"), _two("question", "answer")),
    (("text",), _text),
)
