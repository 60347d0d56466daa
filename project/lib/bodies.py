from django.http import HttpRequest


def body_length(request: HttpRequest) -> int | None:
    """In bytes; None when the request has a body and does not say how long it is."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if said.isdecimal():
        return int(said)
    return None if request.headers.get("Transfer-Encoding") else 0
