import hashlib

from project.accounts.keys import PREFIX_LENGTH, hash_secret, make_secret, prefix_of


def test_a_secret_names_its_environment() -> None:
    assert make_secret("prod").startswith("wn_prod_")
    assert make_secret("test").startswith("wn_test_")


def test_secrets_are_long_and_never_the_same() -> None:
    secrets = {make_secret("prod") for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) >= len("wn_prod_") + 32 for secret in secrets)


def test_a_secret_fits_into_a_header_and_an_address() -> None:
    assert set(make_secret("test")) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_only_the_hash_is_kept() -> None:
    assert hash_secret("wn_prod_abc") == hashlib.sha256(b"wn_prod_abc").hexdigest()
    assert hash_secret("wn_prod_abc") != hash_secret("wn_prod_abd")


def test_the_prefix_shows_four_characters_of_the_random_part() -> None:
    secret = make_secret("prod")
    assert prefix_of(secret) == secret[:PREFIX_LENGTH]
    assert len(prefix_of(secret)) - len("wn_prod_") == 4
