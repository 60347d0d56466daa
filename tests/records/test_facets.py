"""Facets count what the list would show; where that takes too long they are estimated, and say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.models import Dataset
from project.accounts.models import Workspace
from project.accounts.types import Author
from project.lib.timelimits import TimeLimitError
from records import facets, samples
from records.actions import add_records
from records.facetlinks import others_of, range_key
from records.facets import axis_of, read_bars, read_values
from records.fields import OPINION, OPINIONS, RECORD_FIELDS
from records.filterbar import ListFilter, read_filter
from records.listing import matching_records
from records.models import Opinion, Record, RecordBlock
from records.pages import PAGE_SIZE
from records.types import RecordDraft
from tests.factories.datasets import DatasetFactory
from tests.factories.records import RecordDraftFactory, conversation
from tests.pages import HTMX

pytestmark = pytest.mark.django_db
LANGUAGES: tuple[Any, ...] = ("de", "en", ["de", "fr"], 7, True, None, {"of": "x"})


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no reason for an estimate."""
    monkeypatch.setattr(facets, "READ_MS", 20_000)
    monkeypatch.setattr(facets, "SAMPLE_MS", 20_000)


@pytest.fixture
def mixed(dataset: Dataset, author: Author) -> list[Record]:
    """Sixty records in which every field has several values, and some have none."""
    drafts = [
        RecordDraft(
            payload=conversation(*["word " * number] * (1 + number % 4)),
            meta={
                **({"lang": LANGUAGES[number % 7]} if number % 5 else {}),
                **({"score": number / 8} if number % 3 else {}),
            },
            tags=(("a",), ("a", "b"), ())[number % 3],
            status=("new", "flagged", "approved")[number % 3 if number % 4 else 0],
            split=("train", "test", "")[number % 3],
            source=("crm", "", "it's 100 %")[number % 3],
        )
        for number in range(60)
    ]
    records = add_records(dataset, drafts, author=author)
    for number, record in enumerate(records):
        Record.objects.filter(pk=record.pk).update(created_at=timezone.now() - timedelta(days=number))
    dataset.refresh_from_db()
    return records


def _filter(query: str) -> ListFilter:
    return read_filter(parse_qs(query, keep_blank_values=True).items())


def _count(dataset: Dataset, list_filter: ListFilter) -> int:
    return matching_records(dataset, list_filter).count()


@contextmanager
def no_time() -> Iterator[None]:
    """Every reading of all records runs out of its time; a reading of a part of them does not."""
    with connection.execute_wrapper(_slow_for_all):
        yield


def _slow_for_all(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
    is_reading = "AS facet (value)" in sql
    if is_reading and '"records_record"."id" <=' not in sql:
        return execute("SELECT pg_sleep(5)", None, many, context)
    return execute(sql, params, many, context)


CONDITIONS = st.dictionaries(
    st.sampled_from(["status", "-status", "tag", "-tag", "split", "source", "meta.lang", "-meta.lang"]),
    st.lists(st.sampled_from(["new", "flagged", "a", "b", "de", "7", "train", "*"]), min_size=1, max_size=2),
    max_size=3,
)
RANGES = st.sampled_from(
    [{}, {"tokens": ["10..200"]}, {"turns:gte": ["2"]}, {"meta.score:between": ["1..<4"]}]
)


@given(conditions=CONDITIONS, ranges=RANGES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_value_has_as_many_records_as_the_list_that_its_link_shows(
    dataset: Dataset, mixed: list[Record], conditions: dict[str, list[str]], ranges: dict[str, list[str]]
) -> None:
    list_filter = _filter(urlencode({**conditions, **ranges}, doseq=True))
    for name in ("status", "tag", "split", "source", "meta.lang"):
        others = others_of(list_filter, name)
        facet = read_values(dataset, matching_records(dataset, others), name, limit=50)
        assert not facet.is_estimate
        for one in facet.values:
            pairs = {f"-{name}": ["*"]} if one.value is None else {name: [one.value]}
            assert one.number == _count(dataset, _filter(others.with_pairs(pairs)))


@given(
    conditions=CONDITIONS, name=st.sampled_from(["tokens", "turns", "characters", "created", "meta.score"])
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_bar_has_as_many_records_as_the_list_that_its_link_shows(
    dataset: Dataset, mixed: list[Record], conditions: dict[str, list[str]], name: str
) -> None:
    list_filter = _filter(urlencode(conditions, doseq=True))
    axis = axis_of(dataset, Record.objects.in_dataset(dataset), name)
    assert axis is not None
    bars = read_bars(dataset, matching_records(dataset, list_filter), name, axis.edges)
    key = range_key(list_filter, name)
    ranges = [axis.range_of(place, place) for place in range(len(bars.numbers))]
    shown = [_count(dataset, _filter(list_filter.with_pairs({key: [one]}))) for one in ranges]
    assert dict(zip(ranges, bars.numbers, strict=True)) == dict(zip(ranges, shown, strict=True))
    brushed = _filter(list_filter.with_pairs({key: [axis.range_of(1, len(bars.numbers) - 2)]}))
    assert sum(bars.numbers[1:-1]) == _count(dataset, brushed)


@pytest.fixture
def opinions(workspace: Workspace, mixed: list[Record], author: Author) -> list[Opinion]:
    """In every state over twelve records, of which half got another status since, and of another dataset."""
    elsewhere = add_records(
        DatasetFactory.create(workspace=workspace), RecordDraftFactory.create_batch(1), author=author
    )
    return Opinion.objects.bulk_create(
        Opinion(
            record=record,
            dataset_id=record.dataset_id,
            choice="approved",
            status=record.status if number % 2 else "rejected",
            state=Opinion.State.values[number // 2 % 4],
        )
        for number, record in enumerate([*mixed[:12], *elsewhere])
    )


@pytest.mark.parametrize("query", ["", "status=new", "-status=flagged&tag=a", "opinion=waiting&split=train"])
def test_opinions_are_counted_as_the_filter_finds_them(
    dataset: Dataset, mixed: list[Record], opinions: list[Opinion], query: str
) -> None:
    others = others_of(_filter(query), OPINION)
    found = read_values(dataset, matching_records(dataset, others), OPINION, limit=8)
    shown = {state: _count(dataset, _filter(others.with_pairs({OPINION: [state]}))) for state, _ in OPINIONS}
    assert {one.value: one.number for one in found.values} == {
        state: number for state, number in shown.items() if number
    }


def test_opinions_are_beside_the_list_of_a_dataset_that_has_them_and_of_no_other(
    alice_client: Client, dataset: Dataset, mixed: list[Record], opinions: list[Opinion]
) -> None:
    def names() -> list[str]:
        rail = alice_client.get(reverse("records:record_list", args=[dataset.id])).context["rail"]
        return [facet.name for facet in rail if facet.is_open]

    assert names()[:2] == ["status", OPINION]
    url = f"{reverse('records:record_facet', args=[dataset.id])}?status=flagged&facet={OPINION}"
    page = alice_client.get(url, headers=HTMX)
    assert "Waiting for a second" in page.content.decode()
    assert {(one.query, one.exclude_query) for one in page.context["values"] if one.text == "Agreed"} == {
        (f"status=flagged&{OPINION}=agreed", f"status=flagged&-{OPINION}=agreed")
    }
    Opinion.objects.filter(dataset_id=dataset.pk).update(state=Opinion.State.SETTLED)
    assert OPINION not in names()


def test_opinions_of_a_large_dataset_are_read_before_they_are_estimated(
    alice_client: Client,
    dataset: Dataset,
    mixed: list[Record],
    opinions: list[Opinion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name, value in (
        (samples, "EVERYTHING", 0),
        (facets, "HOPELESS", 50),
        (facets, "READ_MS", 100),
    ):
        monkeypatch.setattr(module, name, value)
    url = f"{reverse('records:record_facet', args=[dataset.id])}?facet={OPINION}"
    found = alice_client.get(url, headers=HTMX).context
    assert [(one.text, one.number) for one in found["values"]] == [
        ("Agreed", 4),
        ("Waiting for a second", 2),
        ("Disagreed", 1),
    ]
    assert not found["facet"].is_estimate
    with no_time():
        page = alice_client.get(url, headers=HTMX).content.decode()
    assert "~4" in page
    assert "Count exactly" in page


def test_a_facet_that_takes_too_long_is_estimated_and_says_so(
    alice_client: Client, dataset: Dataset, mixed: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "EVERYTHING", 0)
    monkeypatch.setattr(facets, "READ_MS", 100)
    url = reverse("records:record_facet", args=[dataset.id])
    with no_time():
        response = alice_client.get(f"{url}?facet=split", headers=HTMX)
        bars = alice_client.get(f"{url}?facet=tokens", headers=HTMX)
    assert response.context["facet"].is_estimate
    assert "~20" in response.content.decode()
    assert "Count exactly" in response.content.decode()
    assert sum(bars.context["facet"].numbers) == 60
    assert "~" in bars.content.decode()


def test_a_large_dataset_that_nothing_restricts_is_read_by_a_sample_alone(
    alice_client: Client, dataset: Dataset, mixed: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "EVERYTHING", 0)
    monkeypatch.setattr(facets, "HOPELESS", 50)
    url = reverse("records:record_facet", args=[dataset.id])
    for query, is_estimate in (("", True), ("&split=train", True), ("&tag=a", False)):
        response = alice_client.get(f"{url}?facet=split{query}", headers=HTMX)
        assert response.context["facet"].is_estimate == is_estimate


def test_what_is_to_be_exact_is_never_estimated(
    alice_client: Client, dataset: Dataset, mixed: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "EVERYTHING", 0)
    monkeypatch.setattr(facets, "EXACT_MS", 100)
    with no_time():
        page = alice_client.get(
            f"{reverse('records:record_facet', args=[dataset.id])}?facet=split&facet_exact=1", headers=HTMX
        )
    assert "took longer than 0.1 s" in page.content.decode()
    assert "facet__values" not in page.content.decode()


def test_a_sample_lies_evenly_over_the_dataset_and_says_what_each_record_stands_for(
    dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = add_records(dataset, RecordDraftFactory.create_batch(60), author=author)
    RecordBlock.objects.filter(dataset_id=dataset.id).delete()
    for number in range(0, 60, 10):
        RecordBlock.objects.create(dataset_id=dataset.id, first_id=records[number].id, live=10)
    for name, value in (("EVERYTHING", 0), ("PARTS", 3), ("RECORDS_IN_PART", 4)):
        monkeypatch.setattr(samples, name, value)
    dataset.refresh_from_db()
    sample = samples.sample_of(dataset)
    found = Record.objects.in_dataset(dataset).filter(sample.query).in_order()
    assert [record.id for record in found] == [
        record.id for start in (0, 20, 40) for record in records[start : start + 4]
    ]
    assert sample.weight == 5


def test_a_reading_of_a_small_dataset_that_takes_too_long_is_refused(
    dataset: Dataset, mixed: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "SAMPLE_MS", 50)
    with no_time(), pytest.raises(TimeLimitError):
        read_values(dataset, Record.objects.in_dataset(dataset), "status", limit=5)


def test_values_are_searched_and_cut(dataset: Dataset, mixed: list[Record]) -> None:
    records = Record.objects.in_dataset(dataset)
    few = read_values(dataset, records, "meta.lang", limit=2)
    assert (len(few.values), few.has_more) == (2, True)
    found = read_values(dataset, records, "source", limit=5, search="0 %")
    assert [one.value for one in found.values] == ["it's 100 %"]


def test_the_links_of_a_facet_include_exclude_and_take_back(
    alice_client: Client, dataset: Dataset, mixed: list[Record]
) -> None:
    def links(query: str) -> dict[str, tuple[str, str]]:
        url = f"{reverse('records:record_facet', args=[dataset.id])}?{query}&facet=split"
        values = alice_client.get(url, headers=HTMX).context["values"]
        return {value.text: (value.query, value.exclude_query) for value in values}

    assert links("status=new")["train"] == ("status=new&split=train", "status=new&-split=train")
    assert links("split=train")["train"] == ("", "-split=train")
    assert links("split=train")["test"] == ("split=train&split=test", "split=train&-split=test")
    assert links("-split=train")["train"] == ("split=train", "")
    assert links("split=train")["missing"] == ("-split=%2A", "split=%2A")
    assert links("-split=*")["missing"] == ("", "split=%2A")
    assert links("-split=*")["train"] == ("split=train", "-split=train")
    assert links("split=*")["train"] == ("split=train", "split=%2A&-split=train")


def test_what_is_in_the_filter_is_listed_though_it_is_rare(
    alice_client: Client, dataset: Dataset, mixed: list[Record]
) -> None:
    url = f"{reverse('records:record_facet', args=[dataset.id])}?facet=source&source=nobody"
    values = alice_client.get(url, headers=HTMX).context["values"]
    assert [(one.text, one.number) for one in values if one.is_chosen] == [("nobody", None)]


@pytest.mark.parametrize("name", ["q", "preview", "nothing", "", "file", "meta.\x00"])
def test_a_field_that_cannot_be_counted_says_so(
    alice_client: Client, dataset: Dataset, mixed: list[Record], name: str
) -> None:
    url = f"{reverse('records:record_facet', args=[dataset.id])}?{urlencode({'facet': name})}"
    response = alice_client.get(url, headers=HTMX)
    assert response.status_code == 200
    assert ('role="alert"' in response.content.decode()) == (name != "meta.\x00")


def test_a_stranger_counts_nothing(charlie_client: Client, dataset: Dataset, mixed: list[Record]) -> None:
    for name in ("record_facet", "record_total", "filter_complete"):
        assert charlie_client.get(reverse(f"records:{name}", args=[dataset.id])).status_code == 404


def test_every_facet_of_the_rail_is_answered_in_one_bounded_reading(
    alice_client: Client, dataset: Dataset, mixed: list[Record], django_assert_max_num_queries: Any
) -> None:
    rail = alice_client.get(reverse("records:record_list", args=[dataset.id])).context["rail"]
    assert [facet.name for facet in rail if facet.is_open] == ["status", "tag", "meta.lang", "tokens"]
    assert [facet.name for facet in rail if facet.has_bars][-1] == "meta.score"
    for facet in rail:
        with django_assert_max_num_queries(16) as queries:
            page = alice_client.get(
                f"{reverse('records:record_facet', args=[dataset.id])}?{facet.query}", headers=HTMX
            )
        assert "alert" not in page.content.decode()
        assert not [one for one in queries.captured_queries if '"payload"' in one["sql"]]


def test_the_exact_total_follows_a_capped_one(
    alice_client: Client, dataset: Dataset, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_records(dataset, [RecordDraft(text=f"{number}") for number in range(PAGE_SIZE + 5)], author=author)
    monkeypatch.setattr("records.pages.count_filtered.__kwdefaults__", {"cap": 5, "milliseconds": 400})
    page = alice_client.get(f"{reverse('records:record_list', args=[dataset.id])}?-split=*").content.decode()
    assert "5+ of 105 match" in page
    url = f"{reverse('records:record_total', args=[dataset.id])}?-split=%2A"
    assert url in page
    assert "105 of 105 match" in alice_client.get(url, headers=HTMX).content.decode()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sta", "status:"),
        ("-sta", "-status:"),
        ("late meta.l", "meta.lang:"),
        ("status:fl", "status:flagged"),
        ("-split:", "-split:test"),
        ("meta.lang:d", "meta.lang:de"),
        ("meta.lang:fr,e", "meta.lang:fr,en"),
        ('source:"it', 'source:"it\'s 100 %"'),
        ("tokens:", "tokens:500..2000"),
    ],
)
def test_what_is_typed_is_completed(
    alice_client: Client, dataset: Dataset, mixed: list[Record], typed: str, first: str
) -> None:
    url = reverse("records:filter_complete", args=[dataset.id])
    found = alice_client.get(url, {"typed": typed}, headers=HTMX).context["completions"]
    assert found[0].text == first


@given(typed=st.text(max_size=30))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_can_be_asked_about(alice_client: Client, dataset: Dataset, typed: str) -> None:
    url = reverse("records:filter_complete", args=[dataset.id])
    assert alice_client.get(url, {"typed": typed.encode(errors="ignore").decode()}).status_code == 200


def test_the_registry_says_which_facets_there_are() -> None:
    for name in ("status", "tag", "split", "origin", "source", "form"):
        assert facets.is_counted(RECORD_FIELDS.named(name))
