"""A file of logs, kept as if they had been sent."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from datasets.authors import page_author
from datasets.form_uploads import keep_upload
from datasets.models import Job
from files.querysets import FileQuerySet
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from records.actions import start_log_file_import
from records.import_forms import LinesForm
from records.import_views import files_of_lines, form_context
from records.logpages.scope import ENVIRONMENTS, PROD


class LogFileForm(LinesForm):
    """And into which environment the logs come."""

    environment = forms.ChoiceField(choices=ENVIRONMENTS, initial=PROD)


@require_http_methods(["GET", "POST"])
@editor_required
def log_import(request: PageRequest) -> HttpResponseBase:
    files = files_of_lines(request)
    if request.method == "GET":
        initial = {"file": request.GET.get("file"), "environment": request.GET.get("env", PROD)}
        return _draw(request, LogFileForm(files=files, initial=initial), files, status=200)
    form = LogFileForm(request.POST, request.FILES, files=files)
    if form.is_valid():
        try:
            job = _start(request, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            place = resolve_url("datasets:job_detail", job.id)
            return HttpResponseClientRedirect(place) if request.htmx else redirect(place)
    return _draw(request, form, files, status=422)


def _start(request: PageRequest, form: LogFileForm) -> Job:
    given = form.cleaned_data
    file = given["file"] or keep_upload(request, given["content"])
    environment, author = given["environment"], page_author(request)
    return start_log_file_import(request.workspace, file, environment=environment, author=author)


def _draw(request: PageRequest, form: LogFileForm, files: FileQuerySet, *, status: int) -> HttpResponse:
    context = {**form_context(form, files), "environments": ENVIRONMENTS}
    return render_page(
        request, "threads/log_import.html", "threads/_log_import_form.html", context, status=status
    )
