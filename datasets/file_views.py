from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from datasets.authors import page_author
from datasets.file_actions import delete_file, settle_uploads, update_file
from datasets.file_forms import FileDetailsForm, FileUploadForm
from datasets.form_uploads import keep_upload, keep_version
from datasets.models import Attachment, Dataset
from files.downloads import file_response, version_response
from files.errors import FileNotFoundInWorkspaceError
from files.models import File
from files.querysets import FileQuerySet
from project.accounts.guards import editor_required, workspace_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page

VERSIONS_SHOWN = 100


@require_GET
@workspace_required
def file_list(request: PageRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()
    found = _files(request).named_like(query).select_related("created_by")
    try:
        page = newest_page(found, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        return redirect("files:file_list")
    attached = Attachment.objects.count_by_file([file.id for file in page.rows])
    context = {
        "page": page,
        "cards": [(file, attached.get(file.id, 0)) for file in page.rows],
        "query": query,
        "form": FileUploadForm(),
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
    }
    return render_page(request, "files/file_list.html", "files/_file_table.html", context)


@require_POST
@editor_required
def file_upload(request: PageRequest) -> HttpResponseBase:
    form = FileUploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            file = keep_upload(request, form.cleaned_data["content"])
        except DomainError as error:
            form.add_error("content", str(error))
        else:
            messages.success(request, f"{file.label} is uploaded.")
            place = resolve_url("files:file_list")
            return HttpResponseClientRedirect(place) if request.htmx else redirect(place)
    context = {"form": form, "limit_bytes": settings.MAX_UPLOAD_BYTES}
    return render_page(request, "files/file_upload.html", "files/_file_form.html", context, status=422)


@require_GET
@workspace_required
def file_detail(request: PageRequest, file_id: UUID) -> HttpResponse:
    """The file with its versions and the datasets that it is attached to."""
    return _draw_detail(request, _find(request, file_id), FileUploadForm())


@require_http_methods(["GET", "POST"])
@editor_required
def file_edit(request: PageRequest, file_id: UUID) -> HttpResponse:
    file = _find(request, file_id)
    said = {"name": file.name, "description": file.description}
    form = FileDetailsForm(request.POST or None, initial=said)
    if request.method == "POST" and form.is_valid():
        try:
            update_file(file, author=page_author(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("files:file_detail", file.id)
    status = 422 if form.is_bound else 200
    return render(request, "files/file_edit.html", {"file": file, "form": form}, status=status)


@require_POST
@editor_required
def file_upload_version(request: PageRequest, file_id: UUID) -> HttpResponse:
    file = _find(request, file_id)
    form = FileUploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            version = keep_version(request, file, form.cleaned_data["content"])
        except DomainError as error:
            form.add_error("content", str(error))
        else:
            messages.success(request, f"Version {version.number} of {file.label} is uploaded.")
            place = resolve_url("files:file_detail", file.id)
            return HttpResponseClientRedirect(place) if request.htmx else redirect(place)
    return _draw_detail(request, file, form)


@require_GET
@workspace_required
def file_version_download(request: PageRequest, file_id: UUID, number: int) -> HttpResponseBase:
    file = _find(request, file_id)
    version = get_object_or_404(file.versions.select_related("file"), number=number)
    try:
        return version_response(version)
    except FileNotFoundInWorkspaceError as error:
        messages.error(request, str(error))
        return redirect("files:file_detail", file.id)


@require_GET
@workspace_required
def file_download(request: PageRequest, file_id: UUID) -> HttpResponseBase:
    file = _find(request, file_id)
    try:
        return file_response(file)
    except FileNotFoundInWorkspaceError as error:
        messages.error(request, f"{error} Upload it again.")
        return redirect("files:file_detail", file.id)


@require_http_methods(["GET", "POST"])
@editor_required
def file_delete(request: PageRequest, file_id: UUID) -> HttpResponse:
    file = _find(request, file_id)
    if request.method == "GET":
        attachments = Attachment.objects.visible_to(request.workspace).of_file(file)
        return render(request, "files/file_delete.html", {"file": file, "attachments": attachments})
    delete_file(file, author=page_author(request))
    messages.success(request, f"{file.label} is deleted.")
    return redirect("files:file_list")


@require_GET
@editor_required
def file_import(request: PageRequest, file_id: UUID) -> HttpResponse:
    """Asks for the dataset; the import page of that dataset then has the file chosen."""
    query = request.GET.get("q", "").replace("\x00", "").strip()
    datasets = Dataset.objects.visible_to(request.workspace).named_like(query)
    try:
        page = newest_page(datasets, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        page = newest_page(datasets)
    context = {"file": _find(request, file_id), "page": page, "query": query}
    return render_page(request, "datasets/job_file_import.html", "datasets/_job_file_import.html", context)


def _files(request: PageRequest) -> FileQuerySet:
    return File.objects.visible_to(request.workspace).current(timezone.now()).open_to(request.user)


def _draw_detail(request: PageRequest, file: File, form: FileUploadForm) -> HttpResponse:
    context = {
        "file": file,
        "form": form,
        "versions": file.versions.select_related("created_by").order_by("-number")[:VERSIONS_SHOWN],
        "attachments": Attachment.objects.visible_to(request.workspace).of_file(file).newest_first(),
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "files/file_detail.html", "files/_version_form.html", context, status=status)


def _find(request: PageRequest, file_id: UUID) -> File:
    file = get_object_or_404(_files(request).select_related("created_by"), pk=file_id)
    settle_uploads(file)
    return file
