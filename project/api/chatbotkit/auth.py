"""This vendor carries the key as `Authorization: Bearer <key>`, on every call but the download of a public file."""

from typing import Any

from django.http import HttpRequest

from datasets.models import Door
from project.accounts.models import ApiKey
from project.accounts.types import Author
from project.api.keys import BearerKey, KeyRequest, author_of

READ = BearerKey(ApiKey.Scope.READ)
WRITE = BearerKey(ApiKey.Scope.WRITE)
EXPORT = BearerKey(ApiKey.Scope.EXPORT)


def author(request: KeyRequest) -> Author:
    return author_of(request.auth, Door.CHATBOTKIT)


class Nobody:
    """Who called without a key."""


class MaybeKeyRequest(HttpRequest):
    auth: ApiKey | Nobody


class KeyOrNobody(BearerKey):
    """A call without a key is let in; the route says what nobody may have. A wrong key stays wrong."""

    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if "Authorization" in request.headers else Nobody()


READ_OR_NOBODY = KeyOrNobody(ApiKey.Scope.READ)
