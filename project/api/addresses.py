from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix


def absolute_url(request: HttpRequest, path: str) -> str:
    """The address by which the outside reaches `path`, which begins as `reverse` and `request.path` give it."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL.rstrip('/')}/{path.removeprefix(get_script_prefix())}"
    return request.build_absolute_uri(path)
