"""This vendor carries the key as `Authorization: Bearer <key>`, in older documents with the word `Api-Key`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from datasets.models import Door
from project.accounts.models import ApiKey
from project.accounts.types import Author
from project.api.keys import BearerKey, KeyRequest, author_of

OLDER_SCHEME = "api-key"


class EitherKey(BearerKey):
    def __call__(self, request: HttpRequest) -> Any:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == OLDER_SCHEME:
            return self.authenticate(request, secret)
        return super().__call__(request)


READ = EitherKey(ApiKey.Scope.READ)
WRITE = EitherKey(ApiKey.Scope.WRITE)


def author(request: KeyRequest) -> Author:
    return author_of(request.auth, Door.KEYWORDSAI)
