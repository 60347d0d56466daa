"""The address of a direct upload, which is itself the right to it: the vendor's client sends no key there."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja.security import APIKeyQuery

from files.actions import upload_url
from files.errors import FileNotFoundInWorkspaceError
from files.models import Upload
from project.accounts.models import ApiKey
from project.api.addresses import absolute_url
from project.lib.signing import read_link, sign_link

PURPOSE = "upload"
TOKEN = "token"


class UploadRequest(HttpRequest):
    """A request to an address of ours for one upload."""

    auth: Upload


class UploadLink(APIKeyQuery):
    """Signed for one upload, and with it for a file, a size and a type, for a time."""

    param_name = TOKEN
    scope = ApiKey.Scope.WRITE

    def authenticate(self, request: HttpRequest, key: str | None) -> Upload:
        """Raises LinkInvalidError, LinkExpiredError, or FileNotFoundInWorkspaceError when the file was deleted."""
        (upload_id,) = read_link(PURPOSE, key or "", now=timezone.now())
        upload = Upload.objects.of_files_in_use().filter(pk=upload_id).first()
        if upload is None:
            raise FileNotFoundInWorkspaceError("The file of this upload was deleted.")
        return upload


UPLOAD_LINK = UploadLink()


def upload_address(request: HttpRequest, upload: Upload) -> str:
    """Where the client sends the bytes: to the storage, or to us by the name by which it came."""
    token = sign_link(PURPOSE, [str(upload.id)], expires_at=upload.expires_at)
    path = f"{reverse('chatbotkit:receive_upload')}?{urlencode({TOKEN: token})}"
    return upload_url(upload) or absolute_url(request, path)
