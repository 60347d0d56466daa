"""This vendor carries the key as `Authorization: Bearer <key>`, on every call."""

from datasets.models import Door
from project.accounts.models import ApiKey
from project.accounts.types import Author
from project.api.keys import BearerKey, KeyRequest, author_of

READ = BearerKey(ApiKey.Scope.READ)
WRITE = BearerKey(ApiKey.Scope.WRITE)
EXPORT = BearerKey(ApiKey.Scope.EXPORT)


def author(request: KeyRequest) -> Author:
    return author_of(request.auth, Door.MISTRAL)
