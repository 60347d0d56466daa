"""What is to be found of records whose content a revision changed."""

from __future__ import annotations

from django.db import connection

from datasets.jobs import JobRun
from datasets.models import Revision
from records import words
from records.changefields import CONTENT
from records.embeddings import GAP, NO_VECTOR, embed_records
from records.indexing import index_revision
from records.models import Record, RecordChange, RecordEmbedding


def renew_search(revision: Revision) -> None:
    """Words and vectors at once, in the caller's transaction: for as many records as one request may change."""
    rewritten = RecordChange.objects.filter(revision=revision, fields__contains=[CONTENT[0]])
    records = list(Record.objects.filter(id__in=rewritten.values("record_id")))
    if records:
        words.index_records(records)
        embed_records(records)


def forget_search(revision: Revision) -> int:
    """For many: nothing finds them by their former content until `renew_search_in_job` is through; their number."""
    rewritten = RecordChange.objects.filter(revision=revision, fields__contains=[CONTENT[0]]).values(
        "record_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(_DROP_WORDS, [revision.pk])
    RecordEmbedding.objects.filter(record_id__in=rewritten).update(model=GAP, vector=NO_VECTOR)
    return rewritten.count()


def renew_search_in_job(run: JobRun) -> None:
    """The phases after the publication: words, then vectors, of what the job's revision wrote."""
    written = run.job.result.get("rewritten", 0)
    if written:
        index_revision(run, total=written)


_DROP_WORDS = """
DELETE FROM records_recordwords AS words USING records_recordchange AS change
WHERE change.revision_id = %s AND 'text' = ANY (change.fields) AND words.record_id = change.record_id
"""
