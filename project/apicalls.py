"""The API button: what is on the screen, said as calls of each dialect, with the ids and the filter that are there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from datasets.models import Dataset
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.api.addresses import absolute_url
from project.api.calls import Equivalent, Page, Subject
from project.api.chatbotkit import calls as chatbotkit
from project.api.keywordsai import calls as keywordsai
from project.api.mistral import calls as mistral
from project.lib.filters import Condition, Group, Operator
from project.lib.htmx import render_page
from project.lib.ids import parse_id
from records.fields import RECORD_FIELDS
from records.filterbar import read_filter
from records.logpages.scope import Scope, read_scope, spelled
from records.models import Record
from threads.fields import LOG_FIELDS
from threads.ids import EPOCH
from threads.models import Log

DIALECTS = (mistral, chatbotkit, keywordsai)
MOST_IDS = 10
_OF_DATASET = frozenset({Page.RECORDS, Page.RECORD, Page.EXPORT, Page.SEARCH, Page.CHANGE})
_NO_CHOICE = "No dialect exports records that were ticked one by one: these calls bring all."
_OF_RECORDS = frozenset({Page.RECORD, Page.CHANGE})


@dataclass(frozen=True, slots=True)
class Said:
    """What a dialect answers, as it is drawn."""

    name: str
    language: str
    code: str
    curl: str
    notes: tuple[str, ...]


@require_GET
@workspace_required
def dataset_calls(request: PageRequest, dataset_id: UUID, page: str) -> HttpResponse:
    """Of a page of a dataset. `record=` names records, `q` what is searched, `task` what is to become of records."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    if page not in _OF_DATASET:
        raise Http404(f"There is no page {page} of a dataset.")
    list_filter = read_filter(request.GET.lists(), other_keys={"record", "task", "mode", "like"})
    is_search = page == Page.SEARCH
    subject = Subject(
        Page(page),
        _address(request),
        list_filter.without("q").condition if is_search else list_filter.condition,
        RECORD_FIELDS,
        dataset.pk,
        _record_ids(dataset, request, list_filter.condition) if page in _OF_RECORDS else (),
        words=list_filter.search or "what you are looking for",
        task=request.GET.get("task", ""),
    )
    is_of_some = page == Page.EXPORT and "record" in request.GET
    return _draw(request, subject, note=_NO_CHOICE if is_of_some else "", also=_also(request, subject))


@require_GET
@workspace_required
def log_calls(request: PageRequest) -> HttpResponse:
    """Of the list of logs, or of the one that `log=` names."""
    log_id = parse_id(request.GET.get("log", ""))
    if log_id is not None:
        log = get_object_or_404(Log.objects.visible_to(request.workspace).only("id"), pk=log_id)
        return _draw(request, Subject(Page.LOG, _address(request), ids=(log.pk,)))
    scope = read_scope(request.GET, now=timezone.now(), registry=LOG_FIELDS)
    condition = Group((scope.filter.condition, *_times(scope)))
    subject = Subject(Page.LOGS, _address(request), condition, LOG_FIELDS)
    return _draw(
        request,
        subject,
        f"A key of the environment {scope.environment} sees these logs; another one does not.",
    )


@require_GET
@workspace_required
def datasets_calls(request: PageRequest) -> HttpResponse:
    return _draw(request, Subject(Page.DATASETS, _address(request)))


def _times(scope: Scope) -> list[Condition]:
    """An end that is now is left out, as is a beginning before all."""
    start = [Condition("logged_at", Operator.AT_LEAST, spelled(scope.start))] if scope.start != EPOCH else []
    return start if scope.window else [*start, Condition("logged_at", Operator.AT_MOST, spelled(scope.end))]


def _record_ids(dataset: Dataset, request: HttpRequest, condition: Group) -> tuple[UUID, ...]:
    """Those that are named and there, else the newest that matches. Raises FilterError."""
    named = [named_id for text in request.GET.getlist("record")[:MOST_IDS] if (named_id := parse_id(text))]
    records = Record.objects.in_dataset(dataset)
    ids = records.filter(pk__in=named) if named else records.matching(condition, dataset).in_reverse_order()
    found = tuple(ids.values_list("pk", flat=True)[: MOST_IDS if named else 1])
    if not found:
        raise Http404("There is no such record in this dataset.")
    return found


def _address(request: HttpRequest) -> str:
    return absolute_url(request, "/").removesuffix("/")


def _also(request: PageRequest, subject: Subject) -> tuple[str, str] | None:
    """The list leads to the export of what it shows, and back."""
    others = {
        Page.RECORDS: (Page.EXPORT, "The export of these records"),
        Page.EXPORT: (Page.RECORDS, "The list"),
    }
    if subject.page not in others:
        return None
    page, label = others[subject.page]
    url = reverse("dataset_calls", args=[subject.dataset_id, page.value])
    return label, f"{url}?{request.GET.urlencode()}"


def _draw(
    request: PageRequest, subject: Subject, note: str = "", also: tuple[str, str] | None = None
) -> HttpResponse:
    said = [
        _said(dialect.NAME, dialect.LANGUAGE, dialect.CALLS[subject.page](subject), subject.address)
        for dialect in DIALECTS
    ]
    context = {"dialects": said, "note": note, "also": also}
    return render_page(request, "calls/call_list.html", "calls/_call_dialog.html", context)


def _said(name: str, language: str, equivalent: Equivalent, address: str) -> Said:
    call = equivalent.call
    return Said(
        name,
        language,
        call.code if call else "",
        call.curl(address) if call else "",
        equivalent.notes,
    )


urlpatterns = [
    path("datasets/calls/", datasets_calls, name="datasets_calls"),
    path("datasets/<uuid:dataset_id>/calls/<slug:page>/", dataset_calls, name="dataset_calls"),
    path("logs/calls/", log_calls, name="log_calls"),
]
