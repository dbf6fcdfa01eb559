"""The number at the door and the signature of the exchange: what is read, what is refused."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from entry_service.core.call_numbers import normalise_call_number, show_call_number
from entry_service.core.errors import BadInput
from entry_service.core.signatures import TOLERANCE, is_signed, sign

NOW = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)
SECRET, BODY = "a secret of the exchange, of forty signs", b'{"call_id": "1"}'


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("080-039-0001", "0800390001"),
        ("080 039 0001", "0800390001"),
        ("+82 80-039-0001", "0800390001"),
        ("0082800390001", "0800390001"),
        ("140039", "140039"),
        ("14-0039", "140039"),
    ],
)
def test_a_number_at_the_door_is_read_however_it_is_written(typed, digits):
    assert normalise_call_number(typed) == digits


@pytest.mark.parametrize(
    "typed", ["", "031-390-0114", "010-0000-0000", "080-039-001", "14003", "1400390", "０80", "x"]
)
def test_any_other_number_is_none(typed):
    with pytest.raises(BadInput) as refused:
        normalise_call_number(typed)
    assert refused.value.facts == {"field": "call_number"}


def test_it_stands_on_the_sign_as_people_dial_it():
    assert (show_call_number("0800390001"), show_call_number("140039")) == ("080-039-0001", "140039")


def test_what_was_signed_holds_for_five_minutes_either_way():
    header = sign(SECRET, BODY, NOW)
    second = timedelta(seconds=1)
    for drift, holds in (
        (TOLERANCE, True),
        (-TOLERANCE, True),
        (TOLERANCE + second, False),
        (-TOLERANCE - second, False),
    ):
        assert is_signed(SECRET, BODY, header, NOW + drift) is holds


def test_the_signature_is_the_one_that_is_documented():
    expected = hmac.new(b"k" * 32, b"1598346000.{}", "sha256").hexdigest()
    assert sign("k" * 32, b"{}", NOW) == f"t=1598346000,v1={expected}"


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.replace("t=1", "t=2"),
        lambda header: header[:-1] + ("0" if header[-1] != "0" else "1"),
        lambda header: header.upper(),
        lambda header: header + ",v1=" + "0" * 64,
        lambda header: header.split(",")[1],
        lambda header: "",
        lambda header: "t=1598346000,v1=",
        lambda header: "t=" + "9" * 400 + ",v1=" + "0" * 64,
    ],
)
def test_any_other_header_body_or_secret_is_refused(change):
    header = sign(SECRET, BODY, NOW)
    assert not is_signed(SECRET, BODY, change(header), NOW)
    assert not is_signed(SECRET, BODY + b" ", header, NOW)
    assert not is_signed("another secret of forty signs or more!", BODY, header, NOW)
