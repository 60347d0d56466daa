"""From logs to conversations: a log alone, or the logs of a thread in order, as the draft of one record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from project.lib import jsontext
from project.lib.texts import message_text
from records.types import RecordDraft
from threads.messages import Message

if TYPE_CHECKING:
    from threads.models import Log

_FACTS = (
    *(
        "model",
        "log_type",
        "environment",
        "status",
        "status_code",
        "error_code",
        "error_message",
        "prompt_tokens",
    ),
    *("completion_tokens", "total_tokens", "customer_identifier", "thread_identifier", "custom_identifier"),
    *("session_identifier", "trace_unique_id"),
)
_INSTRUCTING = ("system", "developer")


def draft_of_log(log: Log, *, meta: dict[str, Any] | None = None) -> RecordDraft:
    """What went into the call, followed by what came out. `meta` is added to that of the log."""
    messages = [*log.request_messages, *log.response_messages]
    return _draft(log, {"messages": messages}, {**log.meta, **(meta or {})})


def draft_of_sampled_log(log: Log, *, sample: dict[str, Any]) -> RecordDraft:
    """As `draft_of_log`, and what the call was beside its messages, since the log may change or go: its facts and the
    sample that took it under `log`, and its input and output where the messages do not say them as they were sent."""
    request, response = log.request_messages, log.response_messages
    payload = {"messages": [*request, *response], "log": {**_facts(log), "sample": sample}}
    sent = None if log.input is None else log.input.value
    answered = None if log.output is None else log.output.value
    if sent is not None and (sent != request or _is_answered(request)):
        payload["input"] = sent
    if answered is not None and (len(response) != 1 or answered != response[0]):
        payload["output"] = answered
    return _draft(log, payload, log.meta)


def draft_of_thread(identifier: str, logs: Iterable[Log]) -> RecordDraft:
    """The logs of one thread, oldest first, as one conversation. Its meta is theirs, later values last."""
    messages: list[Message] = []
    meta: dict[str, Any] = {}
    log_ids = []
    for log in logs:
        messages = continued(messages, log.request_messages, log.response_messages)
        meta |= log.meta
        log_ids.append(log.id)
    return RecordDraft(
        payload={"messages": messages},
        meta=meta,
        source=identifier,
        origin="PLAYGROUND",
        log_ids=tuple(log_ids),
    )


def _draft(log: Log, payload: dict[str, Any], meta: dict[str, Any]) -> RecordDraft:
    return RecordDraft(payload=payload, meta=meta, source=log.public_id, origin="EXPLORER", log_ids=(log.id,))


def _facts(log: Log) -> dict[str, Any]:
    values = {name: getattr(log, name) for name in _FACTS}
    values["cost"] = float(log.cost)
    values["latency"] = None if log.latency is None else float(log.latency)
    values["start_time"] = log.started_at.isoformat() if log.started_at else None
    values["timestamp"] = log.logged_at.isoformat()
    return {name: value for name, value in values.items() if value is not None}


def _is_answered(request: Sequence[Message]) -> bool:
    """Whether the input ends with an answer, so that nobody could tell it from the output."""
    return bool(request) and request[-1].get("role") == "assistant"


def continued(
    said: Sequence[Message], request: Sequence[Message], response: Sequence[Message]
) -> list[Message]:
    """The conversation after one more call.

    Some applications send with each call all that was said before, some the end of it, some only what is new. A
    request with an answer in it repeats what was said: what is new stands behind the repeated part; when it goes back
    to an earlier place, the conversation goes on from there. A request without an answer is new as a whole.
    Instructions stand at the head once, as they were first given.
    """
    instructions, body = _split(said)
    new_instructions, new_body = _split(request)
    repeats = any(message.get("role") == "assistant" for message in new_body)
    turns = _joined(body, new_body) if repeats else [*body, *new_body]
    return [*(instructions or new_instructions), *turns, *response]


def _split(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """The instructions at the head, and the turns behind them."""
    place = next(
        (place for place, message in enumerate(messages) if message.get("role") not in _INSTRUCTING),
        len(messages),
    )
    return messages[:place], messages[place:]


def _joined(said: Sequence[Message], new: Sequence[Message]) -> list[Message]:
    """What was said and then sent again, in part or whole, with more behind it."""
    said_keys, new_keys = [_key(message) for message in said], [_key(message) for message in new]
    same = _common_length(said_keys, new_keys)
    if same < len(said):
        overlap = _overlap(said_keys, new_keys)
        if overlap > same or not same:
            return [*said, *new[overlap:]]
    return [*said[:same], *new[same:]]


def _common_length(one: Sequence[Any], other: Sequence[Any]) -> int:
    differences = (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differences, min(len(one), len(other)))


def _overlap(said: Sequence[Any], new: Sequence[Any]) -> int:
    """How many of the last ones are the first ones of `new`."""
    lengths = range(min(len(said), len(new)), 0, -1)
    return next((length for length in lengths if said[-length:] == new[:length]), 0)


def _key(message: Message) -> tuple[Any, ...]:
    """By which a message is known again, although clients add keys to what was answered and split text into parts."""
    content = message.get("content")
    is_plain = content is None or isinstance(content, str) or _is_text(content)
    text = message_text(message) if is_plain else jsontext.serialise(content)
    calls = message.get("tool_calls")
    return message.get("role"), text, jsontext.serialise(calls) if calls else "", message.get("tool_call_id")


def _is_text(content: Any) -> bool:
    return isinstance(content, list) and all(
        isinstance(part, dict) and part.get("type") == "text" for part in content
    )
