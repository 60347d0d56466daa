"""Saved views: who may make, change, share and delete them. What their queries mean, the app of the records knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from datasets.errors import (
    ViewForbiddenError,
    ViewInvalidError,
    ViewLimitError,
    ViewNotFoundError,
    ViewTakenError,
)
from datasets.models import Dataset, DefaultView, View
from project.accounts.models import Membership, User
from project.lib.constraints import once
from project.lib.edits import assign

MAX_NAME = 100
MAX_QUERY = 8_000
MAX_VIEWS = 100


class ViewValues(TypedDict, total=False):
    """What can be said of a view."""

    name: str
    query: str
    is_shared: bool
    second_percent: int


@transaction.atomic
def create_view(dataset: Dataset, *, member: Membership, **values: Unpack[ViewValues]) -> View:
    """Any member may keep views for themselves. Raises ViewInvalidError, ViewTakenError, ViewLimitError, and
    ViewForbiddenError for what the role does not allow."""
    if View.objects.in_dataset(dataset).filter(owner_id=member.user_id).count() >= MAX_VIEWS:
        raise ViewLimitError(
            f"You have {MAX_VIEWS} views of this dataset, and more cannot be kept; delete some first."
        )
    view = View(dataset=dataset, owner_id=member.user_id)
    _assign(view, {"name": "", **values}, member)
    with _names_once(view):
        view.save(force_insert=True)
    return view


@transaction.atomic
def update_view(view: View, *, member: Membership, **values: Unpack[ViewValues]) -> View:
    """What is not given stays. Raises what `create_view` raises, and ViewNotFoundError."""
    fresh = View.objects.select_for_update(no_key=True).filter(pk=view.pk).first()
    if fresh is None:
        raise ViewNotFoundError("The view was deleted meanwhile.")
    _check_may_change(fresh, member)
    changed = _assign(fresh, values, member)
    if changed:
        fresh.updated_at = timezone.now()
        with _names_once(fresh):
            fresh.save(update_fields=[*changed, "updated_at"])
    if not fresh.is_shared:
        DefaultView.objects.filter(view=fresh).exclude(user_id=fresh.owner_id).delete()
    return fresh


@transaction.atomic
def delete_view(view: View, *, member: Membership) -> None:
    """The records stay as they are, and so does what was decided about them. Raises ViewForbiddenError."""
    _check_may_change(view, member)
    view.delete()


def set_default_view(view: View, *, user: User) -> None:
    """The dataset then opens with it for this user."""
    DefaultView.objects.update_or_create(dataset_id=view.dataset_id, user=user, defaults={"view": view})


def clear_default_view(dataset: Dataset, *, user: User) -> None:
    """The dataset then opens with all records for this user."""
    DefaultView.objects.filter(dataset=dataset, user=user).delete()


def _assign(view: View, values: ViewValues, member: Membership) -> list[str]:
    if not member.can_write and (values.get("is_shared") or values.get("second_percent")):
        raise ViewForbiddenError(
            "Your role may keep views for itself but not share them or ask for second opinions. "
            "Ask an owner for the editor role."
        )
    if not 0 <= values.get("second_percent", 0) <= 100:
        raise ViewInvalidError("The share for a second opinion is a percentage from 0 to 100.")
    return assign(view, values, {"name": _checked_name, "query": _checked_query})


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or "\x00" in name:
        raise ViewInvalidError(f"A view has a name of 1 to {MAX_NAME} characters.")
    return name


def _checked_query(query: str) -> str:
    if len(query) > MAX_QUERY:
        raise ViewInvalidError(
            f"The filter is longer than the {MAX_QUERY:,} characters that a view keeps; simplify it."
        )
    return query


def _check_may_change(view: View, member: Membership) -> None:
    if not view.is_changeable_by(member):
        raise ViewForbiddenError(
            f"{view.owner} keeps this view; ask them, or save it under another name as one of your own."
        )


@contextmanager
def _names_once(view: View) -> Iterator[None]:
    taken = ViewTakenError(f"You have a view {view.name} of this dataset already; choose another name.")
    shared = ViewTakenError(f"There is a shared view {view.name} already; choose another name.")
    with once("view_name_once", taken), once("view_shared_name_once", shared):
        yield
