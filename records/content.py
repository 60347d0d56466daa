"""What a record's content says: words, preview, fingerprint, counts. Pure: values in, values out."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any, NamedTuple

import orjson

from project.lib import jsontext
from project.lib.texts import holds_unstorable, message_text, storable
from records.errors import RecordInvalidError
from records.types import RecordDraft, Signals

PREVIEW_CHARACTERS = 300
MAX_SOURCE_CHARACTERS = 1024
MAX_RECORD_BYTES = 64 * 1024 * 1024
BYTES_PER_TOKEN = (
    4  # The usual rule of thumb for English and the common tokenizers; an estimate, and named as one.
)


class Content(NamedTuple):
    """A draft's content as it is stored: for a conversation its JSON text, else the text."""

    form: str
    raw_payload: str | None
    text: str
    signals: Signals


def content_of(draft: RecordDraft) -> Content:
    """Raises RecordInvalidError for a payload that is no conversation, or for more than MAX_RECORD_BYTES."""
    if draft.payload is not None:
        payload = check_payload(draft.payload)
        raw = jsontext.serialise(payload)
        _check_size(len(raw))
        return Content("conversation", raw, "", signals_of_payload(payload))
    text = storable(draft.text)
    _check_size(len(text))
    return Content("text", None, text, signals_of_text(text))


def _check_size(size: int) -> None:
    if size > MAX_RECORD_BYTES:
        raise RecordInvalidError(
            f"a record may have at most {MAX_RECORD_BYTES // 2**20} MB; this one has more"
        )


def check_payload(payload: Any) -> dict[str, Any]:
    """The payload, if it is an object whose `messages`, when there, are a list of objects. Nothing else is looked
    into: unknown roles, parts and keys are kept. Raises RecordInvalidError."""
    if not isinstance(payload, dict):
        raise RecordInvalidError(f"payload must be a JSON object, not {kind_of(payload)}")
    messages = payload.get("messages")
    if not isinstance(messages, list):
        raise RecordInvalidError(
            f"payload.messages must be a list of message objects, not {kind_of(messages)}"
        )
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise RecordInvalidError(f"payload.messages[{index}] must be an object, not {kind_of(message)}")
    return payload


def kind_of(value: Any) -> str:
    """What JSON calls it: `a string`, `missing`, ..."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return "missing or null" if value is None else names.get(type(value), "something else")


def payload_texts(payload: dict[str, Any]) -> list[str]:
    messages = payload.get("messages")
    return [message_text(message) for message in messages] if isinstance(messages, list) else []


def transcript(payload: dict[str, Any]) -> str:
    """The conversation as lines of `role: text`."""
    messages = payload.get("messages")
    if not isinstance(messages, list):
        return ""
    return "\n".join(f"{message.get('role', 'unknown')}: {message_text(message)}" for message in messages)


def signals_of_payload(payload: dict[str, Any]) -> Signals:
    texts = payload_texts(payload)
    return _signals(" ".join(texts), _canonical(payload.get("messages")), turns=len(texts))


def signals_of_text(text: str) -> Signals:
    return _signals(text, _canonical(text), turns=1)


def _signals(text: str, canonical: bytes, *, turns: int) -> Signals:
    return Signals(
        fingerprint=hashlib.blake2b(canonical, digest_size=16).digest(),
        preview=_preview(text),
        characters=len(text),
        tokens=-(-len(text.encode(errors="surrogatepass")) // BYTES_PER_TOKEN),
        turns=turns,
    )


def _preview(text: str) -> str:
    head = text[: 2 * PREVIEW_CHARACTERS]
    if "\n" in head or "  " in head or "\t" in head:
        head = " ".join(head.split())
    return storable(head[:PREVIEW_CHARACTERS])


def _canonical(content: Any) -> bytes:
    """The same bytes for content that differs only in the order of keys, in runs of white space or in NFC."""
    try:
        raw = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raw = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    if b"\\n" in raw or b"  " in raw or b"\\t" in raw:
        raw = b" ".join(raw.replace(b"\\n", b" ").replace(b"\\t", b" ").split())
    return raw if raw.isascii() else unicodedata.normalize("NFC", raw.decode()).encode()


def check_source(source: str) -> str:
    """Raises RecordInvalidError for one that the column cannot hold."""
    if len(source) > MAX_SOURCE_CHARACTERS or storable(source) != source:
        raise RecordInvalidError(
            f"source has at most {MAX_SOURCE_CHARACTERS:,} characters, no NUL and no half of a surrogate pair"
        )
    return source


def check_meta(meta: Any) -> str:
    """The meta as JSON text. Raises RecordInvalidError for what is not an object or what jsonb cannot hold."""
    if not isinstance(meta, dict):
        raise RecordInvalidError(f"properties must be a JSON object, not {kind_of(meta)}")
    raw = jsontext.serialise(meta)
    if "\\u" in raw and holds_unstorable(meta):
        raise RecordInvalidError("properties hold a NUL character or half of a surrogate pair; remove it")
    return raw
