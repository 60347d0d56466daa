"""The attributes of a span, in the conventions `gen_ai`, `traceloop`, `keywordsai` and `respan`, to the fields of this
vendor's logs. What no convention names is kept as metadata. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from project.lib import jsontext

_PREFIXES = ("keywordsai.", "respan.")
_METADATA = "metadata"
_ASSOCIATED = "traceloop.association.properties."

# The first that is there counts.
_FIELDS: dict[str, tuple[str, ...]] = {
    "model": ("gen_ai.request.model", "gen_ai.response.model"),
    "provider_id": ("gen_ai.provider.name", "gen_ai.system"),
    "prompt_tokens": ("gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"),
    "completion_tokens": ("gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens"),
    "prompt_cache_hit_tokens": ("gen_ai.usage.cache_read_input_tokens",),
    "prompt_cache_creation_tokens": ("gen_ai.usage.cache_creation_input_tokens",),
    "temperature": ("gen_ai.request.temperature",),
    "top_p": ("gen_ai.request.top_p",),
    "max_tokens": ("gen_ai.request.max_tokens",),
    "span_workflow_name": ("traceloop.workflow.name",),
    "span_path": ("traceloop.entity.path",),
    "input": ("traceloop.entity.input",),
    "output": ("traceloop.entity.output",),
    "error_code": ("error.type",),
}
_OWN_FIELDS = {
    "customer_params.customer_identifier": "customer_identifier",
    "customer_params.email": "customer_email",
    "customer_params.name": "customer_name",
    "threads.thread_identifier": "thread_identifier",
    "trace.trace_group_identifier": "group_identifier",
    "span_params.custom_identifier": "custom_identifier",
    "evaluation_params.evaluation_identifier": "evaluation_identifier",
    "entity.log_type": "log_type",
    "sessions.session_identifier": "session_identifier",
    "environment": "",  # The key says which environment it is.
}
_TYPES = ("gen_ai.operation.name", "llm.request.type", "traceloop.span.kind")
_LOG_TYPES = {
    "chat": "chat",
    "completion": "completion",
    "text_completion": "completion",
    "embeddings": "embedding",
    "embedding": "embedding",
    "execute_tool": "tool",
    "invoke_agent": "agent",
    "workflow": "workflow",
    "task": "task",
    "tool": "tool",
    "agent": "agent",
}
_TURN = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,6})\.(.+)")
_TOOL_CALL = re.compile(r"tool_calls\.(\d{1,6})\.(id|name|arguments)")
_MESSAGES = {"gen_ai.input.messages": "prompt", "gen_ai.output.messages": "completion"}


def fields_of(attributes: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    turns: dict[str, dict[int, dict[str, Any]]] = {
        "prompt": defaultdict(dict),
        "completion": defaultdict(dict),
    }
    named = {name for names in _FIELDS.values() for name in names} | {*_TYPES, *_MESSAGES}
    for name, value in attributes.items():
        if turn := _TURN.fullmatch(name):
            turns[turn[1]][int(turn[2])][turn[3]] = value
        elif name.startswith(_PREFIXES):
            _take_own(name.partition(".")[2], value, fields, metadata)
        elif name not in named:
            metadata[name.removeprefix(_ASSOCIATED)] = value
    return {
        **_named_fields(attributes),
        **_conversation(attributes, turns),
        **fields,
        "metadata": metadata,
    }


def _take_own(name: str, value: Any, fields: dict[str, Any], metadata: dict[str, Any]) -> None:
    if name == _METADATA:
        given = _parsed(value)
        metadata.update(given if isinstance(given, dict) else {_METADATA: value})
    elif name in _OWN_FIELDS:
        if field := _OWN_FIELDS[name]:
            fields[field] = value
    else:
        metadata[name.removeprefix(f"{_METADATA}.")] = value


def _named_fields(attributes: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for field, names in _FIELDS.items():
        value = next((attributes[name] for name in names if attributes.get(name) is not None), None)
        if value is not None:
            fields[field] = value
    for name in _TYPES:
        if log_type := _LOG_TYPES.get(str(attributes.get(name)).lower()):
            fields["log_type"] = log_type
            break
    return fields


def _conversation(attributes: dict[str, Any], turns: dict[str, dict[int, dict[str, Any]]]) -> dict[str, Any]:
    """Messages in the order of their numbers, or those that newer instrumentation writes as one JSON text."""
    said = {
        side: [_message(numbered[number], side) for number in sorted(numbered)]
        for side, numbered in turns.items()
    }
    for name, side in _MESSAGES.items():
        whole = _parsed(attributes.get(name))
        if isinstance(whole, list) and not said[side]:
            said[side] = [_whole_message(message, side) for message in whole if isinstance(message, dict)]
    fields: dict[str, Any] = {}
    if said["prompt"]:
        fields["prompt_messages"] = said["prompt"]
    if said["completion"]:
        fields["completion_message"] = said["completion"][0]
        fields["completion_messages"] = said["completion"]
    return fields


def _message(parts: dict[str, Any], side: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": _role(side), "content": None}
    calls: dict[int, dict[str, Any]] = defaultdict(dict)
    for name, value in parts.items():
        if call := _TOOL_CALL.fullmatch(name):
            calls[int(call[1])][call[2]] = value
        else:
            message[name] = value
    if calls:
        message["tool_calls"] = [_tool_call(calls[number]) for number in sorted(calls)]
    return message


def _whole_message(message: dict[str, Any], side: str) -> dict[str, Any]:
    """`parts` of text become the content, as all other conventions have it."""
    parts = message.get("parts")
    if "content" in message or not isinstance(parts, list):
        return {"role": _role(side), **message}
    texts = [part.get("content") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    if len(texts) != len(parts):
        return {"role": _role(side), **message, "content": None}
    rest = {key: value for key, value in message.items() if key != "parts"}
    return {"role": _role(side), **rest, "content": "\n".join(str(text) for text in texts)}


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    function = {"name": call.get("name", ""), "arguments": call.get("arguments", "")}
    return {"id": call.get("id", ""), "type": "function", "function": function}


def _role(side: str) -> str:
    return "user" if side == "prompt" else "assistant"


def _parsed(value: Any) -> Any:
    """The value of a JSON text; what is none stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return jsontext.parse(value.encode(errors="surrogatepass"))
    except jsontext.JsonTextError:
        return value
