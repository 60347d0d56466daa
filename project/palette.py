"""The palette: pages and datasets found by a few letters. What can be done on the page at hand is added by the page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from datasets.models import Dataset, View
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.accounts.models import Membership
from project.lib.htmx import render_page

MOST_DATASETS = 8
MOST_VIEWS = 8
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`shortcut` names the key that goes there, where one does."""

    label: str
    url: str
    hint: str = ""
    shortcut: str = ""


@require_GET
@workspace_required
def palette(request: PageRequest) -> HttpResponse:
    """Without script a page of links; for the dialog what is found while somebody types there."""
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_LETTERS]
    context = {
        "asked": asked,
        "groups": [
            ("Go to", _pages(request.membership, asked)),
            ("Datasets", _datasets(request, asked)),
            ("Views", _views(request, asked)),
        ],
    }
    return render_page(request, "palette/palette.html", "palette/_found.html", context)


def _pages(membership: Membership, asked: str) -> list[Entry]:
    entries = [
        Entry("Datasets", reverse("datasets:dataset_list"), shortcut="go-datasets"),
        Entry("Logs", reverse("threads:log_list"), shortcut="go-logs"),
        Entry("Threads", reverse("threads:thread_list"), shortcut="go-threads"),
        Entry("Sampling rules", reverse("threads:rule_list"), shortcut="go-rules"),
        Entry("Sampling rules", reverse("threads:rule_list"), shortcut="go-rules"),
        Entry("Campaigns", reverse("campaigns:campaign_list"), shortcut="go-campaigns"),
        Entry("Judges", reverse("campaigns:judge_list"), shortcut="go-judges"),
        Entry("Files", reverse("files:file_list"), shortcut="go-files"),
        Entry("Jobs", reverse("datasets:job_list"), shortcut="go-jobs"),
        Entry("API keys", reverse("accounts:key_list"), shortcut="go-keys"),
        Entry("Send logs", reverse("threads:log_send")),
        Entry("Keyboard", reverse("accounts:shortcut_list")),
    ]
    if membership.can_write:
        entries.append(Entry("New dataset", reverse("datasets:dataset_create")))
    words = asked.lower().split()
    return [entry for entry in entries if all(word in entry.label.lower() for word in words)]


def _datasets(request: PageRequest, asked: str) -> list[Entry]:
    """The newest of those with these letters in their name."""
    found = Dataset.objects.visible_to(request.workspace).named_like(asked).newest_first()[:MOST_DATASETS]
    return [
        Entry(
            dataset.label,
            reverse("records:record_list", args=[dataset.pk]),
            f"{dataset.record_count:,} record{'' if dataset.record_count == 1 else 's'}",
        )
        for dataset in found
    ]


def _views(request: PageRequest, asked: str) -> list[Entry]:
    """Of all datasets, those with these letters in their name."""
    views = View.objects.visible_to(request.workspace).open_to(request.user).named_like(asked)
    return [
        Entry(view.name, reverse("records:view_open", args=[view.dataset_id, view.pk]), view.dataset.label)
        for view in views.by_name().select_related("dataset")[:MOST_VIEWS]
    ]


urlpatterns = [path("find/", palette, name="palette")]
