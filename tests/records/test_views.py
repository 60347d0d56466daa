from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job, Revision
from project.accounts.models import Membership, User
from project.accounts.types import Author
from project.lib.ids import new_id
from records import listing
from records.actions import add_records, set_status
from records.models import Record
from records.pages import PAGE_SIZE
from records.types import RecordDraft
from tests.factories.datasets import JobFactory
from tests.factories.files import FileFactory
from tests.factories.records import RecordDraftFactory, TextDraftFactory, conversation
from tests.pages import FRAME, HTMX, html_of

LIST = 5  # Of every list: dataset, kept columns, sample for the suggestions, running imports, rows.


def _url(name: str, dataset: Dataset, *args: object, **query: object) -> str:
    path = reverse(f"records:{name}", args=[dataset.id, *args])
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _shown(response: Any) -> list[str]:
    return [row.record.preview for row in response.context["listing"].rows]


@pytest.fixture
def many(dataset: Dataset, author: Author) -> list[Record]:
    """Two and a half pages, every third of them in German, every tenth flagged."""
    drafts = [
        RecordDraft(
            payload=conversation(f"Question {number}", "An answer"),
            meta={"lang": "de" if number % 3 == 0 else "en", "number": number},
            tags=("third",) if number % 3 == 0 else (),
            status="flagged" if number % 10 == 0 else "new",
        )
        for number in range(PAGE_SIZE * 5 // 2)
    ]
    return add_records(dataset, drafts, author=author)


def test_an_empty_dataset_offers_its_next_steps(alice_client: Client, dataset: Dataset) -> None:
    page = html_of(alice_client.get(_url("record_list", dataset)))
    assert f"http://testserver/v1/observability/datasets/{dataset.id}/records" in page
    assert reverse("records:import_create", args=[dataset.id]) in page
    assert "Export" not in page


def test_the_first_page_is_read_without_counting_and_without_payloads(
    alice_client: Client,
    dataset: Dataset,
    many: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(FRAME + LIST) as queries:
        response = alice_client.get(_url("record_list", dataset))
    assert len(_shown(response)) == PAGE_SIZE
    assert "1–100 of 250" in html_of(response)
    assert not [
        one for one in queries.captured_queries if '"payload"' in one["sql"] or "COUNT(" in one["sql"]
    ]


def test_paging_forth_and_back_shows_each_record_once(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    pages = [alice_client.get(_url("record_list", dataset))]
    while pages[-1].context["next_url"]:
        pages.append(alice_client.get(pages[-1].context["next_url"]))
    assert [preview for page in pages for preview in _shown(page)] == [record.preview for record in many]
    assert [page.context["listing"].label for page in pages] == [
        "1–100 of 250",
        "101–200 of 250",
        "201–250 of 250",
    ]
    back = alice_client.get(pages[2].context["previous_url"])
    assert _shown(back) == _shown(pages[1])
    assert back.context["listing"].label == "101–200 of 250"


def test_the_last_page_is_one_step_away(alice_client: Client, dataset: Dataset, many: list[Record]) -> None:
    last = alice_client.get(alice_client.get(_url("record_list", dataset)).context["last_url"])
    assert _shown(last)[-1] == many[-1].preview
    assert last.context["listing"].label == "151–250 of 250"
    assert last.context["next_url"] == ""


def test_later_pages_know_their_place_by_the_blocks(
    alice_client: Client,
    dataset: Dataset,
    many: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    second = alice_client.get(_url("record_list", dataset)).context["next_url"]
    with django_assert_num_queries(
        FRAME + LIST + 3
    ):  # Its block, the blocks before, the rows before in the block.
        alice_client.get(second)


MATCHES: list[tuple[dict[str, Any], int]] = [
    ({"status": "flagged"}, 25),
    ({"status": ["flagged", "new"]}, 250),
    ({"-status": "flagged"}, 225),
    ({"meta.lang": "de"}, 84),
    ({"meta.lang": "de", "status": "flagged"}, 9),
    ({"-meta.lang": "de"}, 166),
    ({"meta.number": "7"}, 1),
    ({"meta.missing": "*"}, 0),
    ({"-meta.missing": "*"}, 250),
    ({"tag": "third"}, 84),
    ({"origin": "UPLOADED_FILE"}, 0),
    ({"turns": "2..2"}, 250),
    ({"tokens": "..1"}, 0),
    ({"q": "question 42"}, 1),
    ({"q": "answer -42"}, 249),
    ({"q": "x\x00y", "status": "\x00"}, 0),
    ({"status": "no-such-status"}, 0),
    ({"tokens": "99999999999999999999.."}, 0),
    ({"-turns": "2"}, 0),
    ({"turns:gte": "2"}, 250),
    ({"turns:gt": "2"}, 0),
    ({"-split": "*"}, 250),
    ({"split": "*"}, 0),
    ({"preview:regex": "^Question [0-9][^0-9]"}, 10),
    ({"preview:startswith": "Question 24"}, 11),
    ({"meta.lang:icontains": "D"}, 84),
    ({"meta.number:lt": "5"}, 5),
    ({"meta.number:between": "5..7"}, 3),
    ({"meta.number:between": "5..<7"}, 2),
    ({"created": "2000-01-01.."}, 250),
    ({"created": "2000-01-01"}, 0),
    ({"updated:lt": "2000-01-01"}, 0),
]


def test_a_filter_shows_what_matches_and_how_much(
    alice_client: Client, dataset: Dataset, many: list[Record], subtests: pytest.Subtests
) -> None:
    for query, number in MATCHES:
        with subtests.test(query=query):
            response = alice_client.get(_url("record_list", dataset, **query))
            assert response.status_code == 200
            assert response.context["listing"].total.number == number
            assert len(_shown(response)) == min(number, PAGE_SIZE)


def test_filtered_pages_are_counted_once(
    alice_client: Client,
    dataset: Dataset,
    many: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    limited = 4  # Savepoint, time limit, its reset, release.
    with django_assert_num_queries(FRAME + LIST + limited + limited + 1):
        first = alice_client.get(_url("record_list", dataset, **{"-meta.lang": "de"}))
    second = alice_client.get(first.context["next_url"])
    assert first.context["listing"].label == "1–100 of 166"
    assert second.context["listing"].label == "101–166 of 166"


def test_every_condition_is_a_chip_that_can_be_taken_away(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    response = alice_client.get(
        _url("record_list", dataset, **{"q": "answer", "status": ["flagged", "new"], "-meta.lang": "de"})
    )
    chips = response.context["filter"].chips
    assert [chip.text for chip in chips] == ["Words: answer", "Status: Flagged or New", "meta.lang: not de"]
    assert chips[1].query_without == "q=answer&-meta.lang=de"
    assert f'href="{_url("record_list", dataset)}?q=answer&amp;-meta.lang=de"' in html_of(response)


def test_what_is_no_filter_is_named_as_ignored(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    response = alice_client.get(_url("record_list", dataset, color="red", status="flagged"))
    assert "color is not a filter, ignored" in html_of(response)
    assert response.context["listing"].total.number == 25
    assert "color" not in response.context["list_query"]


def test_what_is_ignored_narrows_no_selection(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    page = html_of(alice_client.get(_url("record_list", dataset, color="red")))
    assert 'data-words="of the dataset"' in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"tokens": "many"}, "tokens takes a number or a range such as 500..2000"),
        ({"tag:gte": "3"}, "cannot be filtered by"),
        ({"source:regex": "("}, "The pattern cannot be used"),
        ({"created": "soon"}, "created is not a moment"),
        ({"after": "!!"}, "The cursor is not one of ours"),
        ({"before": "AAAA"}, "The cursor is not one of ours"),
    ],
)
def test_a_filter_or_place_that_cannot_be_gets_a_sentence(
    alice_client: Client, dataset: Dataset, many: list[Record], query: dict[str, str], sentence: str
) -> None:
    response = alice_client.get(_url("record_list", dataset, **query))
    assert response.status_code == 422
    assert sentence in html_of(response)


def test_a_filter_that_takes_too_long_is_given_up_with_a_sentence(
    alice_client: Client, dataset: Dataset, many: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        is_page = sql.endswith("LIMIT 101")
        return (
            execute("SELECT pg_sleep(5)", None, many, context)
            if is_page
            else execute(sql, params, many, context)
        )

    monkeypatch.setattr(listing, "PAGE_MS", 50)
    with connection.execute_wrapper(slowly):
        response = alice_client.get(_url("record_list", dataset, **{"preview:regex": "(a+)+b"}))
    assert response.status_code == 422
    assert "The filter took longer than 0.05 s" in html_of(response)


@pytest.mark.parametrize("key", ["text", "find"])
def test_text_that_is_no_filter_stays_where_it_was_typed_over_the_list_as_it_was(
    alice_client: Client, dataset: Dataset, many: list[Record], key: str
) -> None:
    response = alice_client.get(_url("record_list", dataset, **{"status": "flagged", key: "colour:red"}))
    assert response.status_code == 422
    assert "There is no field &#x27;colour&#x27;; the fields are q, status, tag," in html_of(response)
    assert "colour:red" in html_of(response)
    assert response.context["listing"].total.number == 25


def test_no_match_says_what_each_condition_costs(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    response = alice_client.get(_url("record_list", dataset, q="xylophone", status="flagged"))
    assert "No record matches" in html_of(response)
    assert [(chip.key, total.number) for chip, total in response.context["removals"]] == [
        ("q", 25),
        ("status", 0),
    ]


def test_found_words_are_marked_in_the_previews(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    assert "<mark>Question</mark> <mark>42</mark>" in html_of(
        alice_client.get(_url("record_list", dataset, q="question 42"))
    )


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        ({"find": "", "status": "flagged", "field": "", "comparison": "is", "value": ""}, "status=flagged"),
        ({"find": "", "field": ""}, ""),
        ({"q": "gone", "find": 'late -tag:spam "two words"'}, "q=late+%22two+words%22&-tag=spam"),
        ({"status": "new", "find": "status:flagged"}, "status=new&status=flagged"),
        ({"field": "meta.lang", "comparison": "is", "value": " de "}, "meta.lang=de"),
        ({"field": "meta.lang", "comparison": "not", "value": "de"}, "-meta.lang=de"),
        ({"field": "meta.lang", "comparison": "exists", "value": "x"}, "meta.lang=%2A"),
        ({"field": "meta.lang", "comparison": "missing", "value": ""}, "-meta.lang=%2A"),
        ({"field": "source", "comparison": "icontains", "value": "a b"}, "source%3Aicontains=a+b"),
        ({"field": "tokens", "low": "5", "high": ""}, "tokens=5.."),
        ({"tokens": "1..2", "field": "tokens", "low": "5", "high": "9"}, "tokens=5..9"),
        ({"field": "meta.score", "low": "0.5", "high": "<1"}, "meta.score%3Abetween=0.5..%3C1"),
        (
            {"meta.lang": "de", "field": "meta.lang", "comparison": "is", "value": "en"},
            "meta.lang=de&meta.lang=en",
        ),
        (
            {"status": "new", "field": "status", "instead": "status", "comparison": "not", "values": "new"},
            "-status=new",
        ),
        (
            {"status": "new", "text": "tokens:>=5 status:flagged,new"},
            "status=flagged&status=new&tokens%3Agte=5",
        ),
        ({"status": "new", "text": ""}, ""),
    ],
)
def test_what_a_form_sends_becomes_a_clean_address(
    alice_client: Client, dataset: Dataset, sent: dict[str, str], clean: str
) -> None:
    response = alice_client.get(_url("record_list", dataset, **sent))
    path = _url("record_list", dataset)
    assert response.headers["Location"] == (f"{path}?{clean}" if clean else path)


def test_the_form_sends_along_what_it_has_no_control_for(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    page = html_of(
        alice_client.get(_url("record_list", dataset, **{"meta.lang": "de", "tokens": "1..", "q": "answer"}))
    )
    page = page.split('id="filters"')[1].split("</form>")[0]
    assert '<input type="hidden" name="meta.lang" value="de">' in page
    assert '<input type="hidden" name="tokens" value="1..">' in page
    assert '<input type="hidden" name="q"' not in page.split('id="columns"')[0]


def test_tags_and_meta_keys_are_offered_from_a_sample(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    page = html_of(alice_client.get(_url("record_list", dataset)))
    assert '<option value="meta.lang">' in page
    assert 'name="tag" value="third"' in page


def test_htmx_gets_the_desk_without_the_frame(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    block = html_of(alice_client.get(_url("record_list", dataset), headers=HTMX))
    assert "<html" not in block
    assert many[0].preview in block


def test_an_import_in_its_words_phase_is_announced(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    JobFactory.create(
        dataset=dataset,
        status=Job.Status.RUNNING,
        result={"published": True},
        phase="words",
        done=45,
        total=100,
    )
    page = html_of(alice_client.get(_url("record_list", dataset)))
    assert "words are still being indexed (45%)" in page


def test_a_running_import_is_announced_until_it_has_ended(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    job = JobFactory.create(dataset=dataset, status=Job.Status.RUNNING)
    notice = _url("record_notice", dataset)
    assert notice in html_of(alice_client.get(_url("record_list", dataset)))
    assert "An import is running" in html_of(alice_client.get(notice))
    Job.objects.filter(pk=job.pk).update(status=Job.Status.COMPLETED)
    ended = html_of(alice_client.get(notice))
    assert "has 3 records now" in ended
    assert "hx-trigger" not in ended


def test_panel_and_list_share_an_address(alice_client: Client, dataset: Dataset, many: list[Record]) -> None:
    response = alice_client.get(_url("record_list", dataset, status="flagged", record=many[10].id))
    page = html_of(response)
    assert response.context["reading"].record == many[10]
    assert f'id="row-{many[10].id}"' in page
    assert page.count('aria-current="true"') >= 1
    assert (response.context["reading"].previous_id, response.context["reading"].next_id) == (
        many[0].id,
        many[20].id,
    )


@pytest.mark.parametrize(
    "wanted", ["x", str(new_id()), "other"], ids=["no id", "unknown", "of another dataset"]
)
def test_an_open_record_that_is_not_there_is_said_beside_the_list(
    alice_client: Client,
    dataset: Dataset,
    records: Sequence[Record],
    stranger_dataset: Dataset,
    author: Author,
    wanted: str,
) -> None:
    if wanted == "other":
        wanted = str(add_records(stranger_dataset, [RecordDraft(text="secret")], author=author)[0].id)
    page = html_of(alice_client.get(_url("record_list", dataset, record=wanted)))
    assert "That record is not here" in page
    assert "secret" not in page
    assert records[0].preview in page


def test_the_panels_form_leads_to_list_and_panel_also_without_script(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    panel = html_of(
        alice_client.get(_url("record_panel", dataset, records[1].id, status="new", view="plain"))
    )
    place = _url("record_list", dataset, status="new", view="plain", record=records[1].id).replace(
        "&", "&amp;"
    )
    assert f'name="next" value="{place}"' in panel


def test_the_panel_shows_the_turns_in_few_queries(
    alice_client: Client,
    dataset: Dataset,
    records: Sequence[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(
        FRAME + 7
    ):  # Dataset, record, previous, next, history, decisions, conflict.
        block = html_of(alice_client.get(_url("record_panel", dataset, records[1].id)))
    assert "<html" not in block
    assert '<span class="turn__role">assistant</span>' in block
    assert str(records[0].id) in block
    assert str(records[2].id) in block


def test_the_page_of_a_record_shows_all_that_is_known(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    draft = RecordDraft(
        payload={**conversation("Hi"), "model": "m-7"},
        meta={"lang": "de", "labels": ["a b", "c"]},
        source="crm",
        key="K-1",
        tags=("gold",),
    )
    (record,) = add_records(dataset, [draft], author=author)
    file = FileFactory.create(workspace=dataset.workspace, name="chats.jsonl")
    Record.objects.filter(pk=record.pk).update(file_id=file.id, place=1204)
    set_status(dataset, [record.id], "flagged", author=author)
    page = html_of(alice_client.get(_url("record_detail", dataset, record.id)))
    list_url = _url("record_list", dataset)
    assert f'href="{list_url}?meta.labels=a%20b"' in page
    assert f'href="{list_url}?tag=gold"' in page
    assert "chats.jsonl</a>, line 1,204" in page
    assert "changed status from new" in page
    assert all(word in page for word in ("m-7", "crm", "K-1", "Direct input"))


def test_text_records_are_read_as_text(alice_client: Client, dataset: Dataset, author: Author) -> None:
    (record,) = add_records(dataset, [TextDraftFactory.create(text="# Title\n\n**Bold** <b>")], author=author)
    assert "<strong>Bold</strong> &lt;b&gt;" in html_of(
        alice_client.get(_url("record_detail", dataset, record.id))
    )
    assert "**Bold**" in html_of(alice_client.get(_url("record_detail", dataset, record.id, view="plain")))


def test_the_json_view_keeps_numbers_as_they_are(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    (record,) = add_records(
        dataset, [RecordDraft(payload={"messages": [], "n": 12345678901234567890123})], author=author
    )
    assert "12345678901234567890123" in html_of(
        alice_client.get(_url("record_panel", dataset, record.id, view="json"))
    )


def test_a_record_is_downloaded_as_it_is_stored(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    response = alice_client.get(_url("record_download", dataset, records[0].id))
    stored = Record.objects.get(pk=records[0].pk).payload
    assert stored is not None
    assert response.content.decode() == stored.raw
    assert f"{records[0].id}.json" in response.headers["Content-Disposition"]


def test_a_payload_with_half_a_surrogate_pair_is_readable(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    payload = {"messages": [{"role": "user", "content": "a\ud800b\x00"}], "\udfff": "\ud800"}
    (record,) = add_records(dataset, [RecordDraft(payload=payload)], author=author)
    for view in ("", "plain", "json"):
        assert alice_client.get(_url("record_detail", dataset, record.id, view=view)).status_code == 200
    assert alice_client.get(_url("record_download", dataset, record.id)).status_code == 200


def test_very_long_conversations_are_read_in_pieces(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    payload = conversation(*[f"turn {number}" for number in range(450)])
    (record,) = add_records(dataset, [RecordDraft(payload=payload)], author=author)
    first = html_of(alice_client.get(_url("record_detail", dataset, record.id)))
    assert "Go on from turn 201 of 450" in first
    assert "turn 200 " not in first
    last = alice_client.get(_url("record_detail", dataset, record.id, **{"from": 400}))
    assert "turn 449" in html_of(last)
    for odd in ("-1", "x", "9" * 30, "²"):
        assert alice_client.get(_url("record_detail", dataset, record.id, **{"from": odd})).status_code == 200


def test_a_status_is_set_by_htmx_in_panel_row_and_header(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    record = records[0]
    shown_at = f"http://testserver{_url('record_list', dataset, record=record.id)}"
    block = html_of(
        alice_client.post(
            _url("record_set_status", dataset, record.id),
            {"status": "flagged"},
            headers={**HTMX, "HX-Current-URL": shown_at},
        )
    )
    record.refresh_from_db()
    assert record.status == "flagged"
    assert f'<span class="badge badge--flagged" id="status-{record.id}" hx-swap-oob="true">Flagged' in block
    assert f'id="decision-{record.id}" hx-swap-oob="true"' in block
    assert "Revision 2" in block
    assert "Marked as flagged: “" in block
    assert _url("record_undo_status", dataset, record.id, 2) in block


def test_the_toast_of_a_status_takes_back_its_own_revision(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    record, toast = records[0], str(new_id())
    alice_client.post(_url("record_set_status", dataset, record.id), {"status": "flagged"}, headers=HTMX)
    undo = _url("record_undo_status", dataset, record.id, 2)
    block = html_of(alice_client.post(undo, {"toast": toast}, headers=HTMX))
    record.refresh_from_db()
    assert record.status == "new"
    assert "Marked as new: “" in block
    assert f'<div id="toast-{toast}" hx-swap-oob="delete">' in block
    assert "status/undo/" not in block  # Or the key that undoes would do it again.
    assert Revision.objects.get(dataset=dataset, number=3).undoes == Revision.objects.get(
        dataset=dataset, number=2
    )


def test_what_somebody_else_decided_since_stays(
    alice_client: Client, bob_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    record = records[0]
    alice_client.post(_url("record_set_status", dataset, record.id), {"status": "approved"}, headers=HTMX)
    bob_client.post(_url("record_set_status", dataset, record.id), {"status": "rejected"}, headers=HTMX)
    refused = alice_client.post(_url("record_undo_status", dataset, record.id, 2), headers=HTMX)
    assert refused.status_code == 409
    assert "all of it was changed again later" in html_of(refused)
    record.refresh_from_db()
    assert record.status == "rejected"


def test_reviewers_take_back_their_own_decisions_only(
    alice_client: Client, bob_client: Client, bob: User, dataset: Dataset, records: Sequence[Record]
) -> None:
    Membership.objects.filter(user=bob).update(role=Membership.Role.REVIEWER)
    alice_client.post(_url("record_set_status", dataset, records[0].id), {"status": "approved"})
    bob_client.post(_url("record_set_status", dataset, records[1].id), {"status": "approved"})
    own = bob_client.post(_url("record_undo_status", dataset, records[1].id, 3))
    assert own.headers["Location"] == _url("record_detail", dataset, records[1].id)
    others = bob_client.post(_url("record_undo_status", dataset, records[0].id, 2))
    assert others.status_code == 403
    assert list(Record.objects.filter(curation__status="approved")) == [records[0]]


def test_pieces_are_sent_only_to_where_they_have_a_place(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    elsewhere = f"http://testserver{_url('record_detail', dataset, records[1].id)}"
    block = html_of(
        alice_client.post(
            _url("record_set_status", dataset, records[0].id),
            {"status": "approved"},
            headers={**HTMX, "HX-Current-URL": elsewhere},
        )
    )
    assert re.findall(r'hx-swap-oob="(\w+)"', block) == ["beforeend"]


def test_a_status_is_set_without_htmx(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    place = _url("record_list", dataset, record=records[0].id)
    posted = {"status": "rejected", "next": place}
    response = alice_client.post(_url("record_set_status", dataset, records[0].id), posted)
    assert response.headers["Location"] == place
    assert "Marked as rejected: “" in html_of(alice_client.get(place))


def test_the_way_back_never_leads_off_this_site(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    posted = {"status": "rejected", "next": "https://evil.example/"}
    response = alice_client.post(_url("record_set_status", dataset, records[0].id), posted)
    assert response.headers["Location"] == _url("record_detail", dataset, records[0].id)


def test_an_unknown_status_is_refused(
    alice_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    response = alice_client.post(_url("record_set_status", dataset, records[0].id), {"status": "lovely"})
    assert response.status_code == 400
    assert "A status is one of new, approved, rejected, flagged" in html_of(response)


def test_viewers_may_read_but_not_decide(
    viewer_client: Client, dataset: Dataset, records: Sequence[Record]
) -> None:
    assert "Approve" not in html_of(viewer_client.get(_url("record_detail", dataset, records[0].id)))
    refused = viewer_client.post(_url("record_set_status", dataset, records[0].id), {"status": "approved"})
    assert refused.status_code == 403
    records[0].refresh_from_db()
    assert records[0].status == "new"


def test_reviewers_may_decide(
    bob_client: Client, bob: User, dataset: Dataset, records: Sequence[Record]
) -> None:
    Membership.objects.filter(user=bob).update(role=Membership.Role.REVIEWER)
    bob_client.post(_url("record_set_status", dataset, records[0].id), {"status": "approved"})
    records[0].refresh_from_db()
    assert records[0].status == "approved"


def test_the_export_holds_what_the_filter_shows(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    response = alice_client.get(
        _url("record_export", dataset, **{"meta.lang": "de", "status": "flagged", "junk": "1"})
    )
    lines = b"".join(response.streaming_content).splitlines()  # type: ignore[attr-defined]
    assert [orjson.loads(line)["properties"]["number"] for line in lines] == list(range(0, 250, 30))
    assert response.headers["Content-Disposition"] == 'attachment; filename="support.jsonl"'


def test_without_a_filter_everything_is_exported(
    alice_client: Client, dataset: Dataset, many: list[Record]
) -> None:
    response = alice_client.get(_url("record_export", dataset))
    assert b"".join(response.streaming_content).count(b"\n") == 250  # type: ignore[attr-defined]


def test_an_export_that_cannot_be_is_refused_before_its_first_byte(
    alice_client: Client, dataset: Dataset
) -> None:
    response = alice_client.get(_url("record_export", dataset, tokens="many"))
    assert response.status_code == 400
    assert "tokens takes a number" in html_of(response)


@pytest.mark.parametrize("name", ["record_list", "record_export", "record_notice"])
def test_the_dataset_of_others_is_not_there(charlie_client: Client, dataset: Dataset, name: str) -> None:
    assert charlie_client.get(_url(name, dataset)).status_code == 404


@pytest.mark.parametrize("name", ["record_panel", "record_detail", "record_download"])
def test_the_records_of_others_are_not_there(
    charlie_client: Client, dataset: Dataset, stranger_dataset: Dataset, records: Sequence[Record], name: str
) -> None:
    assert charlie_client.get(_url(name, dataset, records[0].id)).status_code == 404
    assert charlie_client.get(_url(name, stranger_dataset, records[0].id)).status_code == 404


def test_others_cannot_decide_on_records(
    charlie_client: Client, stranger_dataset: Dataset, dataset: Dataset, records: Sequence[Record]
) -> None:
    for seen_from in (dataset, stranger_dataset):
        url = _url("record_set_status", seen_from, records[0].id)
        assert charlie_client.post(url, {"status": "rejected"}).status_code == 404
    records[0].refresh_from_db()
    assert records[0].status == "new"


def test_rows_of_a_running_import_are_not_shown(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    records = add_records(dataset, RecordDraftFactory.create_batch(2), author=author)
    hidden = records[0]
    hidden.revision.number = None
    hidden.revision.save(update_fields=["number"])
    assert alice_client.get(_url("record_detail", dataset, hidden.id)).status_code == 404
    assert _shown(alice_client.get(_url("record_list", dataset, q="question"))) == []
