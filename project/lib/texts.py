"""The readable text of messages, and text as PostgreSQL can hold it. Pure."""

from __future__ import annotations

from typing import Any


def message_text(message: dict[str, Any]) -> str:
    """The readable text of one message: its content, or the texts of its parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(part_text(part) for part in content)
    return ""


def part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return ""
    text = part.get("text")
    if isinstance(text, str):
        return text
    thinking = part.get("thinking")
    if isinstance(thinking, list):
        return "\n".join(part_text(inner) for inner in thinking)
    return thinking if isinstance(thinking, str) else ""


def storable(text: str) -> str:
    """The text as PostgreSQL can hold it: NUL and lone surrogates become U+FFFD. For projections only."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def holds_unstorable(value: Any) -> bool:
    """Whether a string with NUL or half of a surrogate pair occurs anywhere in the value, keys included."""
    if isinstance(value, str):
        return storable(value) != value
    if isinstance(value, dict):
        return any(holds_unstorable(key) or holds_unstorable(inner) for key, inner in value.items())
    return isinstance(value, list) and any(holds_unstorable(inner) for inner in value)
