from __future__ import annotations

import logging

import pytest
from django.core.checks import CheckMessage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from project import checks
from project.lib.logs import OneLineFormatter, begin_request
from project.middleware import body_limit

pytestmark = pytest.mark.django_db

STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def policy_of(client: Client, path: str) -> set[str]:
    return set(client.get(path)["Content-Security-Policy"].split("; "))


def test_pages_have_the_strict_content_policy(client: Client) -> None:
    assert policy_of(client, "/app/sign-in/") == STRICT


def test_the_admin_has_a_looser_policy_for_scripts_and_styles_only(client: Client) -> None:
    policy = policy_of(client, "/admin/nowhere/")
    assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" in policy
    assert STRICT - policy == {"script-src 'self'", "style-src 'self'"}


def test_pages_say_how_browsers_must_treat_them(client: Client) -> None:
    headers = client.get("/app/sign-in/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "path", ["/app/sign-in/", "/app/datasets/1/records/", "/admin/records/record/", "/", "/v1/models"]
)
def test_a_body_over_the_limit_is_refused_before_it_is_read(
    client: Client, settings: Settings, path: str
) -> None:
    settings.MAX_BODY_BYTES = 1000
    response = client.post(path, b"x" * 1001, content_type="application/octet-stream")
    assert response.status_code == 413
    assert "1,001 bytes" in response.content.decode()


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/app/files/upload/", 5_000 + 65_536),
        ("/app/datasets/019a/import/", 5_000 + 65_536),
        ("/app/datasets/019a/records/", 1_000),
        ("/app/imports/", 1_000),
        ("/app/files/019a/import/", 1_000),
        ("/v1/files", 513 * 1024**2),
        ("/v1/files/", 513 * 1024**2),
        ("/v1/observability/datasets", 1_000),
        ("/v1/files/019a", 1_000),
    ],
)
def test_only_uploads_may_be_larger_than_other_bodies(settings: Settings, path: str, limit: int) -> None:
    settings.MAX_BODY_BYTES, settings.MAX_UPLOAD_BYTES = 1_000, 5_000
    assert body_limit(path) == limit


def test_a_dialect_says_the_limit_in_its_own_envelope(client: Client, settings: Settings) -> None:
    settings.MAX_BODY_BYTES = 10
    response = client.post("/v1/observability/datasets", b"{}" * 10, content_type="application/json")
    assert response.status_code == 413
    assert response.json()["detail"] == {
        "message": "The request has 20 bytes; this address takes at most 10.",
        "error_code": "VALIDATION_ERROR",
    }


@pytest.mark.parametrize("path", ["/app/sign-in/", "/v1/observability/datasets"])
def test_a_body_of_unknown_length_is_refused(client: Client, path: str) -> None:
    response = client.generic("POST", path, b"", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411
    assert "Content-Length" in response.content.decode()


def test_a_stranger_cannot_make_the_server_keep_an_upload(client: Client) -> None:
    content = SimpleUploadedFile("big.jsonl", b"x" * 2 * 1024**2)
    response = client.post("/app/files/upload/", {"file": content})
    assert response.status_code == 403
    assert "Sign in first" in response.content.decode()


def test_each_answer_has_an_id_of_its_own(client: Client) -> None:
    first, second = (client.get("/app/sign-in/")["X-Request-ID"] for _ in range(2))
    assert first != second
    assert len(first) == 32


def test_the_id_that_a_proxy_gave_is_kept(client: Client) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-ID": "edge-20261122.0001"})["X-Request-ID"]
        == "edge-20261122.0001"
    )


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "with space in it", "line\r\nbreak-it", "ünicode-ünicode"]
)
def test_an_id_that_could_harm_the_log_is_replaced(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] != given


def test_the_health_probe_needs_no_key_and_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def format_line(message: str, *args: object, error: BaseException | None = None) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("records.actions", logging.ERROR, "x.py", 1, message, args, exc_info)
    return OneLineFormatter().format(record)


def test_a_log_line_names_its_request_and_stays_one_line() -> None:
    begin_request("abcdefgh")
    line = format_line("path %s", "/a\r\nERROR forged")
    assert line.endswith(r" ERROR records.actions [abcdefgh] path /a\r | ERROR forged")


def test_a_link_that_opens_a_file_is_not_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="project.requests"):
        client.get("/downloads/files/the-right-to-a-file")
    assert [line.getMessage()[:31] for line in caplog.records if line.name == "project.requests"] == [
        "GET /downloads/files/... 403 in"
    ]


def test_a_log_line_of_a_database_error_holds_no_values_of_rows() -> None:
    try:
        raise ValueError("null value in column\nDETAIL:  Failing row contains (secret text).") from KeyError(
            "first"
        )
    except ValueError as error:
        line = format_line("failed", error=error)
    assert "secret" not in line
    assert "ValueError: null value in column at " in line
    assert "caused by KeyError: 'first'" in line


def ids(found: list[CheckMessage]) -> list[str]:
    return [str(one.id) for one in found]


def test_the_defaults_pass_the_system_checks() -> None:
    assert not [*checks.check_secret_key(None), *checks.check_public_url(None), *checks.check_limits(None)]


def test_an_empty_secret_key_is_an_error(settings: Settings) -> None:
    settings.SECRET_KEY = ""
    assert ids(checks.check_secret_key(None)) == ["winnow.E001"]


def test_a_short_secret_key_is_warned_of_once_the_site_is_public(settings: Settings) -> None:
    settings.SECRET_KEY, settings.PUBLIC_URL = "short", "https://winnow.example.org"
    assert ids(checks.check_secret_key(None)) == ["winnow.W001"]


@pytest.mark.parametrize(
    "url", ["winnow.example.org", "ftp://winnow.example.org", "https://", "https://a.example/?x=1"]
)
def test_a_public_address_must_be_one(settings: Settings, url: str) -> None:
    settings.PUBLIC_URL = url
    assert ids(checks.check_public_url(None)) == ["winnow.E002"]


def test_a_public_site_should_name_its_hosts_and_its_proxy(settings: Settings) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://winnow.example.org", ["*"]
    settings.SECURE_PROXY_SSL_HEADER = None
    assert ids(checks.check_public_url(None)) == ["winnow.W002", "winnow.W003"]


def test_a_public_site_must_answer_to_its_own_name_without_debugging(settings: Settings) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "http://winnow.example.org", ["localhost"]
    settings.SECURE_HSTS_SECONDS, settings.DEBUG = 3600, True
    assert ids(checks.check_public_url(None)) == ["winnow.E003", "winnow.E004", "winnow.E005"]


def test_limits_of_bodies_must_not_contradict_each_other(settings: Settings) -> None:
    settings.MAX_BODY_BYTES, settings.MAX_UPLOAD_BYTES = 2000, 1000
    assert ids(checks.check_limits(None)) == ["winnow.E006"]
