from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from project.accounts.models import Membership, User, Workspace
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

SIGN_IN = "/app/sign-in/"
KEYS = "/app/keys/"


def _try(client: Client, email: str, password: str, **headers: str) -> tuple[int, str]:
    response = client.post(SIGN_IN, {"username": email, "password": password}, headers=headers)
    return response.status_code, response.content.decode()


def test_signing_in_leads_to_where_one_wanted_to_go(client: Client, alice: User) -> None:
    page = client.get(KEYS)
    assert page.headers["Location"] == f"{SIGN_IN}?next={KEYS}"
    form = {"username": "Alice@Example.com", "password": PASSWORD, "next": KEYS}
    response = client.post(SIGN_IN, form)
    assert (response.status_code, response.headers["Location"]) == (302, KEYS)
    assert client.get(KEYS).status_code == 200


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_signing_in_never_leads_to_another_site(client: Client, alice: User, place: str) -> None:
    response = client.post(SIGN_IN, {"username": alice.email, "password": PASSWORD, "next": place})
    assert response.headers["Location"] == reverse(settings.LOGIN_REDIRECT_URL)


@pytest.mark.parametrize(
    ("email", "password"),
    [("alice@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", ""), ("a\x00@example.com", "x")],
)
def test_a_wrong_sign_in_is_one_sentence(client: Client, alice: User, email: str, password: str) -> None:
    status, page = _try(client, email, password)
    assert status == 422
    assert "try again" in page or "Enter your" in page or "Null characters" in page
    assert client.get(KEYS).status_code == 302


def test_a_wrong_password_and_an_unknown_address_read_alike(client: Client, alice: User) -> None:
    _, wrong = _try(client, alice.email, "wrong")
    _, unknown = _try(client, "nobody@example.com", "wrong")
    sentence = "The email address or the password is not right. Check both and try again."
    assert sentence in wrong
    assert sentence in unknown


def test_whoever_is_signed_in_is_led_on(alice_client: Client) -> None:
    assert alice_client.get(SIGN_IN + f"?next={KEYS}").headers["Location"] == KEYS


def test_five_failures_make_even_the_right_password_wait(client: Client, alice: User) -> None:
    tries = [_try(client, alice.email, "wrong")[0] for _ in range(5)]
    assert tries == [422, 422, 422, 422, 429]
    response = client.post(SIGN_IN, {"username": alice.email, "password": PASSWORD})
    assert response.status_code == 429
    assert "Wait 15 minutes, then try again." in response.content.decode()
    assert response.headers["Retry-After"] == "900"
    assert client.get(KEYS).status_code == 302


def test_the_wait_grows_shorter_and_ends(client: Client, alice: User) -> None:
    for _ in range(5):
        _try(client, alice.email, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert "Wait 1 minute, then" in _try(client, alice.email, PASSWORD)[1]
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert _try(client, alice.email, PASSWORD)[0] == 302


def test_a_stranger_who_fails_locks_out_nobody_at_another_address(alice: User) -> None:
    attacker, owner = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="192.0.2.1")
    for _ in range(6):
        _try(attacker, alice.email, "wrong")
    assert _try(attacker, alice.email, PASSWORD)[0] == 429
    assert _try(owner, alice.email, PASSWORD)[0] == 302


def test_other_names_do_not_wait_with_one(client: Client, alice: User, bob: User) -> None:
    for _ in range(6):
        _try(client, alice.email, "wrong")
    assert _try(client, bob.email, PASSWORD)[0] == 302


def test_writing_the_address_in_capitals_gives_no_further_tries(client: Client, alice: User) -> None:
    for email in ["alice@example.com", "ALICE@example.com", "Alice@example.com", "aLICE@example.com"]:
        _try(client, email, "wrong")
    assert _try(client, "alicE@example.com", "wrong")[0] == 429


def test_a_success_forgives_the_failures_before_it(client: Client, alice: User) -> None:
    for _ in range(4):
        _try(client, alice.email, "wrong")
    assert _try(client, alice.email, PASSWORD)[0] == 302
    client.post("/app/sign-out/")
    assert _try(client, alice.email, "wrong")[0] == 422


def test_a_forged_address_gives_no_further_tries(client: Client, alice: User) -> None:
    for number in range(5):
        status, _ = _try(client, alice.email, "wrong", **{"X-Forwarded-For": f"198.51.100.{number}"})
    assert status == 429


def test_signing_out_needs_a_post_and_ends_the_session(alice_client: Client) -> None:
    assert alice_client.get("/app/sign-out/").status_code == 405
    assert alice_client.get(KEYS).status_code == 200
    assert alice_client.post("/app/sign-out/").headers["Location"] == SIGN_IN
    assert alice_client.get(KEYS).status_code == 302


def test_a_block_that_meets_a_lost_session_sends_the_whole_page_to_sign_in(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/app/files/"}
    response = client.get(KEYS, headers=headers)
    assert response.headers["HX-Redirect"] == f"{SIGN_IN}?next=/app/files/"


def test_a_user_without_a_workspace_is_told_whom_to_ask(client: Client) -> None:
    client.force_login(UserFactory.create())
    response = client.get(KEYS)
    assert response.status_code == 403
    assert "Ask an owner of the workspace to add you" in response.content.decode()


def test_the_first_workspace_is_shown_until_another_is_chosen(
    alice: User, alice_client: Client, stranger_workspace: Workspace
) -> None:
    MembershipFactory.create(user=alice, workspace=stranger_workspace, role=Membership.Role.VIEWER)
    assert alice_client.get(KEYS).wsgi_request.workspace.name == "Wonderland"  # type: ignore[attr-defined]
    response = alice_client.post("/app/workspace/", {"workspace": str(stranger_workspace.id)})
    assert response.headers["Location"] == reverse(settings.LOGIN_REDIRECT_URL)
    seen = alice_client.get(KEYS).wsgi_request
    assert seen.workspace == stranger_workspace  # type: ignore[attr-defined]
    assert seen.membership.role == Membership.Role.VIEWER  # type: ignore[attr-defined]


@pytest.mark.parametrize("wanted", ["", "nonsense", "\x00", "0198c0de-0000-7000-8000-000000000000"])
def test_nobody_switches_to_a_workspace_of_others(
    alice_client: Client, stranger_workspace: Workspace, wanted: str
) -> None:
    for workspace in (wanted, str(stranger_workspace.id)):
        assert alice_client.post("/app/workspace/", {"workspace": workspace}).status_code == 404
    assert alice_client.get(KEYS).wsgi_request.workspace.name == "Wonderland"  # type: ignore[attr-defined]


def test_whoever_leaves_the_chosen_workspace_is_back_in_the_first(
    alice: User, alice_client: Client, stranger_workspace: Workspace
) -> None:
    membership = MembershipFactory.create(user=alice, workspace=stranger_workspace)
    alice_client.post("/app/workspace/", {"workspace": str(stranger_workspace.id)})
    membership.delete()
    assert alice_client.get(KEYS).wsgi_request.workspace.name == "Wonderland"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sent", "kept"), [("dark", "dark"), ("light", "light"), ("pink", "system"), ("", "system")]
)
def test_the_theme_is_kept_in_a_cookie(client: Client, sent: str, kept: str) -> None:
    response = client.post("/app/theme/", {"theme": sent, "next": SIGN_IN})
    assert response.headers["Location"] == SIGN_IN
    assert client.cookies["theme"].value == kept
    theme = client.get(SIGN_IN).wsgi_request.theme  # type: ignore[attr-defined]
    assert theme == kept


def test_a_cookie_with_a_theme_that_is_none_changes_nothing(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    page = client.get(SIGN_IN)
    assert "data-theme" not in page.content.decode()


def test_knowing_who_asks_costs_three_queries(
    alice_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):  # the session, the user, the memberships; and the keys, the members
        assert alice_client.get(KEYS).status_code == 200
