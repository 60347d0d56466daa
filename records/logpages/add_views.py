from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from datasets.authors import page_author
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.htmx import render_page
from records import actions
from records.logpages.sample_forms import HoldForm
from threads.models import Log


@require_http_methods(["GET", "POST"])
@editor_required
def log_add(request: PageRequest, log_id: UUID) -> HttpResponse:
    """Makes a record of one log in a dataset that is there."""
    log = get_object_or_404(Log.objects.visible_to(request.workspace).without_content(), pk=log_id)
    form = HoldForm(request.POST or None, workspace=request.workspace, auto_id="add_%s")
    if request.method == "POST" and form.is_valid():
        dataset = form.cleaned_data["dataset"]
        try:
            job = actions.start_log_import(
                dataset,
                [str(log.id)],
                workspace=request.workspace,
                environment=log.environment,
                author=page_author(request),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"The log is being added to {dataset.label}.")
            return redirect("datasets:job_detail", job.id)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "log": log}
    return render_page(request, "threads/log_add.html", "threads/_log_add.html", context, status=status)
