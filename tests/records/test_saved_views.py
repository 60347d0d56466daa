from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, View
from datasets.savedviews import create_view
from project.accounts.models import Membership, User
from project.accounts.types import Author
from records import viewbar
from records.actions import add_records
from tests.factories.records import TextDraftFactory
from tests.pages import FRAME, HTMX, html_of


def _url(name: str, dataset: Dataset, *args: object, **query: object) -> str:
    path = reverse(f"records:{name}", args=[dataset.id, *args])
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


@pytest.fixture
def flagged(dataset: Dataset, bob: User, author: Author) -> View:
    """Bob's shared view of the flagged ones: two of five."""
    drafts = TextDraftFactory.create_batch(2, status="flagged") + TextDraftFactory.create_batch(3)
    add_records(dataset, drafts, author=author)
    member = Membership.objects.get(user=bob)
    return create_view(dataset, member=member, name="Flagged", query="status=flagged", is_shared=True)


def test_a_list_is_saved_as_a_view_and_shown_under_its_name(bob_client: Client, dataset: Dataset) -> None:
    said = {"name": "Long", "query": "tokens=9..&saved=x&sort=-tokens&cols=status,meta.lang&nope=1&after=x"}
    response = bob_client.post(_url("view_list", dataset), said)
    view = View.objects.get()
    assert view.query == "tokens=9..&cols=status,meta.lang&sort=-tokens"
    assert response.headers["Location"] == f"{_url('record_list', dataset)}?{view.query}&saved={view.id}"


def test_the_order_in_which_a_filter_was_put_together_does_not_matter(
    bob_client: Client, dataset: Dataset, flagged: View
) -> None:
    bob_client.post(_url("view_list", dataset), {"name": "Two", "query": "tag=b&status=new&tag=a"})
    view = View.objects.get(name="Two")
    page = bob_client.get(_url("record_list", dataset, tag=["a", "b"], status="new", saved=view.id))
    assert not page.context["view_bar"].is_changed


def test_a_change_is_marked_and_its_owner_may_save_it(
    bob_client: Client, dataset: Dataset, flagged: View
) -> None:
    page = bob_client.get(_url("record_list", dataset, status="flagged", saved=flagged.id))
    assert "changed, not saved" not in html_of(page)
    changed = bob_client.get(_url("record_list", dataset, status="rejected", saved=flagged.id))
    assert "changed, not saved" in html_of(changed)
    assert _url("view_save", dataset, flagged.id) in html_of(changed)
    saved = bob_client.post(_url("view_save", dataset, flagged.id), {"query": "status=rejected&saved=1"})
    flagged.refresh_from_db()
    assert flagged.query == "status=rejected"
    assert saved.headers["Location"].endswith(f"?status=rejected&saved={flagged.id}")


def test_whoever_may_not_change_a_view_saves_it_as_their_own(
    viewer_client: Client, dataset: Dataset, flagged: View
) -> None:
    changed = html_of(viewer_client.get(_url("record_list", dataset, status="new", saved=flagged.id)))
    assert _url("view_save", dataset, flagged.id) not in changed
    assert "Save as…" in changed
    refused = viewer_client.post(_url("view_save", dataset, flagged.id), {"query": "status=new"})
    assert refused.status_code == 403
    assert "Bob keeps this view" in html_of(refused)
    settings = {"name": "Mine", "is_shared": "on", "second_percent": "0"}
    assert viewer_client.post(_url("view_edit", dataset, flagged.id), settings).status_code == 422
    assert viewer_client.post(_url("view_delete", dataset, flagged.id)).status_code == 403
    flagged.refresh_from_db()
    assert (flagged.name, flagged.query) == ("Flagged", "status=flagged")


def test_the_view_stays_in_every_link_of_its_list(
    bob_client: Client, dataset: Dataset, flagged: View
) -> None:
    page = bob_client.get(_url("record_list", dataset, status="flagged", turns="0..", saved=flagged.id))
    chips = page.context["filter"].chips
    assert all(f"saved={flagged.id}" in chip.query_without for chip in chips)
    assert f'<input type="hidden" name="saved" value="{flagged.id}">' in html_of(page)
    assert f"saved={flagged.id}" in page.context["list_query"]


def test_the_address_of_a_view_follows_what_it_keeps_now(
    alice_client: Client, dataset: Dataset, flagged: View
) -> None:
    View.objects.filter(pk=flagged.pk).update(query="status=new")
    response = alice_client.get(_url("view_open", dataset, flagged.id))
    assert response.headers["Location"].endswith(f"?status=new&saved={flagged.id}")


def test_a_dataset_opens_with_the_view_that_a_person_chose(
    bob_client: Client, alice_client: Client, dataset: Dataset, flagged: View
) -> None:
    bob_client.post(_url("view_set_default", dataset, flagged.id))
    opened = bob_client.get(_url("dataset_open", dataset))
    assert opened.headers["Location"].endswith(f"?status=flagged&saved={flagged.id}")
    assert alice_client.get(_url("dataset_open", dataset)).headers["Location"] == _url("record_list", dataset)
    assert "Opens first" in html_of(bob_client.get(_url("view_list", dataset)))
    bob_client.post(_url("view_clear_default", dataset))
    assert bob_client.get(_url("dataset_open", dataset)).headers["Location"] == _url("record_list", dataset)


@pytest.mark.parametrize("name", ["view_open", "view_edit", "view_save", "view_delete", "view_set_default"])
def test_a_view_of_another_workspace_or_dataset_is_not_there(
    charlie_client: Client,
    alice_client: Client,
    dataset: Dataset,
    stranger_dataset: Dataset,
    flagged: View,
    name: str,
) -> None:
    ask = charlie_client.get if name in {"view_open", "view_edit"} else charlie_client.post
    assert ask(_url(name, dataset, flagged.id)).status_code == 404
    assert ask(_url(name, stranger_dataset, flagged.id)).status_code == 404
    View.objects.filter(pk=flagged.pk).update(is_shared=False)
    ask = alice_client.get if name in {"view_open", "view_edit"} else alice_client.post
    assert ask(_url(name, dataset, flagged.id)).status_code == 404


def test_a_list_that_names_a_view_which_is_gone_is_still_that_list(
    alice_client: Client, dataset: Dataset, flagged: View
) -> None:
    View.objects.filter(pk=flagged.pk).update(is_shared=False)
    for saved in (flagged.id, "no-id"):
        page = alice_client.get(_url("record_list", dataset, status="flagged", saved=saved))
        assert page.status_code == 200
        assert page.context["view_bar"].view is None
        assert len(page.context["listing"].rows) == 2


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": "Flagged", "query": ""}, "You have a view Flagged"),
        ({"name": "", "query": "status=new"}, "Enter a name."),
        ({"name": "Bad", "query": "tokens=many"}, "takes a number or a range"),
    ],
)
def test_a_view_that_cannot_be_saved_is_said_so(
    bob_client: Client, dataset: Dataset, flagged: View, said: dict[str, str], sentence: str
) -> None:
    response = bob_client.post(_url("view_list", dataset), said)
    assert response.status_code == 422
    assert sentence in html_of(response)
    assert View.objects.count() == 1


def test_settings_are_changed_by_one_form(bob_client: Client, dataset: Dataset, flagged: View) -> None:
    said = {"name": "Checked twice", "is_shared": "on", "second_percent": "25"}
    assert bob_client.post(_url("view_edit", dataset, flagged.id), said).status_code == 302
    flagged.refresh_from_db()
    assert (flagged.name, flagged.is_shared, flagged.second_percent) == ("Checked twice", True, 25)
    assert (
        bob_client.post(_url("view_edit", dataset, flagged.id), {**said, "second_percent": "101"}).status_code
        == 422
    )
    assert "Checked twice" in html_of(bob_client.get(_url("view_edit", dataset, flagged.id)))


def test_the_side_bar_names_the_views_at_once_and_counts_them_apart(
    alice_client: Client, dataset: Dataset, flagged: View, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(FRAME + 2):  # Dataset, views.
        names = html_of(alice_client.get(_url("view_side", dataset), headers=HTMX))
    assert "Flagged" in names
    assert "?counts=1" in names
    with django_assert_num_queries(
        FRAME + 2 + 5
    ):  # A count within its limit of time, and a savepoint around it.
        counted = html_of(alice_client.get(_url("view_side", dataset, counts=1), headers=HTMX))
    assert '<span class="side-views__count num">2</span>' in counted


def test_a_view_that_counts_too_long_or_not_at_all_leaves_the_others_counted(
    alice_client: Client, dataset: Dataset, flagged: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    View.objects.create(dataset=dataset, owner=flagged.owner, name="Broken", query="tokens=x", is_shared=True)
    shown = html_of(alice_client.get(_url("view_side", dataset, counts=1), headers=HTMX))
    assert 'title="Counting took too long">many</span>' in shown
    assert '<span class="side-views__count num">2</span>' in shown
    monkeypatch.setattr(viewbar, "ALL_COUNTS_SECONDS", -1.0)
    assert ">2</span>" not in html_of(alice_client.get(_url("view_side", dataset, counts=1), headers=HTMX))


def test_a_deleted_view_takes_no_record_along(bob_client: Client, dataset: Dataset, flagged: View) -> None:
    page = bob_client.post(_url("view_delete", dataset, flagged.id), follow=True)
    assert "View Flagged deleted" in html_of(page)
    assert "No views yet" in html_of(page)
    assert dataset.records.count() == 5
