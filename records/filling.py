"""What a draft makes of a record."""

from __future__ import annotations

from project.lib.fieldtypes import JsonText
from records import content
from records.models import Record
from records.types import RecordDraft


def fill(record: Record, draft: RecordDraft) -> None:
    """Puts the draft's content and all that is computed from it on the record, unsaved. Raises RecordInvalidError."""
    stored = content.content_of(draft)
    record.form, record.text = stored.form, stored.text
    record.payload = None if stored.raw_payload is None else JsonText(stored.raw_payload)
    signals = stored.signals
    record.fingerprint, record.preview = signals.fingerprint, signals.preview
    record.characters, record.tokens, record.turns = signals.characters, signals.tokens, signals.turns
