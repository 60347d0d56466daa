"""Repairing one record by hand: an editor takes the place of what it edits, and without script is a page of its own.
A save says which version was seen; after a clash the editor comes back with both texts and status 422."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, trigger_client_event

from datasets.authors import page_author
from datasets.models import Dataset, Revision
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from records import actions
from records.changes import AddTags, RemoveTags
from records.editing_forms import ContentForm, DetailsForm, TurnForm
from records.editors import (
    DetailsEditor,
    TextEditor,
    clashing_details,
    clashing_new_turn,
    clashing_text,
    clashing_turn,
    details_editor,
    new_turn_editor,
    text_editor,
    turn_editor,
)
from records.errors import NothingToChangeError, RecordChangedError, RecordNotFoundError
from records.metatable import KINDS, MetaField
from records.models import Record
from records.readerpage import reader_context
from records.suggestions import suggest
from records.toasts import undo_url
from records.turns import ROLES, InsertTurn, messages_of

GONE = (
    "This record is not here any more: somebody moved it to the trash or deleted it. "
    "What you wrote is kept in this browser as a draft."
)


@never_cache
@require_http_methods(["GET", "POST"])
@editor_required
def turn_edit(request: PageRequest, dataset_id: UUID, record_id: UUID, number: int) -> HttpResponse:
    record = _get_record(request, dataset_id, record_id)
    editor = turn_editor(record, number)
    if request.method == "GET":
        if editor is None:
            raise Http404(f"There is no turn {number} in this conversation.")
        return _draw_turn(request, record, editor)
    form = TurnForm(request.POST)
    if not form.is_valid():
        return _draw_turn(request, record, _refused(editor or new_turn_editor(record, 0), form))
    mine = _sent_turn(form, number)
    try:
        edit = form.edit_of(number)
        revision = actions.edit_turns(record, edit, version=form.version_seen, author=page_author(request))
    except RecordChangedError:
        clashing = clashing_turn(_fresh(record), mine)
        if clashing.is_there_already and not form.cleaned_data["do"]:
            return _say_there_already(request, record, f"turn-{clashing.number}")
        return _draw_turn(request, record, clashing)
    except RecordNotFoundError:
        raise
    except DomainError as error:
        return _draw_turn(request, record, replace(mine, error=str(error)))
    return _go_on(request, record, revision, f"turn-{form.place_after(number)}")


@never_cache
@require_http_methods(["GET", "POST"])
@editor_required
def turn_add(request: PageRequest, dataset_id: UUID, record_id: UUID, after: int) -> HttpResponse:
    """A new turn behind turn number `after`."""
    record = _get_record(request, dataset_id, record_id)
    editor = new_turn_editor(record, after)
    if request.method == "GET":
        return _draw_turn(request, record, editor)
    form = TurnForm(request.POST)
    if not form.is_valid():
        return _draw_turn(request, record, _refused(editor, form))
    mine = replace(_sent_turn(form, after), is_new=True)
    try:
        revision = actions.edit_turns(
            record,
            InsertTurn(after, mine.role, "\n\n".join(mine.texts)),
            version=form.version_seen,
            author=page_author(request),
        )
    except RecordChangedError:
        return _draw_turn(request, record, clashing_new_turn(_fresh(record), mine))
    except RecordNotFoundError:
        raise
    except DomainError as error:
        return _draw_turn(request, record, replace(mine, error=str(error)))
    return _go_on(request, record, revision, f"turn-{after + 1}")


@never_cache
@require_http_methods(["GET", "POST"])
@editor_required
def text_edit(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    record = _get_record(request, dataset_id, record_id)
    if request.method == "GET":
        return _draw_text(request, record, text_editor(record))
    form = ContentForm(request.POST)
    if not form.is_valid() or len(form.texts) != 1:
        return _draw_text(request, record, _refused(text_editor(record), form))
    mine = TextEditor(form.version_seen, form.texts)
    try:
        revision = actions.edit_text(
            record, form.texts[0], version=form.version_seen, author=page_author(request)
        )
    except RecordChangedError:
        text = clashing_text(_fresh(record), form.texts)
        if text.is_there_already:
            return _say_there_already(request, record, "record-content")
        return _draw_text(request, record, text)
    except RecordNotFoundError:
        raise
    except DomainError as error:
        return _draw_text(request, record, replace(mine, error=str(error)))
    return _go_on(request, record, revision, "record-content")


@never_cache
@require_http_methods(["GET", "POST"])
@editor_required
def details_edit(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    """Meta and source."""
    record = _get_record(request, dataset_id, record_id)
    editor = details_editor(record)
    if request.method == "GET":
        return _draw_details(request, record, editor)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _draw_details(request, record, replace(editor, error=_first_error(form)))
    source = form.cleaned_data["source"]
    fields: tuple[MetaField, ...] = editor.fields
    try:
        fields = form.fields_sent()
        revision = actions.edit_details(
            record, fields, source=source, version=form.version_seen, author=page_author(request)
        )
    except RecordChangedError:
        details = clashing_details(_fresh(record), fields, source)
        if details.is_there_already:
            return _say_there_already(request, record, "record-details")
        return _draw_details(request, record, details)
    except RecordNotFoundError:
        raise
    except DomainError as error:
        mine = replace(editor, version=form.version_seen, fields=fields, source=source, error=str(error))
        return _draw_details(request, record, mine)
    return _go_on(request, record, revision, "record-details")


@require_POST
@editor_required
def tags_edit(request: PageRequest, dataset_id: UUID, record_id: UUID) -> HttpResponse:
    """`add` has tags with commas between them, `remove` is one tag."""
    record = _get_record(request, dataset_id, record_id)
    removed = request.POST.get("remove", "")
    added = tuple(tag.strip() for tag in request.POST.get("add", "").split(",") if tag.strip())
    change = RemoveTags((removed,)) if removed else AddTags(added)
    try:
        revision = actions.edit_tags(record, change, author=page_author(request))
    except NothingToChangeError:
        messages.info(request, "The tags are like this already.")
        return _go_on(request, record, None, "record-tags")
    return _go_on(request, record, revision, "record-tags")


@require_GET
@workspace_required
def tag_suggestions(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Tags in use, for the fields in which tags are written."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    return render(request, "records/_tag_options.html", {"tags": suggest(dataset).tags})


def _get_record(request: PageRequest, dataset_id: UUID, record_id: UUID) -> Record:
    """Raises RecordNotFoundError for one that is in the trash or erased; a stranger does not get that far."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    record = Record.objects.in_dataset(dataset).select_related("revision").filter(pk=record_id).first()
    if record is None:
        raise RecordNotFoundError(GONE)
    record.dataset = dataset
    return record


def _fresh(record: Record) -> Record:
    """As it is now, after somebody else changed it."""
    return Record.objects.select_related("dataset").get(pk=record.pk)


def _sent_turn(form: TurnForm, number: int) -> TextEditor:
    sent = form.cleaned_data
    return TextEditor(form.version_seen, form.texts, number=number, role=sent["role"], mark=sent["mark"])


def _refused(editor: TextEditor, form: ContentForm) -> TextEditor:
    """What was sent, with what is wrong with it."""
    texts = form.cleaned_data.get("text") or editor.texts
    return replace(editor, texts=texts, role=form.data.get("role", editor.role), error=_first_error(form))


def _first_error(form: ContentForm | DetailsForm) -> str:
    return next((str(error) for errors in form.errors.values() for error in errors), "Load the page again.")


def _draw_turn(request: PageRequest, record: Record, editor: TextEditor) -> HttpResponse:
    name, number = ("turn_add", editor.number) if editor.is_new else ("turn_edit", editor.number)
    action = reverse(f"records:{name}", args=[record.dataset_id, record.pk, number])
    said = (message.get("role") for message in messages_of(record.as_payload))
    roles = dict.fromkeys([*ROLES, *(role for role in said if isinstance(role, str))])
    title = f"Add a turn after turn {number}" if editor.is_new else f"Edit turn {number}"
    return _draw(request, record, editor, "records/_turn_editor.html", action, title, roles=list(roles))


def _draw_text(request: PageRequest, record: Record, editor: TextEditor) -> HttpResponse:
    action = reverse("records:text_edit", args=[record.dataset_id, record.pk])
    return _draw(request, record, editor, "records/_text_editor.html", action, "Edit the text")


def _draw_details(request: PageRequest, record: Record, editor: DetailsEditor) -> HttpResponse:
    action = reverse("records:details_edit", args=[record.dataset_id, record.pk])
    return _draw(
        request, record, editor, "records/_details_editor.html", action, "Edit meta and source", kinds=KINDS
    )


def _draw(
    request: PageRequest,
    record: Record,
    editor: TextEditor | DetailsEditor,
    partial: str,
    action: str,
    title: str,
    **more: Any,
) -> HttpResponse:
    query = request.GET.urlencode()
    context = {
        "dataset": record.dataset,
        "record": record,
        "editor": editor,
        "partial": partial,
        "draft": action,
        "action": f"{action}?{query}" if query else action,
        "detail_url": _detail_url(request, record),
        "title": title,
        **more,
    }
    status = 200 if request.method == "GET" else 422
    return render_page(request, "records/record_edit.html", partial, context, status=status)


def _go_on(request: PageRequest, record: Record, revision: Revision | None, place: str) -> HttpResponse:
    """Pieces for those places that the page at hand has, or back to the record's page."""
    if revision is not None:
        _say_saved(request, record, revision)
    if not request.htmx:
        return redirect(f"{_detail_url(request, record)}#{place}")
    fresh = Record.objects.select_related("revision", "dataset").get(pk=record.pk)
    context = reader_context(request, fresh.dataset, fresh)
    list_url = reverse("records:record_list", args=[record.dataset_id])
    context["is_in_list"] = (request.htmx.current_url_abs_path or "").startswith(f"{list_url}?")
    response = render(request, "records/_record_edited.html", {**context, "is_update": True})
    shown = {
        "id": str(fresh.pk),
        "preview": fresh.preview,
        "turns": f"{fresh.turns:,}",
        "tokens": f"{fresh.tokens:,}",
        "place": place,
    }
    return trigger_client_event(reswap(response, "none"), "record:saved", shown, after="swap")


def _say_there_already(request: PageRequest, record: Record, place: str) -> HttpResponse:
    messages.info(request, "The record is like this already, so nothing was changed.")
    return _go_on(request, record, None, place)


def _say_saved(request: PageRequest, record: Record, revision: Revision) -> None:
    name = Record.objects.only("preview").get(pk=record.pk).preview[:60].strip() or "the record"
    url = reverse("records:revision_detail", args=[record.dataset_id, revision.number])
    told = format_html('Saved “{}” as <a href="{}">revision {}</a>.', name, url, f"{revision.number:,}")
    messages.success(request, told, extra_tags=undo_url(revision))


def _detail_url(request: PageRequest, record: Record) -> str:
    path = reverse("records:record_detail", args=[record.dataset_id, record.pk])
    return f"{path}?{request.GET.urlencode()}" if request.GET else path
