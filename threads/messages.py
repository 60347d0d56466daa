"""The messages in what an application sends as input and output of a call: lists of messages, whole requests and
responses of chat APIs, or plain text. Pure."""

from __future__ import annotations

from typing import Any

from project.lib import jsontext
from project.lib.texts import message_text, storable

Message = dict[str, Any]


def request_messages(value: Any) -> list[Message]:
    """The messages of a call's input; text is one user message, other JSON is shown as its text."""
    return _messages(value, role="user")


def response_messages(value: Any) -> list[Message]:
    """The messages of a call's output, which may be a message, several, a response with choices, or text."""
    return _messages(value, role="assistant")


def preview_of_request(messages: list[Message], length: int) -> str:
    """The beginning of the last message of the user, or of the last one at all."""
    last = next((one for one in reversed(messages) if one.get("role") == "user"), None)
    return _beginning(message_text(last or (messages[-1] if messages else {})), length)


def preview_of_response(messages: list[Message], length: int) -> str:
    return _beginning(" ".join(filter(None, map(message_text, messages))), length)


def first_system_message(messages: list[Message], length: int) -> str | None:
    first = next((one for one in messages if one.get("role") in {"system", "developer"}), None)
    return _beginning(message_text(first), length) if first else None


def invoked_tools(messages: list[Message], calls: Any = None) -> list[str] | None:
    """The names of the tools that the answer calls, in order; None when it calls none."""
    found = [calls, *(message.get("tool_calls") for message in messages)]
    names = [_tool_name(call) for some in found if isinstance(some, list) for call in some]
    return list(dict.fromkeys(names)) or None


def enabled_tools(value: Any, extras: Any) -> list[Any]:
    """The tools that the call could use: sent with the messages, or beside them."""
    for sent in (value, extras):
        tools = sent.get("tools") if isinstance(sent, dict) else None
        if isinstance(tools, list):
            return [tool for tool in tools if isinstance(tool, dict)]
    return []


def _messages(value: Any, *, role: str) -> list[Message]:
    if value is None or value == "" or value == []:
        return []
    if isinstance(value, str):
        return _of_text(value, role=role)
    if isinstance(value, list):
        if all(_is_message(one) for one in value):
            return value
        return [{"role": role, "content": value if _are_parts(value) else jsontext.serialise(value)}]
    if isinstance(value, dict):
        return _of_object(value, role=role)
    return [{"role": role, "content": jsontext.serialise(value)}]


def _of_object(value: dict[str, Any], *, role: str) -> list[Message]:
    if _is_message(value):
        return [value]
    messages = value.get("messages")
    if isinstance(messages, list) and all(_is_message(one) for one in messages):
        return messages
    choices = value.get("choices")
    if isinstance(choices, list):
        found = [
            one["message"] for one in choices if isinstance(one, dict) and _is_message(one.get("message"))
        ]
        if found:
            return found
    return [{"role": role, "content": jsontext.serialise(value)}]


def _of_text(text: str, *, role: str) -> list[Message]:
    """Text that is itself the JSON of messages is read as such, since clients send objects as JSON text."""
    if text[:1] in {"[", "{"} and '"role"' in text:
        try:
            value = jsontext.parse(text.encode())
        except (jsontext.JsonTextError, UnicodeEncodeError):
            value = None
        if isinstance(value, list) and value and all(_is_message(one) for one in value):
            return value
        if isinstance(value, dict) and _is_message(value):
            return [value]
    return [{"role": role, "content": text}]


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("role"), str)


def _are_parts(values: list[Any]) -> bool:
    """The content parts of one message, such as texts and images."""
    return all(isinstance(one, dict) and isinstance(one.get("type"), str) for one in values)


def _tool_name(call: Any) -> str:
    if not isinstance(call, dict):
        return ""
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else call.get("name")
    return storable(name) if isinstance(name, str) else ""


def _beginning(text: str, length: int) -> str:
    head = text[: 2 * length]
    if "\n" in head or "  " in head or "\t" in head:
        head = " ".join(head.split())
    return storable(head[:length])
