"""What is to be found of records whose content a revision changed."""

from __future__ import annotations

from datasets.models import Revision
from records import words
from records.changefields import CONTENT
from records.embeddings import embed_records
from records.models import Record, RecordChange


def renew_search(revision: Revision) -> None:
    """Words and vectors at once, in the caller's transaction: for as many records as one request may change."""
    rewritten = RecordChange.objects.filter(revision=revision, fields__contains=[CONTENT[0]])
    records = list(Record.objects.filter(id__in=rewritten.values("record_id")))
    if records:
        words.index_records(records)
        embed_records(records)
