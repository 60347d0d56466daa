"""The files of a dataset: attached, synced by a plan that a person has seen, and detached."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from datasets.authors import page_author
from datasets.file_forms import FileUploadForm
from datasets.form_uploads import keep_upload
from datasets.job_cards import card_of, has_worker
from datasets.job_words import NO_WORKER
from datasets.models import Attachment, Dataset
from files.models import File
from files.querysets import FileQuerySet
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from project.lib.ids import parse_id
from project.lib.keyset import newest_page
from records.attachment_forms import DetachForm
from records.attachments import read_attachments
from records.models import Record, SyncPlan
from records.plans import PlanPage, read_plan
from records.syncing import actions
from records.syncing.recipes import recipe_of

FILES_OFFERED = 20


@never_cache
@require_GET
@workspace_required
def attachment_list(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset, now = _get_dataset(request, dataset_id), timezone.now()
    attachments = Attachment.objects.in_dataset(dataset).filter(file__in=_files(request))
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = newest_page(attachments, after=after, before=before)
    except CursorError:
        return redirect("records:attachment_list", dataset.id)
    is_worker_there = has_worker(now)
    cards = read_attachments(dataset, page.rows, now, is_worker_there=is_worker_there)
    is_active = any(card.is_active for card in cards)
    context = {
        "dataset": dataset,
        "cards": cards,
        "page": page,
        "is_active": is_active,
        "worker_sentence": NO_WORKER if is_active and not is_worker_there else "",
    }
    return render_page(request, "records/attachment_list.html", "records/_attachment_table.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def attachment_create(request: PageRequest, dataset_id: UUID) -> HttpResponseBase:
    """A file of the library, or one that is uploaded right here."""
    dataset = _get_dataset(request, dataset_id)
    if request.method == "GET":
        return _draw_picker(request, dataset)
    form = FileUploadForm(request.POST, request.FILES)
    chosen = parse_id(request.POST.get("file", ""))
    if chosen is None and not form.is_valid():
        return _draw_upload(request, dataset, form)
    try:
        file = (
            get_object_or_404(_files(request), pk=chosen)
            if chosen
            else keep_upload(request, form.cleaned_data["content"])
        )
        actions.attach_file(dataset, file, author=page_author(request))
    except DomainError as error:
        form.add_error("content", str(error))
        return _draw_upload(request, dataset, form)
    messages.success(request, f"{file.label} is attached. Nothing is in the records yet.")
    place = resolve_url("records:attachment_detail", dataset.id, file.id)
    return HttpResponseClientRedirect(place) if request.htmx else redirect(place)


@never_cache
@require_GET
@workspace_required
def attachment_detail(request: PageRequest, dataset_id: UUID, file_id: UUID) -> HttpResponse:
    """How far the file is synced, what is being done with it, and what its last plan or sync says."""
    dataset = _get_dataset(request, dataset_id)
    attachment, now = _get_attachment(request, dataset, file_id), timezone.now()
    is_worker_there = has_worker(now)
    [card] = read_attachments(dataset, [attachment], now, is_worker_there=is_worker_there)
    job = card.job.job if card.job else None
    context = {
        "dataset": dataset,
        "card": card,
        "file": card.file,
        "attachment": attachment,
        "job_card": card_of(job, now, is_worker_there=is_worker_there) if job else None,
        "told": _last_plan(dataset, card.file) if job and job.status == "completed" else None,
    }
    return render_page(request, "records/attachment_detail.html", "records/_attachment_state.html", context)


@require_POST
@editor_required
def attachment_plan(request: PageRequest, dataset_id: UUID, file_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    attachment = _get_attachment(request, dataset, file_id)
    actions.start_plan(dataset, attachment.file, author=page_author(request))
    return redirect("records:attachment_detail", dataset.id, file_id)


@require_POST
@editor_required
def attachment_sync(request: PageRequest, dataset_id: UUID, file_id: UUID) -> HttpResponse:
    """Applies the plan that the page has shown."""
    dataset = _get_dataset(request, dataset_id)
    attachment = _get_attachment(request, dataset, file_id)
    plans = SyncPlan.objects.of_attachment(dataset, attachment.file)
    plan = get_object_or_404(plans.select_related("job"), pk=parse_id(request.POST.get("plan", "")))
    try:
        actions.apply_plan(plan, author=page_author(request))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("records:attachment_detail", dataset.id, file_id)


@require_http_methods(["GET", "POST"])
@editor_required
def attachment_detach(request: PageRequest, dataset_id: UUID, file_id: UUID) -> HttpResponse:
    dataset = _get_dataset(request, dataset_id)
    file = _get_attachment(request, dataset, file_id).file
    form = DetachForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["records"] == DetachForm.TRASH:
            moved = actions.detach_file_and_trash_records(dataset, file, author=page_author(request))
            told = f"{moved:,} record{'' if moved == 1 else 's'} moved to the trash."
        else:
            actions.detach_file(dataset, file, author=page_author(request))
            told = "Its records stay."
        messages.success(request, f"{file.label} is detached. {told}")
        return redirect("records:attachment_list", dataset.id)
    context = {
        "dataset": dataset,
        "file": file,
        "form": form,
        "records": Record.objects.in_dataset(dataset).synced_from(file).count(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "records/attachment_detach.html", context, status=status)


def _draw_picker(request: PageRequest, dataset: Dataset) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()
    attached = Attachment.objects.in_dataset(dataset).values("file_id")
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    offered = _files(request).named_like(query).exclude(id__in=attached)
    try:
        page = newest_page(offered, after=after, before=before, size=FILES_OFFERED)
    except CursorError:
        return redirect("records:attachment_create", dataset.id)
    context = {"page": page, "query": query, **_upload_context(dataset, FileUploadForm())}
    return render_page(request, "records/attachment_create.html", "records/_attachment_picker.html", context)


def _draw_upload(request: PageRequest, dataset: Dataset, form: FileUploadForm) -> HttpResponse:
    context = {"page": None, **_upload_context(dataset, form)}
    return render_page(
        request, "records/attachment_create.html", "records/_attachment_upload.html", context, status=422
    )


def _upload_context(dataset: Dataset, form: FileUploadForm) -> dict[str, object]:
    return {"dataset": dataset, "form": form, "limit_bytes": settings.MAX_UPLOAD_BYTES}


def _last_plan(dataset: Dataset, file: File) -> PlanPage | None:
    plan = SyncPlan.objects.of_attachment(dataset, file).select_related("job").first()
    return read_plan(dataset, plan, recipe_of(dataset, file)) if plan else None


def _get_dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)


def _get_attachment(request: PageRequest, dataset: Dataset, file_id: UUID) -> Attachment:
    attachments = Attachment.objects.in_dataset(dataset).filter(file__in=_files(request))
    return get_object_or_404(attachments, file_id=file_id)


def _files(request: PageRequest) -> FileQuerySet:
    """Those that the reader may know of."""
    return File.objects.visible_to(request.workspace).current(timezone.now()).open_to(request.user)
