"""How API keys look. Pure: no ORM, no settings, no clock."""

import hashlib
import secrets

PREFIX_LENGTH = len("wn_prod_") + 4


def make_secret(environment: str) -> str:
    """A new secret of 192 random bits; its environment can be read off it."""
    return f"wn_{environment}_{secrets.token_urlsafe(24)}"


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Secrets are long and random, so a slow password hash would add only latency."""
    return hashlib.sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str:
    """The part that may be shown, so that a person recognises the key."""
    return secret[:PREFIX_LENGTH]
