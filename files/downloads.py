"""Links to a file's content that need no key: the link itself is the right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from files.errors import FileNotFoundInWorkspaceError
from files.models import File, FileVersion
from files.names import printable
from project.accounts.models import Workspace
from project.lib.errors import DomainError, NotFoundError
from project.lib.signing import read_link, sign_link

PURPOSE = "file"


def in_plain_words(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A refusal is one sentence of plain text: these links are opened by browsers, curl and scripts alike."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            status = 404 if isinstance(error, NotFoundError) else 403
            return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")

    return guarded


def file_path(file: File, *, expires_at: datetime) -> str:
    """The path of a link to this file alone."""
    token = sign_link(PURPOSE, [str(file.workspace_id), str(file.id)], expires_at=expires_at)
    return reverse("file_download", args=[token])


@require_safe
@in_plain_words
def file_download(request: HttpRequest, token: str) -> HttpResponseBase:
    now = timezone.now()
    workspace_id, file_id = read_link(PURPOSE, token, now=now)
    file = File.objects.visible_to(Workspace(pk=workspace_id)).current(now).filter(pk=file_id).first()
    if file is None:
        raise FileNotFoundInWorkspaceError("This file was deleted.")
    return file_response(file)


def file_response(file: File) -> FileResponse:
    """The bytes in pieces, always to be saved and never shown: what was uploaded may be a page with scripts.

    Raises FileNotFoundInWorkspaceError when storage has lost them.
    """
    if not file.storage_name:
        raise FileNotFoundInWorkspaceError(f"{file.label} has no content yet; upload it first.")
    return _to_be_saved(file, file.label)


def version_response(version: FileVersion) -> FileResponse:
    """As that of a file."""
    return _to_be_saved(version, version.file.label)


def _to_be_saved(stored: File | FileVersion, name: str) -> FileResponse:
    try:
        content = stored.open()
    except FileNotFoundError:
        raise FileNotFoundInWorkspaceError(f"The content of {name} is gone from storage.") from None
    return FileResponse(
        content, as_attachment=True, filename=printable(name), content_type="application/octet-stream"
    )
