from __future__ import annotations

import pytest

from datasets import savedviews
from datasets.errors import (
    ViewForbiddenError,
    ViewInvalidError,
    ViewLimitError,
    ViewNotFoundError,
    ViewTakenError,
)
from datasets.models import Dataset, DefaultView, View
from datasets.savedviews import create_view, delete_view, set_default_view, update_view
from project.accounts.models import Membership, User


@pytest.fixture
def owner(alice: User) -> Membership:
    return Membership.objects.get(user=alice)


@pytest.fixture
def editor(bob: User) -> Membership:
    return Membership.objects.get(user=bob)


@pytest.fixture
def reader(viewer: User) -> Membership:
    return Membership.objects.get(user=viewer)


def test_a_private_view_is_seen_by_nobody_else(
    dataset: Dataset, owner: Membership, editor: Membership
) -> None:
    view = create_view(dataset, member=editor, name=" My   flagged ", query="status=flagged")
    assert (view.name, view.query, view.is_shared) == ("My flagged", "status=flagged", False)
    views = View.objects.visible_to(dataset.workspace)
    assert list(views.open_to(editor.user)) == [view]
    assert not views.open_to(owner.user).exists()
    update_view(view, member=editor, is_shared=True)
    assert list(views.open_to(owner.user)) == [view]


def test_no_other_workspace_sees_a_view(
    dataset: Dataset, stranger_dataset: Dataset, editor: Membership
) -> None:
    create_view(dataset, member=editor, name="Flagged", is_shared=True)
    assert not View.objects.visible_to(stranger_dataset.workspace).exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_a_view_has_a_name(dataset: Dataset, editor: Membership, name: str) -> None:
    with pytest.raises(ViewInvalidError, match="1 to 100 characters"):
        create_view(dataset, member=editor, name=name)


@pytest.mark.parametrize(
    "values", [{"query": "q=" + "x" * 8_000}, {"second_percent": 101}, {"second_percent": -1}]
)
def test_what_cannot_be_kept_is_refused(dataset: Dataset, editor: Membership, values: dict[str, int]) -> None:
    with pytest.raises(ViewInvalidError):
        create_view(dataset, member=editor, name="Bad", **values)  # type: ignore[arg-type]
    assert not View.objects.exists()


def test_names_are_taken_once_by_each_person_and_once_among_the_shared(
    dataset: Dataset, owner: Membership, editor: Membership
) -> None:
    create_view(dataset, member=owner, name="Flagged", is_shared=True)
    mine = create_view(dataset, member=editor, name="Flagged")
    with pytest.raises(ViewTakenError, match="You have a view Flagged"):
        create_view(dataset, member=editor, name="Flagged")
    with pytest.raises(ViewTakenError, match="There is a shared view Flagged"):
        update_view(mine, member=editor, is_shared=True)
    mine.refresh_from_db()
    assert not mine.is_shared


def test_a_reader_keeps_views_but_shares_none(dataset: Dataset, reader: Membership) -> None:
    view = create_view(dataset, member=reader, name="To read")
    for values in ({"is_shared": True}, {"second_percent": 10}):
        with pytest.raises(ViewForbiddenError, match="editor role"):
            update_view(view, member=reader, **values)


def test_a_shared_view_is_its_owners_and_the_workspace_owners_to_change(
    dataset: Dataset, owner: Membership, editor: Membership, reader: Membership
) -> None:
    view = create_view(dataset, member=editor, name="Flagged", is_shared=True)
    with pytest.raises(ViewForbiddenError, match="Bob keeps this view"):
        update_view(view, member=reader, query="status=new")
    with pytest.raises(ViewForbiddenError):
        delete_view(view, member=reader)
    assert update_view(view, member=owner, query="status=new").query == "status=new"
    delete_view(view, member=owner)
    with pytest.raises(ViewNotFoundError):
        update_view(view, member=editor, name="Back")


def test_nobody_keeps_more_views_than_anybody_finds(
    dataset: Dataset, editor: Membership, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(savedviews, "MAX_VIEWS", 2)
    for name in ("One", "Two"):
        create_view(dataset, member=editor, name=name)
    with pytest.raises(ViewLimitError, match="You have 2 views"):
        create_view(dataset, member=editor, name="Three")
    create_view(dataset, member=owner, name="Three")


def test_each_person_has_one_default_which_goes_with_the_sharing(
    dataset: Dataset, owner: Membership, editor: Membership
) -> None:
    one = create_view(dataset, member=editor, name="One", is_shared=True)
    two = create_view(dataset, member=owner, name="Two")
    for view in (two, one):
        set_default_view(view, user=owner.user)
    set_default_view(one, user=editor.user)
    assert set(DefaultView.objects.values_list("user", "view")) == {
        (owner.user.pk, one.pk),
        (editor.user.pk, one.pk),
    }
    update_view(one, member=editor, is_shared=False)
    assert list(View.objects.default_of(editor.user)) == [one]
    assert not View.objects.default_of(owner.user).exists()
