"""The saved view that a list began from, and how the list differs from it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from datasets.models import Dataset, View
from project.accounts.models import Membership, User, Workspace
from project.lib.errors import InvalidError
from project.lib.filterwords import in_words
from project.lib.ids import parse_id
from records.fields import RECORD_FIELDS
from records.filterbar import ListFilter, read_filter
from records.listing import matching_records
from records.pages import Total, count_filtered
from records.readerpage import joined

COUNT_MS = 200  # Longer than this no count of a view takes,
ALL_COUNTS_SECONDS = 1.5  # and all of them together; those left then stay uncounted.


@dataclass(frozen=True, slots=True)
class ViewBar:
    """What stands beside the filter: the view's name, and what can be done with it."""

    view: View | None
    query: str  # Of the list as it is shown, as a view would keep it.
    can_change: bool

    @property
    def is_changed(self) -> bool:
        return self.view is not None and self.view.query != self.query

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to save."""
        return self.view is None and not self.query


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A view in a list of views. Its count is None while nobody has counted."""

    view: View
    total: Total | None = None

    @property
    def words(self) -> str:
        return in_words(filter_of(self.view).condition, RECORD_FIELDS)


def read_view_bar(dataset: Dataset, user: User, member: Membership, list_filter: ListFilter) -> ViewBar:
    """One query when the address names a view, none else. A view that this user may not see is none."""
    view_id = parse_id(next(iter(list_filter.values("saved")), ""))
    views = View.objects.in_dataset(dataset).open_to(user).select_related("owner")
    view = views.filter(pk=view_id).first() if view_id else None
    can_change = view is not None and view.is_changeable_by(member)
    return ViewBar(view, list_filter.view_query, can_change)


def filter_of(view: View) -> ListFilter:
    return read_filter(QueryDict(view.query).lists())


def get_view(workspace: Workspace, user: User, dataset_id: UUID, view_id: UUID) -> View:
    """With its dataset and owner. Raises Http404 for what this user may not see."""
    views = View.objects.visible_to(workspace).open_to(user)
    return get_object_or_404(views.select_related("dataset", "owner"), pk=view_id, dataset_id=dataset_id)


def list_url_of(view: View) -> str:
    """What it keeps, and its own name, so that the list says which view it is."""
    query = joined(view.query, urlencode({"saved": view.pk}))
    return f"{reverse('records:record_list', args=[view.dataset_id])}?{query}"


def clean_view_query(query: str) -> str:
    """The query of a list as a view keeps it. Raises FilterError for a filter that cannot be."""
    list_filter = read_filter(QueryDict(query).lists())
    RECORD_FIELDS.compile(list_filter.condition)
    return list_filter.view_query


def counted(dataset: Dataset, views: Iterable[View]) -> list[ViewLine]:
    """Each with its number of records, as far as that is known in a moment."""
    end = monotonic() + ALL_COUNTS_SECONDS
    return [ViewLine(view, _count(dataset, view) if monotonic() < end else Total(None)) for view in views]


def _count(dataset: Dataset, view: View) -> Total:
    list_filter = filter_of(view)
    if not list_filter.condition:
        return Total(dataset.record_count)
    try:
        return count_filtered(matching_records(dataset, list_filter), milliseconds=COUNT_MS)
    except InvalidError:
        return Total(None)
