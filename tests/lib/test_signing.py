from datetime import UTC, datetime, timedelta

import pytest

from project.lib.signing import LinkExpiredError, LinkInvalidError, read_link, sign_link

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_link_says_what_was_signed_until_its_time_is_over() -> None:
    token = sign_link("file", ["a", "b"], expires_at=NOW + HOUR)
    assert read_link("file", token, now=NOW) == ("a", "b")
    with pytest.raises(LinkExpiredError):
        read_link("file", token, now=NOW + HOUR)


def test_a_link_is_good_for_its_purpose_alone() -> None:
    token = sign_link("file", ["a"], expires_at=NOW + HOUR)
    with pytest.raises(LinkInvalidError):
        read_link("export", token, now=NOW)


def test_a_changed_link_is_refused_wherever_it_was_changed() -> None:
    token = sign_link("file", ["a"], expires_at=NOW + HOUR)
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        changed = f"{token[:place]}{other}{token[place + 1 :]}"
        with pytest.raises(LinkInvalidError):
            read_link("file", changed, now=NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "\x00", "ü", "a" * 10_000])
def test_what_was_never_signed_is_refused(token: str) -> None:
    with pytest.raises(LinkInvalidError):
        read_link("file", token, now=NOW)


def test_a_token_needs_no_escaping_in_an_address() -> None:
    token = sign_link("file", ["ü/?#%&"], expires_at=NOW + HOUR)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
