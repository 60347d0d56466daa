"""Repairing a record in the pages: what the door translates, whom it refuses, and what comes back after a clash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Revision
from project.accounts.models import Membership, User
from project.accounts.types import Author
from records.actions import add_records, edit_details, edit_turns, erase_records, trash_records
from records.metatable import fields_of
from records.models import Record
from records.turns import DeleteTurn, RewriteTurn, mark_of
from records.types import RecordDraft
from records.versions import content_version, details_version
from tests.factories.records import conversation
from tests.pages import HTMX, html_of

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


@pytest.fixture
def talk(dataset: Dataset, author: Author) -> Record:
    draft = RecordDraft(
        payload={**conversation("apples?", "pears!", "thanks"), "model": "m"},
        meta={"a": 1, "b": {"c": [1]}},
        source="web",
        tags=("one",),
    )
    [record] = add_records(dataset, [draft], author=author)
    return record


@pytest.fixture
def text(dataset: Dataset, author: Author) -> Record:
    [record] = add_records(dataset, [RecordDraft(text="apples\npears")], author=author)
    return record


def _url(name: str, record: Record, *args: int) -> str:
    return reverse(f"records:{name}", args=[record.dataset_id, record.pk, *args])


def _turns(record: Record) -> list[tuple[Any, Any]]:
    messages = Record.objects.get(pk=record.pk).as_payload["messages"]
    return [(message["role"], message["content"]) for message in messages]


def _sent(record: Record, number: int, **values: Any) -> dict[str, Any]:
    """The form of a turn as it is drawn, with other values."""
    message = record.as_payload["messages"][number - 1]
    drawn = {"version": content_version(record), "mark": mark_of(message)}
    return {**drawn, "role": message["role"], "text": message["content"], **values}


def test_a_turn_is_edited_and_the_toast_takes_it_back(bob_client: Client, talk: Record) -> None:
    response = bob_client.post(
        _url("turn_edit", talk, 2), _sent(talk, 2, text="plums!\r\nfigs!"), headers=HTMX
    )
    page = html_of(response)
    assert _turns(talk)[1] == ("assistant", "plums!\nfigs!")
    assert "Saved “apples?" in page
    assert reverse("records:revision_undo", args=[talk.dataset_id, 2]) in page
    assert 'id="record-content"' in page
    assert response["HX-Reswap"] == "none"
    event = json.loads(response["HX-Trigger-After-Swap"])["record:saved"]
    assert (event["id"], event["turns"], event["place"]) == (str(talk.pk), "3", "turn-2")
    bob_client.post(reverse("records:revision_undo", args=[talk.dataset_id, 2]))
    assert _turns(talk)[1] == ("assistant", "pears!")


def test_without_script_the_editor_is_a_page_and_leads_back(bob_client: Client, talk: Record) -> None:
    url = f"{_url('turn_edit', talk, 2)}?view=plain"
    page = html_of(bob_client.get(url))
    assert "<h1>Edit turn 2</h1>" in page
    assert 'hx-post="' not in page.split('class="editor')[1].split(">")[0]
    response = bob_client.post(url, _sent(talk, 2, text="plums!"))
    assert response.status_code == 302
    assert response["Location"] == f"{_url('record_detail', talk)}?view=plain#turn-2"


@pytest.mark.parametrize(
    ("number", "values", "turns"),
    [
        (1, {"do": "down"}, ["assistant pears!", "user apples?", "user thanks"]),
        (3, {"do": "up", "text": "bye"}, ["user apples?", "user bye", "assistant pears!"]),
        (2, {"do": "delete"}, ["user apples?", "user thanks"]),
        (2, {"do": "merge"}, ["user apples?", "assistant pears!\n\nthanks"]),
        (
            1,
            {"do": "split", "split_text": "0", "split_at": "3"},
            ["user app", "user les?", "assistant pears!", "user thanks"],
        ),
        (1, {"role": "critic"}, ["critic apples?", "assistant pears!", "user thanks"]),
    ],
)
def test_turns_are_moved_merged_split_deleted_and_given_roles(
    bob_client: Client, talk: Record, number: int, values: dict[str, str], turns: list[str]
) -> None:
    bob_client.post(_url("turn_edit", talk, number), _sent(talk, number, **values), headers=HTMX)
    assert [" ".join(turn) for turn in _turns(talk)] == turns
    assert Revision.objects.count() == 2


def test_a_turn_is_added_behind_another(bob_client: Client, talk: Record) -> None:
    url = _url("turn_add", talk, 3)
    assert 'name="role" value="assistant"' in html_of(bob_client.get(url, headers=HTMX))
    bob_client.post(url, {"version": content_version(talk), "role": "assistant", "text": "bye"}, headers=HTMX)
    assert _turns(talk)[-1] == ("assistant", "bye")


def test_only_the_texts_of_parts_are_offered(bob_client: Client, dataset: Dataset, author: Author) -> None:
    parts = [{"type": "text", "text": "look", "x": 1}, IMAGE]
    [record] = add_records(
        dataset, [RecordDraft(payload={"messages": [{"role": "user", "content": parts}]})], author=author
    )
    page = html_of(bob_client.get(_url("turn_edit", record, 1), headers=HTMX))
    assert page.count("<textarea") == 1
    assert "Its other parts stay as they are." in page
    bob_client.post(_url("turn_edit", record, 1), _sent(record, 1, text="see"), headers=HTMX)
    assert _turns(record) == [("user", [{"type": "text", "text": "see", "x": 1}, IMAGE])]


def test_after_a_clash_both_texts_are_there_and_mine_can_be_kept(
    bob_client: Client, talk: Record, author: Author
) -> None:
    sent = _sent(talk, 2, text="plums!")
    edit_turns(talk, RewriteTurn(2, "assistant", ("figs!",)), version=content_version(talk), author=author)
    response = bob_client.post(_url("turn_edit", talk, 2), sent, headers=HTMX)
    page = html_of(response)
    assert response.status_code == 422
    assert "Nothing is lost" in page
    assert '<ins class="diff diff--ins">plums!</ins>' in page
    assert '<del class="diff diff--del">figs!</del>' in page
    assert _turns(talk)[1] == ("assistant", "figs!")
    editor = response.context["editor"]
    bob_client.post(_url("turn_edit", talk, 2), {**sent, "version": editor.version, "mark": editor.mark})
    assert _turns(talk)[1] == ("assistant", "plums!")


def test_a_clash_finds_the_turn_where_it_is_now(bob_client: Client, talk: Record, author: Author) -> None:
    sent = _sent(talk, 2, text="plums!")
    edit_turns(talk, DeleteTurn(1), version=content_version(talk), author=author)
    response = bob_client.post(_url("turn_edit", talk, 2), sent, headers=HTMX)
    assert response.context["editor"].number == 1
    assert "This turn is as you found it" in html_of(response)
    assert _url("turn_edit", talk, 1) in html_of(response)


def test_the_text_of_a_turn_that_has_gone_can_become_a_turn_of_its_own(
    bob_client: Client, talk: Record, author: Author
) -> None:
    sent = _sent(talk, 3, text="many thanks")
    edit_turns(talk, DeleteTurn(3), version=content_version(talk), author=author)
    response = bob_client.post(_url("turn_edit", talk, 3), sent, headers=HTMX)
    assert response.context["editor"].is_new
    again = {**sent, "version": response.context["editor"].version}
    bob_client.post(_url("turn_add", talk, 2), again, headers=HTMX)
    assert _turns(talk)[-1] == ("user", "many thanks")


def test_a_text_is_edited_and_clashes_like_a_turn(bob_client: Client, text: Record) -> None:
    sent = {"version": content_version(text), "text": "apples\r\nplums"}
    assert bob_client.post(_url("text_edit", text), sent, headers=HTMX).status_code == 200
    assert Record.objects.get(pk=text.pk).text == "apples\nplums"
    page = html_of(bob_client.post(_url("text_edit", text), {**sent, "text": "figs"}, headers=HTMX))
    assert "Take theirs" in page
    assert Record.objects.get(pk=text.pk).text == "apples\nplums"


def _table(record: Record, **values: str) -> dict[str, Any]:
    fields = fields_of(record.meta)
    return {
        "version": details_version(record),
        "source": "desk",
        "was": [*(field.was for field in fields), ""],
        "key": [*(field.key for field in fields), "new"],
        "kind": [*(field.kind for field in fields), "boolean"],
        "value": [*(values.get(field.key, field.value) for field in fields), "true"],
    }


def test_meta_and_source_are_edited_as_a_table(bob_client: Client, talk: Record) -> None:
    bob_client.post(_url("details_edit", talk), {**_table(talk, a="2.5"), "removed": "b"}, headers=HTMX)
    kept = Record.objects.get(pk=talk.pk)
    assert (kept.meta, kept.source) == ({"a": 2.5, "new": True}, "desk")


def test_a_value_that_is_none_of_its_kind_comes_back_with_a_sentence(
    bob_client: Client, talk: Record
) -> None:
    response = bob_client.post(_url("details_edit", talk), _table(talk, a="many"), headers=HTMX)
    assert response.status_code == 422
    assert "The value of “a” is no number" in html_of(response)
    assert "many</textarea>" in html_of(response)


def test_a_clash_of_meta_shows_both_values_by_their_key(
    bob_client: Client, talk: Record, author: Author
) -> None:
    sent = _table(talk, a="2")
    [a, b] = fields_of(talk.meta)
    edit_details(talk, [a._replace(value="3"), b], source="web", version=details_version(talk), author=author)
    response = bob_client.post(_url("details_edit", talk), sent, headers=HTMX)
    assert [name for name, _ in response.context["editor"].clashes] == ["a", "Source", "new"]
    assert '<del class="diff diff--del">3</del>' in html_of(response)
    bob_client.post(_url("details_edit", talk), {**sent, "version": response.context["editor"].version})
    assert Record.objects.get(pk=talk.pk).meta["a"] == 2


def test_tags_are_added_and_removed(bob_client: Client, talk: Record) -> None:
    bob_client.post(_url("tags_edit", talk), {"add": "two, three ,"}, headers=HTMX)
    bob_client.post(_url("tags_edit", talk), {"remove": "one"}, headers=HTMX)
    assert Record.objects.get(pk=talk.pk).tags == ["two", "three"]
    page = html_of(bob_client.post(_url("tags_edit", talk), {"add": "two"}, headers=HTMX))
    assert "The tags are like this already." in page


@pytest.mark.parametrize("name", ["turn_edit", "turn_add", "text_edit", "details_edit"])
@pytest.mark.parametrize("role", [Membership.Role.VIEWER, Membership.Role.REVIEWER])
def test_whoever_may_not_write_is_refused(
    viewer_client: Client, viewer: User, talk: Record, name: str, role: str
) -> None:
    Membership.objects.filter(user=viewer).update(role=role)
    url = _url(name, talk, *([1] if name.startswith("turn") else []))
    assert viewer_client.get(url).status_code == 403
    assert viewer_client.post(url, _sent(talk, 1, text="x")).status_code == 403
    assert viewer_client.post(_url("tags_edit", talk), {"add": "x"}).status_code == 403
    page = html_of(viewer_client.get(_url("record_detail", talk)))
    assert "data-edit" not in page
    assert "tag-input" not in page
    assert Revision.objects.count() == 1


def test_a_stranger_finds_nothing(charlie_client: Client, talk: Record) -> None:
    assert charlie_client.get(_url("turn_edit", talk, 1)).status_code == 404
    response = charlie_client.post(_url("turn_edit", talk, 1), _sent(talk, 1, text="x"))
    assert response.status_code == 404
    assert _turns(talk)[0] == ("user", "apples?")


@pytest.mark.parametrize("how", ["erased", "trashed"])
def test_a_record_that_has_gone_meanwhile_is_told_in_a_sentence(
    bob_client: Client, talk: Record, author: Author, how: str
) -> None:
    sent = _sent(talk, 1, text="x")
    if how == "erased":
        erase_records(talk.dataset.workspace, [talk.pk], author=author)
    else:
        trash_records(talk.dataset, [talk.pk], author=author)
    response = bob_client.post(_url("turn_edit", talk, 1), sent, headers=HTMX)
    assert response.status_code == 404
    assert "somebody moved it to the trash or deleted it" in html_of(response)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"version": ""}, "Load the page again"),
        ({"role": "r" * 101}, "A role has at most 100 characters"),
        ({"text": ["a", "b"]}, "The parts of this turn are others now"),
        ({"text": "apples?"}, "Nothing was changed"),
        ({"do": "up"}, "Turn 1 is at the start already"),
    ],
)
def test_what_cannot_be_saved_comes_back_with_a_sentence(
    bob_client: Client, talk: Record, values: dict[str, Any], sentence: str
) -> None:
    response = bob_client.post(_url("turn_edit", talk, 1), _sent(talk, 1, **values), headers=HTMX)
    assert response.status_code == 422
    assert sentence in html_of(response)


def test_odd_turns_are_marked_in_words(alice_client: Client, dataset: Dataset, author: Author) -> None:
    payload = {"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}
    [record] = add_records(dataset, [RecordDraft(payload=payload)], author=author)
    page = html_of(alice_client.get(_url("record_detail", record)))
    assert "Two turns of the user in a row." in page
    assert "No turn of an assistant." in page


def test_there_is_no_editor_of_a_turn_that_is_not_there(bob_client: Client, talk: Record) -> None:
    assert bob_client.get(_url("turn_edit", talk, 9)).status_code == 404


def test_tags_in_use_are_offered_where_tags_are_written(
    alice_client: Client, charlie_client: Client, dataset: Dataset, talk: Record
) -> None:
    url = reverse("records:tag_suggestions", args=[dataset.id])
    assert '<option value="one">' in alice_client.get(url).content.decode()
    assert charlie_client.get(url).status_code == 404


def test_what_is_sent_again_since_its_answer_got_lost_is_no_clash(
    bob_client: Client, talk: Record, text: Record
) -> None:
    for name, record, sent in (
        ("turn_edit", talk, _sent(talk, 2, text="plums!")),
        ("details_edit", talk, _table(talk, a="2")),
        ("text_edit", text, {"version": content_version(text), "text": "figs"}),
    ):
        url = _url(name, record, *([2] if name == "turn_edit" else []))
        assert bob_client.post(url, sent, headers=HTMX).status_code == 200
        number = Revision.objects.filter(dataset=record.dataset).count()
        again = bob_client.post(url, sent, headers=HTMX)
        assert again.status_code == 200, name
        assert "is like this already" in html_of(again)
        assert Revision.objects.filter(dataset=record.dataset).count() == number


def test_a_text_of_megabytes_is_edited_like_any_other(bob_client: Client, text: Record) -> None:
    long = "word " * 600_000
    sent = {"version": content_version(text), "text": long}
    assert bob_client.post(_url("text_edit", text), sent, headers=HTMX).status_code == 200
    assert Record.objects.get(pk=text.pk).text == long
