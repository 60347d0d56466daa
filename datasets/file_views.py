from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from datasets.models import Dataset
from files.models import File
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.lib.cursors import CursorError
from project.lib.htmx import render_page
from project.lib.keyset import newest_page


@require_GET
@editor_required
def file_import(request: PageRequest, file_id: UUID) -> HttpResponse:
    """Asks for the dataset; the import page of that dataset then has the file chosen."""
    files = File.objects.visible_to(request.workspace).current(timezone.now()).open_to(request.user)
    query = request.GET.get("q", "").replace("\x00", "").strip()
    datasets = Dataset.objects.visible_to(request.workspace).named_like(query)
    try:
        page = newest_page(datasets, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except CursorError:
        page = newest_page(datasets)
    context = {"file": get_object_or_404(files, pk=file_id), "page": page, "query": query}
    return render_page(request, "datasets/job_file_import.html", "datasets/_job_file_import.html", context)
