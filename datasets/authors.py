"""Who changes something through a page or the admin."""

from __future__ import annotations

from django.http import HttpRequest

from datasets.models import Door
from project.accounts.middleware import PageRequest
from project.accounts.types import Author
from project.lib.admin import signed_in


def page_author(request: PageRequest) -> Author:
    return Author(user_id=request.user.id, door=Door.PAGE)


def admin_author(request: HttpRequest) -> Author:
    return Author(user_id=signed_in(request).pk, door=Door.ADMIN)
