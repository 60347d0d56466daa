from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from project.lib.htmx import render_page
from project.lib.keyset import oldest_page
from records.logpages.figures import count, dollars, seconds
from records.logpages.listing import newest_moment
from records.logpages.scope import Scope, clean_scope_query, joined, read_scope, spelled
from records.logpages.scopebar import scope_bar
from records.logpages.threadlists import LOGS_SHOWN, read_threads, steps_of, threads_in
from threads.models import Log, Thread
from threads.threadfields import THREAD_FIELDS

SEARCHED = "thread_identifier:icontains"


@require_GET
@workspace_required
def thread_list(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    try:
        scope = read_scope(request.GET, now=now, registry=THREAD_FIELDS)
        cleaned = clean_scope_query(request.GET, scope)
    except FilterError as error:
        plain = read_scope(QueryDict(), now=now, registry=THREAD_FIELDS)
        return _draw_list(request, {**_bar(plain), "error": str(error)})
    if cleaned is not None:
        return redirect(f"{request.path}?{cleaned}" if cleaned else request.path)
    return _draw_list(request, {**_bar(scope), **_listing(request, scope)})


@require_GET
@workspace_required
def thread_detail(request: PageRequest, thread_id: UUID) -> HttpResponse:
    """The conversation in the order of time, log by log; `after=` is the log behind which it goes on."""
    thread = get_object_or_404(Thread.objects.visible_to(request.workspace), pk=thread_id)
    logs = Log.objects.visible_to(request.workspace).in_environment(thread.environment)
    logs = logs.between(thread.first_log_at, thread.last_log_at).in_thread(thread.identifier)
    try:
        page = oldest_page(logs, after=request.GET.get("after", ""), size=LOGS_SHOWN)
    except CursorError:
        return redirect("threads:thread_detail", thread.id)
    context = {
        "thread": thread,
        "steps": steps_of(page.rows),
        "is_first_page": not request.GET.get("after"),
        "next_cursor": page.next_cursor,
        "cost": dollars(thread.cost),
        "tokens": count(thread.total_tokens),
        "latency": seconds(thread.average_latency),
        "logs_query": urlencode(
            [("env", thread.environment), ("window", "all"), ("thread_identifier", thread.identifier)]
        ),
        "list_query": urlencode([("env", thread.environment)]),
        "sample_query": urlencode(
            [
                ("env", thread.environment),
                ("from", spelled(thread.first_log_at)),
                ("to", spelled(thread.last_log_at)),
                ("thread_identifier", thread.identifier),
                ("ticked", "yes"),
            ]
        ),
    }
    return render(request, "threads/thread_detail.html", context)


def _draw_list(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if "error" in context else 200
    return render_page(
        request, "threads/thread_list.html", "threads/_thread_desk.html", context, status=status
    )


def _bar(scope: Scope) -> dict[str, Any]:
    return {
        **scope_bar(scope, THREAD_FIELDS, searched=SEARCHED, controls={SEARCHED}),
        "search_hint": "Find by the id of a thread",
        "field_hint": "customer_identifier, cost …",
        "sample_url": f"{reverse('threads:thread_sample_create')}?{scope.fixed.query}",
        "ticked_hidden": [*scope.fixed.place_pairs, *scope.filter.beside({"thread_identifier"})],
    }


def _listing(request: PageRequest, scope: Scope) -> dict[str, Any]:
    after = request.GET.get("after", "")
    try:
        page = read_threads(threads_in(request.workspace, scope), after=after)
    except DomainError as error:
        return {"error": str(error)}
    path = request.path
    found: dict[str, Any] = {
        "rows": page.rows,
        "first_url": f"{path}?{scope.query}" if after else "",
        "next_url": f"{path}?{joined(scope.query, urlencode({'after': page.next_cursor}))}"
        if page.next_cursor
        else "",
    }
    if not page.rows:
        found["newest_at"] = newest_moment(request.workspace, scope.environment)
        found["is_unrestricted"] = scope.is_unrestricted
    return found
