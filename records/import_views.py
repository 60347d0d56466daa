from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from datasets.form_uploads import keep_upload
from datasets.job_cards import has_worker
from datasets.job_words import NO_WORKER
from datasets.models import Dataset, Door, Job
from files.models import File
from files.querysets import FileQuerySet
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.accounts.types import Author
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from project.lib.ids import parse_id
from records.actions import start_import
from records.import_forms import ImportForm, LinesForm

FILES_OFFERED = 8


@require_http_methods(["GET", "POST"])
@editor_required
def import_create(request: PageRequest, dataset_id: UUID) -> HttpResponseBase:
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    files = files_of_lines(request)
    if request.method == "GET":
        form = ImportForm(files=files, initial={"file": request.GET.get("file")})
        return _draw(request, dataset, form, files, status=200)
    form = ImportForm(request.POST, request.FILES, files=files)
    if form.is_valid():
        try:
            job = _start(request, dataset, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            place = resolve_url("datasets:job_detail", job.id)
            return HttpResponseClientRedirect(place) if request.htmx else redirect(place)
    return _draw(request, dataset, form, files, status=422)


def files_of_lines(request: PageRequest) -> FileQuerySet:
    """Those that may be imported by who asks."""
    files = File.objects.visible_to(request.workspace).current(timezone.now()).open_to(request.user)
    return files.with_content()


def form_context(form: LinesForm, files: FileQuerySet) -> dict[str, Any]:
    """What the form of a file of lines is drawn with, whatever becomes of the lines."""
    chosen = parse_id(str(form["file"].value() or ""))
    offered = list(files.newest_first()[:FILES_OFFERED])
    if chosen and all(file.id != chosen for file in offered):
        offered = [*files.filter(pk=chosen), *offered]
    return {
        "form": form,
        "files": offered,
        "chosen": chosen,
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
        "worker_sentence": "" if has_worker(timezone.now()) else NO_WORKER,
    }


def _start(request: PageRequest, dataset: Dataset, form: ImportForm) -> Job:
    file = form.cleaned_data["file"] or keep_upload(request, form.cleaned_data["content"])
    author = Author(user_id=request.user.id, door=Door.PAGE)
    return start_import(dataset, file, author=author, is_strict=form.is_strict)


def _draw(
    request: PageRequest, dataset: Dataset, form: ImportForm, files: FileQuerySet, *, status: int
) -> HttpResponse:
    context = {"dataset": dataset, **form_context(form, files)}
    return render_page(
        request, "records/import_create.html", "records/_import_form.html", context, status=status
    )
