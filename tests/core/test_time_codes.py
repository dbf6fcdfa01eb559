"""Codes of authenticator applications, by the test values of RFC 6238, and the address that applications read."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from entry_service.core.time_codes import code_of, read_secret, secret_address, step_of, typed_secret

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds, eight_digits):
    at = datetime.fromtimestamp(seconds, UTC)
    assert code_of(SECRET, step_of(at)) == eight_digits[2:]


def test_a_step_lasts_thirty_seconds():
    assert [step_of(datetime.fromtimestamp(seconds, UTC)) for seconds in (0, 29, 30, 59, 60)] == [0, 0, 1, 1, 2]


def test_the_secret_is_typed_without_padding_and_read_back():
    assert typed_secret(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert read_secret(typed_secret(SECRET)) == SECRET


def test_the_address_holds_what_an_application_needs():
    address = urlsplit(secret_address(SECRET, "officer"))
    assert (address.scheme, address.netloc, unquote(address.path)) == ("otpauth", "totp", "/officer")
    assert parse_qs(address.query) == {"secret": [typed_secret(SECRET)], "issuer": ["전자출입명부"]}
