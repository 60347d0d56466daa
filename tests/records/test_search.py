from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.files import File as Content
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pgvector.django import CosineDistance
from pytest_django import Settings

from datasets import jobs
from datasets.models import Dataset, Job, Revision
from files.actions import store_file
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.embedder import EmbedderError
from project.lib.filters import Condition, FilterError, Group, Operator
from records import embeddings, search, tasks, words
from records.actions import (
    add_records,
    erase_records,
    replace_payload,
    replace_text,
    start_copy,
    start_import,
)
from records.models import Record, RecordEmbedding, RecordWords
from records.search import Hit, SearchInvalidError, fuse, similar_to
from records.types import RecordDraft
from tests.embeddings_server import EmbeddingsServer, running_server
from tests.factories.records import conversation
from tests.jobs import finish
from tests.records.conftest import ImportBytes

TEXTS = (
    "I would like my money back for the broken lamp.",
    "How do I reset the password of my account?",
    "The parcel has not arrived yet, where is it?",
    "It will rain in Berlin tomorrow.",
)


@pytest.fixture
def texts(dataset: Dataset, author: Author) -> list[Record]:
    drafts = [
        RecordDraft(text=text, meta={"n": number}, status="flagged" if number % 2 else "new")
        for number, text in enumerate(TEXTS)
    ]
    return add_records(dataset, drafts, author=author)


@pytest.fixture
def remote(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    """Records are embedded by a server at a real address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as server:
        settings.EMBEDDINGS_URL, settings.EMBEDDINGS_MODEL = server.url, "topics"
        yield server


def hits_of(dataset: Dataset, text: str, **options: Any) -> list[Hit]:
    return search.search_records(dataset, text, **options).hits


def _found(hits: Sequence[Hit]) -> list[str]:
    return [hit.record.preview for hit in hits]


def _line(text: str) -> bytes:
    return orjson.dumps({"payload": conversation(text)})


def _answers_again(server: EmbeddingsServer, settings: Settings) -> None:
    """A new embedder, as after the pause in which a failing address is left alone."""
    server.status = 200
    settings.EMBEDDINGS_KEY = "another"


def test_words_find_only_what_has_all_of_them(dataset: Dataset, texts: list[Record]) -> None:
    assert _found(hits_of(dataset, "password account", mode="words")) == [TEXTS[1]]
    assert not hits_of(dataset, "password lamp", mode="words")


def test_a_record_that_says_it_more_ranks_first(dataset: Dataset, author: Author) -> None:
    add_records(
        dataset,
        [RecordDraft(text="one lamp among many other things"), RecordDraft(text="lamp lamp lamp")],
        author=author,
    )
    hits = hits_of(dataset, "lamp", mode="words")
    assert _found(hits)[0] == "lamp lamp lamp"
    assert 1 > hits[0].score > hits[1].score > 0


def test_meaning_finds_what_is_said_in_other_words(dataset: Dataset, texts: list[Record]) -> None:
    hits = hits_of(dataset, "refund", mode="meaning")
    assert _found(hits)[0] == TEXTS[0]
    assert len(hits) == len(TEXTS)
    assert sorted((hit.score for hit in hits), reverse=True) == [hit.score for hit in hits]


def test_both_puts_first_what_both_find(dataset: Dataset, texts: list[Record]) -> None:
    hits = hits_of(dataset, "parcel", mode="both")
    assert (_found(hits)[0], hits[0].score) == (TEXTS[2], 1.0)


def test_ranks_are_fused_reciprocally(texts: list[Record]) -> None:
    first, second, third = (record.id for record in texts[:3])
    fused = fuse([(first, 9.0), (second, 1.0)], [(second, 0.5), (third, 0.4)])
    assert [record_id for record_id, _ in fused] == [second, first, third]
    assert fused[0][1] == pytest.approx((61 / 62 + 1) / 2)


def test_a_filter_restricts_every_mode(dataset: Dataset, texts: list[Record]) -> None:
    flagged = Group((Condition("status", Operator.IS, "flagged"),))
    assert set(_found(hits_of(dataset, "refund", condition=flagged))) == {TEXTS[1], TEXTS[3]}
    assert _found(hits_of(dataset, "my", mode="words", condition=flagged)) == [TEXTS[1]]
    by_meta = Group((Condition("meta.n", Operator.IS, "2"),))
    assert _found(hits_of(dataset, "refund", mode="meaning", condition=by_meta)) == [TEXTS[2]]


def test_limit_and_least_score_cut_the_list(dataset: Dataset, texts: list[Record]) -> None:
    hits = hits_of(dataset, "refund", mode="meaning")
    assert _found(hits_of(dataset, "refund", mode="meaning", limit=2)) == _found(hits[:2])
    least = (hits[0].score + hits[1].score) / 2
    assert hits_of(dataset, "refund", mode="meaning", min_score=least) == hits[:1]


@pytest.mark.parametrize("mode", search.MODES)
def test_other_datasets_are_never_found(
    dataset: Dataset, texts: list[Record], stranger_dataset: Dataset, mode: str
) -> None:
    assert not hits_of(stranger_dataset, "password", mode=mode)


@pytest.mark.parametrize(
    ("text", "mode", "condition", "error"),
    [
        ("  ", "both", None, SearchInvalidError),
        ("\x00", "both", None, SearchInvalidError),
        ("word", "smell", None, SearchInvalidError),
        ("word", "both", Group((Condition("nothing", Operator.IS, 1),)), FilterError),
    ],
)
def test_what_cannot_be_searched_is_refused(
    dataset: Dataset, text: str, mode: str, condition: Group | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        hits_of(dataset, text, mode=mode, condition=condition)


@pytest.mark.parametrize("text", ["🦆", "'\"\\ %s {}", "a\x00b", "\ud800", "ب" * 20_000, "- -- :*|&!()"])
@pytest.mark.parametrize("mode", search.MODES)
def test_any_text_can_be_searched_for(dataset: Dataset, texts: list[Record], text: str, mode: str) -> None:
    assert len(hits_of(dataset, text, mode=mode)) <= len(TEXTS)


def test_a_record_without_text_is_no_ones_neighbor(
    dataset: Dataset, texts: list[Record], author: Author
) -> None:
    [empty] = add_records(dataset, [RecordDraft(payload={"messages": []})], author=author)
    assert empty.id not in [hit.record.id for hit in hits_of(dataset, "refund", limit=50)]
    assert similar_to(empty, 5) == []


def test_an_edited_record_is_found_by_its_new_meaning(
    dataset: Dataset, texts: list[Record], author: Author
) -> None:
    replace_text(texts[3], "My purse was stolen, whom do I call?", author=author)
    replace_payload(texts[2], conversation("Which wine goes with fish?"), author=author)
    assert hits_of(dataset, "theft", mode="meaning")[0].record == texts[3]
    assert hits_of(dataset, "white grapes and salmon", mode="meaning")[0].record == texts[2]
    assert not hits_of(dataset, "parcel", mode="words")


def test_a_deleted_record_is_gone_from_every_search(
    workspace: Workspace, dataset: Dataset, texts: list[Record], author: Author
) -> None:
    erase_records(workspace, [texts[0].id], author=author)
    assert TEXTS[0] not in [
        text for mode in search.MODES for text in _found(hits_of(dataset, "lamp", mode=mode))
    ]
    assert not RecordEmbedding.objects.filter(record_id=texts[0].id).exists()


def test_trashed_and_unpublished_records_are_not_found(dataset: Dataset, texts: list[Record]) -> None:
    Record.objects.filter(pk=texts[0].pk).update(trashed_at=timezone.now())
    pending = Revision.objects.create(dataset=dataset, kind=Revision.Kind.IMPORT, door="page")
    Record.objects.filter(pk=texts[1].pk).update(revision=pending)
    assert set(_found(hits_of(dataset, "lamp password"))) == {TEXTS[2], TEXTS[3]}


def test_similar_records_are_others_of_the_same_dataset(
    dataset: Dataset, texts: list[Record], stranger_dataset: Dataset, author: Author
) -> None:
    [twin] = add_records(
        dataset, [RecordDraft(text="I want my money back, the lamp is broken.")], author=author
    )
    add_records(stranger_dataset, [RecordDraft(text=TEXTS[0])], author=author)
    hits = similar_to(texts[0], 2)
    assert hits[0].record == twin
    assert hits[0].score > 0.8
    assert len(hits) == 2
    assert texts[0] not in [hit.record for hit in hits]


def test_a_large_dataset_is_asked_through_the_index(
    dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "EXACT_RECORDS", 5)
    monkeypatch.setattr(search, "MOST_EXACT_RECORDS", 5)
    drafts = [
        RecordDraft(text=f"{text} {number}", meta={"n": number}) for number in range(30) for text in TEXTS
    ]
    add_records(dataset, drafts, author=author)
    dataset.refresh_from_db()
    with connection.cursor() as cursor:  # Without what other tests rolled back: its graph keeps that.
        cursor.execute("REINDEX INDEX record_embedding")
    hits = hits_of(dataset, "weather forecast", mode="meaning", limit=12)
    assert all("rain" in text for text in _found(hits))
    assert len(hits) == 12
    few = Group((Condition("meta.n", Operator.IS, 7),))
    assert len(hits_of(dataset, "weather", mode="meaning", condition=few, limit=12)) == 4


def test_the_index_is_not_asked_for_a_small_part_of_many_vectors() -> None:
    assert search.most_compared(10, vectors=-1) == search.most_compared(10, vectors=200_000) == 10_000
    assert search.most_compared(50, vectors=1_000_000) == 20_000
    assert search.most_compared(10, vectors=1_000_000_000) == 100_000


def test_records_that_wait_for_their_vector_are_not_looked_for(
    dataset: Dataset, texts: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "EXACT_RECORDS", 3)
    monkeypatch.setattr(search, "MOST_EXACT_RECORDS", 3)
    embeddings.leave_gaps([texts[1].id, texts[2].id])
    dataset.refresh_from_db()
    with CaptureQueriesContext(connection) as queries:
        assert len(hits_of(dataset, "refund", mode="meaning", limit=2)) == 2
    assert not [query for query in queries if "hnsw" in query["sql"]]


@pytest.mark.parametrize("mode", search.MODES)
@pytest.mark.parametrize("text", ["lamp " * 20_000, "a" * 100_000, "lamp -" * 20_000])
def test_of_a_very_long_text_the_beginning_is_searched_for(
    dataset: Dataset, texts: list[Record], text: str, mode: str
) -> None:
    assert len(hits_of(dataset, text, mode=mode)) <= len(texts)


def test_a_filter_by_more_words_than_can_be_read_is_refused(dataset: Dataset, texts: list[Record]) -> None:
    words_filter = Group((Condition("q", Operator.SEARCH, "lamp " * 20_000),))
    with pytest.raises(FilterError, match="at most 5,000 characters"):
        Record.objects.in_dataset(dataset).matching(words_filter, dataset)


def test_comparing_all_never_joins(dataset: Dataset, texts: list[Record]) -> None:
    distance = CosineDistance("vector", embeddings.embed_query("seven"))
    plan = search.compared_rows(Record.objects.in_dataset(dataset), distance)[:10].explain()
    assert "Join" not in plan
    assert "Nested Loop" not in plan


def test_the_index_is_what_answers_for_a_large_dataset(dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text=f"number {number}") for number in range(300)], author=author)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE records_record, records_recordembedding")
        cursor.execute("SET LOCAL enable_sort = off")
    distance = CosineDistance("vector", embeddings.embed_query("seven"))
    records = Record.objects.in_dataset(dataset)
    plan = search.nearest_rows(dataset, records, distance)[:10].explain()
    assert "record_embedding" in plan


def test_while_the_address_is_away_records_are_written_and_words_work(
    remote: EmbeddingsServer, dataset: Dataset, author: Author
) -> None:
    remote.status = 503
    add_records(dataset, [RecordDraft(text="a refund")], author=author)
    assert _found(hits_of(dataset, "refund", mode="words")) == ["a refund"]
    found = search.search_records(dataset, "refund", mode="both")
    assert _found(found.hits) == ["a refund"]
    assert "words alone" in found.remark
    with pytest.raises(EmbedderError, match="Search by words works"):
        hits_of(dataset, "refund", mode="meaning")
    assert search.count_gaps(dataset) == 1


def test_the_sweep_fills_the_gaps_when_the_address_answers_again(
    remote: EmbeddingsServer, dataset: Dataset, author: Author, settings: Settings
) -> None:
    remote.status = 503
    records = add_records(
        dataset, [RecordDraft(text="a refund"), RecordDraft(text="the weather")], author=author
    )
    tasks.fill_gaps()
    assert search.count_gaps(dataset) == 2
    _answers_again(remote, settings)
    tasks.fill_gaps()
    assert search.count_gaps(dataset) == 0
    assert hits_of(dataset, "weather", mode="meaning")[0].record == records[1]
    tasks.fill_gaps()
    assert len(remote.requests) == 3  # Refused, all at once, searched; nothing more to fill.


def test_an_edit_while_the_address_is_away_forgets_the_old_meaning(
    remote: EmbeddingsServer, dataset: Dataset, author: Author, settings: Settings
) -> None:
    [record] = add_records(dataset, [RecordDraft(text="a refund")], author=author)
    remote.status = 503
    replace_text(record, "the weather", author=author)
    _answers_again(remote, settings)
    assert not hits_of(dataset, "refund", mode="meaning")
    tasks.fill_gaps()
    assert hits_of(dataset, "weather", mode="meaning")[0].score == pytest.approx(1, abs=0.01)


def test_another_model_makes_all_vectors_anew(
    remote: EmbeddingsServer, dataset: Dataset, author: Author, settings: Settings
) -> None:
    add_records(dataset, [RecordDraft(text="a refund")], author=author)
    settings.EMBEDDINGS_MODEL = "newer"
    assert not hits_of(dataset, "refund", mode="meaning")
    tasks.fill_gaps()
    assert _found(hits_of(dataset, "refund", mode="meaning")) == ["a refund"]
    assert set(RecordEmbedding.objects.values_list("model", flat=True)) == {"newer"}


@pytest.mark.django_db(transaction=True)
def test_an_import_embeds_in_a_phase_of_its_own(import_bytes: ImportBytes, dataset: Dataset) -> None:
    job = import_bytes(b"\n".join(_line(text) for text in TEXTS))
    assert (job.phase, job.done, job.total) == ("Embedding", 4, 4)
    assert _found(hits_of(dataset, "refund", mode="meaning"))[0] == TEXTS[0]
    assert search.count_gaps(dataset) == 0


@pytest.mark.django_db(transaction=True)
def test_a_copy_is_embedded_as_well(
    workspace: Workspace, dataset: Dataset, stranger_dataset: Dataset, author: Author, texts: list[Record]
) -> None:
    Dataset.objects.filter(pk=stranger_dataset.pk).update(workspace=workspace)
    job = start_copy(stranger_dataset, [record.id for record in texts], workspace=workspace, author=author)
    finish(job)
    assert _found(hits_of(stranger_dataset, "refund", mode="meaning"))[0] == TEXTS[0]


@pytest.mark.django_db(transaction=True)
def test_an_import_while_the_address_is_away_says_what_is_missing(
    remote: EmbeddingsServer, import_bytes: ImportBytes, dataset: Dataset, settings: Settings
) -> None:
    remote.status = 503
    job = import_bytes(_line("a refund") + b"\n" + _line("the weather"))
    assert job.status == Job.Status.COMPLETED
    assert job.message == (
        "2 records imported. 2 are found by words alone until the embeddings address answers."
    )
    _answers_again(remote, settings)
    tasks.fill_gaps()
    assert _found(hits_of(dataset, "weather", mode="meaning"))[0] == "the weather"


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_while_embedding_is_followed_by_one_that_goes_on(
    import_bytes: ImportBytes, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "PHASE", replace(embeddings.PHASE, batch_records=2))
    monkeypatch.setattr(jobs, "_end", _die)
    with pytest.raises(SystemExit):
        import_bytes(b"\n".join(_line(f"{TEXTS[0]} {number}") for number in range(9)))
    monkeypatch.undo()
    job = Job.objects.get()
    middle = list(Record.objects.in_order().values_list("id", flat=True))[3]
    RecordEmbedding.objects.filter(record_id__gt=middle).delete()
    Job.objects.update(claim=None, checkpoint={"embedded_after": str(middle)}, done=4)
    finish(job)
    assert (job.status, job.done) == (Job.Status.COMPLETED, 9)
    assert RecordEmbedding.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_many_batches_side_by_side_leave_nothing_out(
    import_bytes: ImportBytes, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "PHASE", replace(words.PHASE, batch_records=1))
    monkeypatch.setattr(embeddings, "PHASE", replace(embeddings.PHASE, batch_records=1))
    job = import_bytes(b"\n".join(_line(f"case{number}") for number in range(30)))
    assert (job.status, job.done, job.checkpoint) == (
        Job.Status.COMPLETED,
        30,
        {"embedded_after": str(Record.objects.in_order().values_list("id", flat=True)[29])},
    )
    assert RecordWords.objects.count() == RecordEmbedding.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_record_edited_while_it_is_embedded_keeps_its_newer_vector(
    remote: EmbeddingsServer, dataset: Dataset, author: Author
) -> None:
    [record] = add_records(dataset, [RecordDraft(text="a refund")], author=author)
    read = embeddings._read([record.id])
    replace_text(record, "the weather", author=author)
    model, vectors = embeddings._embed([one.text for one in read])
    embeddings._write(read, model, vectors)
    assert hits_of(dataset, "weather", mode="meaning")[0].score == pytest.approx(1, abs=0.01)


@pytest.mark.django_db(transaction=True)
def test_each_record_is_found_when_its_write_has_returned_while_an_import_runs(
    workspace: Workspace, dataset: Dataset, stranger_dataset: Dataset, author: Author
) -> None:
    importing = threading.Thread(target=_import_much, args=(stranger_dataset.pk, author))
    importing.start()
    try:
        for number in range(150):
            text = f"case{number} about {TEXTS[number % 4]}"
            [record] = add_records(dataset, [RecordDraft(text=text)], author=author)
            mode = search.MODES[number % 3]
            assert record in [hit.record for hit in hits_of(dataset, text, mode=mode, limit=5)], text
            if number % 10 == 0:
                erase_records(workspace, [record.id], author=author)
                assert record not in [hit.record for hit in hits_of(dataset, text, mode=mode, limit=5)]
    finally:
        importing.join()
    assert Job.objects.get().status == Job.Status.COMPLETED


def _import_much(dataset_id: UUID, author: Author) -> None:
    """In a thread of its own: 1,000 records, their words and vectors."""
    try:
        dataset = Dataset.objects.get(pk=dataset_id)
        content = b"\n".join(_line(f"case{number} about {TEXTS[number % 4]}") for number in range(1_000))
        file = store_file(
            dataset.workspace, Content(BytesIO(content)), name="lines.jsonl", created_by_id=dataset.owner_id
        )
        job = start_import(dataset, file, author=author, is_strict=False)
        finish(job)
    finally:
        connection.close()


def _die(*_: object) -> None:
    raise SystemExit
