"""Secrets we hand out once and can only recognise afterwards."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored of a token. A plain hash will do: nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).digest()
