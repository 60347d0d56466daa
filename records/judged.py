"""What a judge can read: a log or a record, found by the id or address that a person has at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from project.accounts.models import Workspace
from project.lib.ids import parse_id
from records.models import Record
from threads.errors import LogNotFoundError
from threads.judging import conversation_of
from threads.models import Log
from threads.types import Conversation

if TYPE_CHECKING:
    from uuid import UUID

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """`record` is None for a log, `log` for a record."""

    conversation: Conversation
    log: Log | None = None
    record: Record | None = None


def find_subject(workspace: Workspace, text: str) -> Subject:
    """The log or record of this id, ours or its sender's, or whose page has this address; the newest log for an empty
    text. Raises LogNotFoundError, ConversationInvalidError."""
    logs = Log.objects.visible_to(workspace)
    name, found_id = text.strip(), _own_id(text)
    log = (logs.called([name]) if name else logs).newest_first().first()
    if log is None and found_id is not None:
        log = logs.filter(pk=found_id).first()
    if log is not None:
        return Subject(log.conversation(), log=log)
    record = found_id and Record.objects.visible_to(workspace).filter(pk=found_id).first()
    if not record:
        raise LogNotFoundError(
            "There is no log and no record of this id or address here; copy one from the page of a log or record."
            if name
            else "There is no log yet; send one, or name a record by its id."
        )
    return Subject(conversation_of_record(record), record=record)


def conversation_of_record(record: Record) -> Conversation:
    """Raises ConversationInvalidError."""
    payload = record.as_payload
    return conversation_of(payload.get("messages"), tools=payload.get("tools") or (), properties=record.meta)


def _own_id(text: str) -> UUID | None:
    """The last one: an address names the dataset before the record."""
    found = _ID.findall(text)
    return parse_id(found[-1] if found else text.strip())
