"""System checks for settings that are fine alone and wrong together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

MIN_SECRET_CHARACTERS = 32


@register(Tags.security)
def check_secret_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        return [
            Error(
                "SECRET_KEY is not set.", hint="Set it to a long random text and keep it.", id="winnow.E001"
            )
        ]
    if len(secret) < MIN_SECRET_CHARACTERS and settings.PUBLIC_URL:
        hint = f"Give it {MIN_SECRET_CHARACTERS} random characters or more: sessions and links are signed with it."
        return [Warning("SECRET_KEY is short.", hint=hint, id="winnow.W001")]
    return []


@register(Tags.security)
def check_public_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PUBLIC_URL:
        return []
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        hint = "Write it as https://winnow.example.org, without a query."
        return [Error("PUBLIC_URL is not the address of a site.", hint=hint, id="winnow.E002")]
    return [*_check_hosts(url.hostname), *_check_https(url.scheme)]


def _check_hosts(hostname: str) -> list[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        hint = f"Set ALLOWED_HOSTS={hostname}, and whatever your health probe asks for."
        return [
            Warning("ALLOWED_HOSTS takes every name although PUBLIC_URL is set.", hint=hint, id="winnow.W002")
        ]
    if not validate_host(hostname, settings.ALLOWED_HOSTS):
        hint = f"Add {hostname} to ALLOWED_HOSTS."
        return [Error("ALLOWED_HOSTS refuses the host of PUBLIC_URL.", hint=hint, id="winnow.E003")]
    return []


def _check_https(scheme: str) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if scheme == "https" and settings.SECURE_PROXY_SSL_HEADER is None:
        hint = "Set BEHIND_PROXY=1 and let the proxy send X-Forwarded-Proto."
        found.append(Warning("PUBLIC_URL is https, but no proxy is trusted.", hint=hint, id="winnow.W003"))
    if scheme == "http" and settings.SECURE_HSTS_SECONDS:
        hint = "Set HSTS_SECONDS=0, or give PUBLIC_URL its https address."
        found.append(Error("HSTS_SECONDS is set for a site without https.", hint=hint, id="winnow.E004"))
    if settings.DEBUG:
        hint = "Set DEBUG=0: its error pages show settings and stored text to anybody."
        found.append(Error("DEBUG is on although PUBLIC_URL is set.", hint=hint, id="winnow.E005"))
    return found


@register(Tags.security)
def check_limits(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not 0 < settings.MAX_BODY_BYTES <= settings.MAX_UPLOAD_BYTES:
        hint = "Make MAX_BODY_BYTES more than 0 and MAX_UPLOAD_BYTES at least as large."
        return [Error("The limits of request bodies contradict each other.", hint=hint, id="winnow.E006")]
    return []


@register(Tags.compatibility)
def check_embeddings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.EMBEDDINGS_URL:
        return []
    if not settings.EMBEDDINGS_URL.startswith(("http://", "https://")) or not settings.EMBEDDINGS_MODEL:
        hint = "Give the address with https://, and the model's name in EMBEDDINGS_MODEL; or neither of them."
        return [Error("EMBEDDINGS_URL and EMBEDDINGS_MODEL go together.", hint=hint, id="winnow.E007")]
    return []


@register(Tags.compatibility)
def check_judges(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.JUDGE_URL and not settings.JUDGE_URL.startswith(("http://", "https://")):
        hint = "Give the address with https://, such as https://models.example.org/v1."
        found.append(Error("JUDGE_URL is no address.", hint=hint, id="winnow.E008"))
    if (
        settings.JUDGE_TIMEOUT_SECONDS < 1
        or settings.JUDGE_CONCURRENCY < 1
        or settings.JUDGE_CALLS_PER_MINUTE < 0
    ):
        hint = (
            "JUDGE_TIMEOUT_SECONDS and JUDGE_CONCURRENCY are at least 1, JUDGE_CALLS_PER_MINUTE at least 0."
        )
        found.append(Error("Judges could never be asked.", hint=hint, id="winnow.E009"))
    return found
