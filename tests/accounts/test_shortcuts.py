from __future__ import annotations

import pytest
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory
from django.urls import reverse

from project.accounts.actions import choose_shortcuts
from project.accounts.errors import ShortcutInvalidError
from project.accounts.models import User
from project.accounts.shortcuts import SHORTCUTS, Keymap, changed_keys, keymap_of

pytestmark = pytest.mark.django_db

LIST = reverse("accounts:shortcut_list")


def test_every_key_is_given_once() -> None:
    assert len(keymap_of({}).names) == len(SHORTCUTS)
    assert changed_keys({}) == {}


def test_a_chosen_key_takes_the_place_of_the_usual_one() -> None:
    keymap = keymap_of({"keys": {"approve": "y", "go": "h", "flag": ""}})
    assert keymap.names["y"] == "approve"
    assert keymap.names["h d"] == "go-datasets"
    assert "a" not in keymap.names
    assert "flag" not in keymap.keys


def test_without_its_leading_key_no_place_has_one() -> None:
    assert not [name for name in keymap_of({"keys": {"go": ""}}).keys if name.startswith("go")]


def test_switched_off_only_keys_that_are_no_characters_work() -> None:
    assert set(keymap_of({"is_off": True}).names) == {"Enter", "Escape", "Control+Enter", "Control+k"}


def test_only_what_differs_is_kept() -> None:
    assert changed_keys({"approve": "y", "reject": "r", "flag": ""}) == {"approve": "y", "flag": ""}


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"approve": "ab"}, "takes one character"),
        ({"approve": " "}, "takes one character"),
        ({"approve": "\x07"}, "takes one character"),
        ({"approve": "r"}, "r is given twice"),
        ({"go-logs": "d"}, "d is given twice"),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_words(chosen: dict[str, str], sentence: str) -> None:
    with pytest.raises(ShortcutInvalidError, match=sentence):
        changed_keys(chosen)


def test_a_letter_may_stand_for_a_place_and_for_a_deed() -> None:
    assert changed_keys({"go-logs": "a", "go-activity": "l"}) == {"go-logs": "a", "go-activity": "l"}


@pytest.mark.parametrize(
    ("key", "printed", "spoken"),
    [
        ("a", "a", "a"),
        ("X", "Shift x", "Shift+X"),
        ("g d", "g d", ""),
        ("Control+Enter", "Ctrl ↵", "Control+Enter"),
        ("+", "+", "Plus"),
        ("", "", ""),
    ],
)
def test_a_key_is_printed_for_people_and_spoken_for_readers(key: str, printed: str, spoken: str) -> None:
    keymap = Keymap({"tag": key})
    assert (keymap.printed("tag"), keymap.spoken("tag")) == (printed, spoken)


BUTTON = '{% load shortcuts %}<button {% key "approve" "Approve" %}>Approve{% kbd "approve" %}</button>'


def test_a_button_prints_the_key_that_works() -> None:
    request = RequestFactory().get("/")
    request.keymap = Keymap({"approve": "<"})  # type: ignore[attr-defined]
    drawn = Template(BUTTON).render(RequestContext(request))
    assert drawn == (
        '<button data-key="approve" aria-keyshortcuts="&lt;" title="Approve (&lt;)">Approve'
        '<kbd class="js-only" aria-hidden="true">&lt;</kbd></button>'
    )


def test_a_button_without_a_key_prints_none() -> None:
    drawn = Template(BUTTON).render(Context())
    assert drawn == '<button data-key="approve" title="Approve">Approve</button>'


def test_chosen_keys_stand_on_every_page(alice_client: Client, alice: User) -> None:
    sent = {"are_on": "on", "approve": "y", "go": "g"}
    shown = alice_client.get(LIST).context["form"]
    sent |= {name: shown[name].initial for name in shown.fields if name not in sent}
    assert alice_client.post(LIST, sent).status_code == 302
    assert User.objects.get(pk=alice.pk).shortcuts == {"keys": {"approve": "y"}, "is_off": False}
    page = alice_client.get(reverse("datasets:dataset_list")).content.decode()
    assert "&quot;y&quot;:&quot;approve&quot;" in page
    assert "&quot;a&quot;:&quot;approve&quot;" not in page


def test_keys_are_switched_off_and_taken_back(alice_client: Client, alice: User) -> None:
    alice_client.post(LIST, {})
    assert User.objects.get(pk=alice.pk).shortcuts["is_off"]
    alice_client.post(LIST, {"usual": "yes"})
    assert User.objects.get(pk=alice.pk).shortcuts == {"keys": {}, "is_off": False}


def test_a_key_given_twice_is_refused_and_nothing_is_kept(alice_client: Client, alice: User) -> None:
    choose_shortcuts(alice, keys={"approve": "y"}, are_on=True)
    answer = alice_client.post(LIST, {"are_on": "on", "approve": "j", "next": "j"})
    assert answer.status_code == 422
    assert "j is given twice" in answer.content.decode()
    assert User.objects.get(pk=alice.pk).shortcuts["keys"] == {"approve": "y"}


def test_the_help_of_a_page_is_a_fragment_for_its_dialog(alice_client: Client) -> None:
    answer = alice_client.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    assert 'data-shortcut="approve"' in answer
