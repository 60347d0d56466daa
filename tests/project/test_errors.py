from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker, Settings

from project.accounts.models import User


@pytest.fixture
def visitor() -> Client:
    """A browser without a session, which sees the answers that faults make."""
    return Client(raise_request_exception=False)


@pytest.fixture
def away(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database server is not where it was."""
    with django_db_blocker.unblock():
        connection.close()
        host, connection.settings_dict["HOST"] = connection.settings_dict["HOST"], "/nowhere"
        yield
        connection.close()
        connection.settings_dict["HOST"] = host


@pytest.mark.django_db
def test_an_unknown_address_gets_a_page_with_a_sentence_and_the_id_of_the_request(visitor: Client) -> None:
    response = visitor.get("/app/nothing/")
    page = response.content.decode()
    assert response.status_code == 404
    assert '<p role="alert">There is nothing at this address' in page
    assert response["X-Request-ID"] in page


@pytest.mark.django_db
@pytest.mark.urls("tests.project.faulty_urls")
@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("not-found-error", 404, "A sentence that says what to do."),
        ("forbidden-error", 403, "A sentence that says what to do."),
        ("conflict-error", 409, "A sentence that says what to do."),
        ("limit-error", 413, "A sentence that says what to do."),
        ("invalid-error", 400, "A sentence that says what to do."),
        ("http404", 404, "You are in no such workspace."),
        ("shortcut404", 404, "There is nothing at this address"),
        ("denied", 403, "Your account may not do this"),
        ("nul", 400, "A value that you sent cannot be stored or looked up"),
        ("timeout", 503, "The database is away"),
        ("fault", 500, "Something went wrong in the server"),
    ],
)
def test_what_goes_wrong_in_a_page_is_said_in_words(
    visitor: Client, path: str, status: int, sentence: str
) -> None:
    response = visitor.get(f"/app/faults/{path}/")
    assert response.status_code == status
    assert sentence in response.content.decode()


@pytest.mark.urls("tests.project.faulty_urls")
def test_a_fault_shows_its_id_and_nothing_of_its_cause_and_asks_the_database_nothing(visitor: Client) -> None:
    response = visitor.get("/app/faults/fault/", headers={"X-Request-ID": "support-case-17"})
    page = response.content.decode()
    assert response.status_code == 500
    assert "support-case-17" in page
    assert "secret" not in page
    assert "ZeroDivisionError" not in page


@pytest.mark.urls("tests.project.faulty_urls")
def test_a_fault_under_a_dialect_is_said_in_its_envelope(visitor: Client) -> None:
    response = visitor.get("/v1/faults/fault")
    assert response.status_code == 500
    assert response.json()["detail"]["error_code"] == "UNKNOWN_ERROR"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/chat/completions", "/v1/observability/nothing", "/v1/files/a/b/c"]
)
def test_an_unknown_address_of_a_dialect_is_said_in_its_envelope(visitor: Client, path: str) -> None:
    response = visitor.post(path, "{}", content_type="application/json")
    assert response.status_code == 404
    assert set(response.json()["detail"]) == {"message", "error_code"}
    assert response["X-Request-ID"]


@pytest.mark.django_db
def test_a_wrong_method_says_so_and_names_the_right_ones(visitor: Client) -> None:
    response = visitor.get("/app/sign-out/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "use the buttons of the page" in response.content.decode()


@pytest.mark.django_db
def test_a_wrong_method_of_a_dialect_is_said_in_its_envelope(visitor: Client) -> None:
    response = visitor.put("/v1/observability/datasets")
    assert response.status_code == 405
    assert "GET" in response["Allow"]
    assert response.json()["detail"]["message"]


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_with_what_to_do(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/app/sign-in/", {"username": alice.email})
    assert response.status_code == 403
    assert "load the page again" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/app/sign-in/", "/v1/observability/datasets"])
def test_a_foreign_host_name_is_refused(visitor: Client, settings: Settings, path: str) -> None:
    settings.ALLOWED_HOSTS = ["winnow.example.org"]
    response = visitor.get(path, headers={"Host": "evil.example.org"})
    assert response.status_code == 400
    assert ("role=alert" in response.content.decode().replace('"', "")) is path.startswith("/app/")


def test_without_a_database_a_page_asks_to_try_again(visitor: Client, away: None) -> None:
    response = visitor.get("/app/datasets/", headers={"Cookie": "sessionid=abcdefghijklmnopqrstuvwxyz012345"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "what was saved is safe" in response.content.decode()
    assert response["Content-Security-Policy"]


def test_without_a_database_an_unknown_address_is_still_answered(visitor: Client, away: None) -> None:
    assert visitor.get("/nothing/").status_code == 404


def test_without_a_database_a_dialect_answers_in_its_envelope(visitor: Client, away: None) -> None:
    response = visitor.get("/v1/observability/datasets", headers={"Authorization": "Bearer wn_prod_x"})
    assert (response.status_code, response.json()["detail"]["error_code"]) == (503, "DATABASE_UNAVAILABLE")
    assert int(response["Retry-After"]) > 0


def test_without_a_database_the_health_probe_fails(visitor: Client, away: None) -> None:
    response = visitor.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "database unreachable"})


@pytest.mark.django_db
def test_a_page_that_is_not_there_costs_a_signed_in_person_few_queries(
    alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        assert alice_client.get("/app/nothing/").status_code == 404
