"""Links to an export that need no key. A link is bound to one revision; the bytes are made while they leave."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from datasets.errors import DatasetNotFoundError
from datasets.models import Dataset
from files.downloads import in_plain_words
from project.accounts.models import Workspace
from project.lib.signing import read_link, sign_link
from records.exporting import TextShape, export_jsonl

PURPOSE = "export"


def export_path(dataset: Dataset, *, expires_at: datetime) -> str:
    """The path of a link to all records of the dataset as they are at its present revision."""
    parts = [str(dataset.workspace_id), str(dataset.id), str(dataset.revision_number)]
    return reverse("export_download", args=[sign_link(PURPOSE, parts, expires_at=expires_at)])


@require_safe
@in_plain_words
def export_download(request: HttpRequest, token: str) -> HttpResponseBase:
    workspace_id, dataset_id, number = read_link(PURPOSE, token, now=timezone.now())
    dataset = Dataset.objects.visible_to(Workspace(pk=workspace_id)).filter(pk=dataset_id).first()
    if dataset is None:
        raise DatasetNotFoundError("This dataset was deleted.")
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type="application/jsonl")
    else:
        lines = export_jsonl(dataset, number=int(number), texts=TextShape.CONVERSATION)
        response = StreamingHttpResponse(lines, content_type="application/jsonl")
    filename = f"{dataset.slug}.jsonl"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    return response
