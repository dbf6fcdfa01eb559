"""Codes that an authenticator application shows: six digits of HMAC-SHA-1, a new one every 30 seconds (RFC 6238).

``cryptography``, which is here already, brings the algorithm: no further library is needed.
"""

import base64
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

DIGITS = 6
SECONDS = 30
SECRET_BYTES = 20
ISSUER = "전자출입명부"


def step_of(now: datetime) -> int:
    """Return the number of the 30 seconds that the moment lies in."""
    return int(now.timestamp()) // SECONDS


def code_of(secret: bytes, step: int) -> str:
    """Return the six digits of a secret (``SECRET_BYTES`` random bytes) in a step."""
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode()


def typed_secret(secret: bytes) -> str:
    """Return the secret as a person types it into an application: 32 letters and digits of base32."""
    return base64.b32encode(secret).decode()


def read_secret(typed: str) -> bytes:
    """Return the secret that ``typed_secret`` wrote."""
    return base64.b32decode(typed)


def secret_address(secret: bytes, login: str) -> str:
    """Return what the QR symbol of a new secret holds; every authenticator application reads it.

    The issuer is not repeated before the login, as some write it: in percent signs it would double the symbol.
    """
    return f"otpauth://totp/{quote(login)}?secret={typed_secret(secret)}&issuer={quote(ISSUER)}"
