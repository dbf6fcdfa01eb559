"""The short way answers as the long one does, and lets nobody in whom the long one would not."""

from dataclasses import replace

import pytest

from entry_service.core.errors import Unavailable
from entry_service.core.model import Device
from entry_service.store.sites import devices
from entry_service.web.frame.sessions import token_hash

from ..conftest import TOKENS
from .posted import SCANS, logged, scan_id

TOKEN = TOKENS["GP-001"]


@pytest.fixture
def long_way(app):
    """Return how many requests went through Flask so far."""
    passed = []
    app.before_request(lambda: passed.append(1) and None)
    return lambda: len(passed)


@pytest.fixture
def known(post, reading, long_way):
    """Let the device be heard of once, so that the short way is open to it."""
    assert post(**reading(90)).status_code == 200
    assert long_way() == 1


def the_device(services) -> Device:
    with services.store.read() as db:
        return devices.by_token_hash(db, token_hash(TOKEN))


def test_a_device_that_was_heard_of_goes_the_short_way(known, post, reading, long_way, clock):
    clock.passes(seconds=30)
    answer = post(**reading(1))
    assert answer.status_code == 200
    assert long_way() == 1
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"


def test_both_ways_answer_the_same_and_a_repeat_is_one_row(known, post, reading, long_way, clock, device):
    clock.passes(seconds=30)
    body = reading(1, party_size=3, children=1)
    short, long = post(**body), post(headers={**device, "Content-Type": "application/json; charset=utf-8"}, **body)
    assert long_way() == 2
    assert short.json == {**long.json, "repeated": False}
    assert long.json["repeated"] is True
    assert post(**body).json == long.json


def test_a_minute_later_the_long_way_notes_that_the_device_is_there(known, post, reading, long_way, clock):
    clock.passes(minutes=2)
    assert post(**reading(1)).status_code == 200
    assert long_way() == 2


def test_a_revoked_device_is_refused_at_its_next_contact(known, post, reading, services, clock):
    clock.passes(seconds=5)
    assert post(**reading(1)).status_code == 200
    device_id = the_device(services).device_id
    services.store.write(lambda db: devices.revoke(db, device_id, clock()))
    clock.passes(seconds=5)
    assert post(**reading(2)).status_code == 401
    assert logged(services, 2) is None


def test_a_device_that_moved_to_a_zone_logs_there_at_once(known, post, reading, services, clock):
    moved = replace(the_device(services), zone="Z-1", name="후문")
    services.store.write(lambda db: devices.change(db, moved))
    clock.passes(seconds=5)
    assert post(**reading(1)).status_code == 200
    assert logged(services, 1).zone == "Z-1"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({}, 400),
    ],
)
def test_a_cookie_speaks_for_its_device_only_on_our_own_page(known, app, reading, clock, headers, status):
    clock.passes(seconds=5)
    client = app.test_client()
    client.set_cookie("device", TOKEN)
    answer = client.post(SCANS, json=reading(1), headers=headers)
    assert answer.status_code == status
    if status == 400:
        assert answer.json["code"] == "csrf"


def test_an_authorization_header_is_judged_alone(known, app, reading, clock):
    clock.passes(seconds=5)
    client = app.test_client()
    client.set_cookie("device", TOKEN)
    headers = {"Authorization": "Bearer somebody-else", "Sec-Fetch-Site": "same-origin"}
    assert client.post(SCANS, json=reading(1), headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("change", "code", "rows"),
    [
        ({"text": "EPC1" + "0" * 149}, "pass_malformed", 1),
        ({"text": "https://example.kr"}, "pass_malformed", 1),
        ({"party_size": 21}, "bad_input", 0),
        ({"party_size": 2, "children": 2}, "bad_input", 0),
        ({"unknown": 1}, "bad_input", 0),
        ({"admit": "override", "pin": "000000"}, "wrong_pin", 0),
        ({"scanned_at": "2020-01-01T00:00:00Z"}, "bad_input", 0),
    ],
)
def test_what_is_refused_is_refused_by_the_long_way_once(
    known, post, reading, long_way, services, clock, change, code, rows
):
    clock.passes(seconds=5)
    answer = post(**reading(1, **change))
    assert answer.json["code"] == code
    assert long_way() == 2
    kept = logged(services, 1)
    assert (kept is not None) == bool(rows)
    if kept:
        assert kept.outcome == code


def test_an_old_code_is_one_refused_row(known, post, reading, services, clock):
    body = reading(1)
    clock.passes(minutes=5)
    body["scanned_at"] = clock().isoformat()
    assert post(**body).json["code"] == "pass_expired"
    assert logged(services, 1).outcome == "pass_expired"


def test_another_reading_under_the_same_number_is_a_conflict(known, post, reading, services, clock):
    clock.passes(seconds=5)
    assert post(**reading(1)).status_code == 200
    clock.passes(seconds=5)
    assert post(**reading(1)).json["code"] == "scan_conflict"
    assert scan_id(1) == logged(services, 1).scan_id


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b'{"scan_id": "' + b"x" * 5_000 + b'"}'])
def test_what_is_no_scan_goes_the_long_way(known, app, device, long_way, body):
    answer = app.test_client().post(SCANS, data=body, content_type="application/json", headers=device)
    assert answer.status_code == 422 if len(body) > 100 else 400 <= answer.status_code < 500
    assert long_way() == 2


def test_a_log_that_cannot_be_written_is_told_without_waiting_twice(
    known, post, reading, long_way, services, clock, monkeypatch
):
    def stalled(job):
        waited.append(1)
        raise Unavailable(reason="timeout")

    waited = []
    monkeypatch.setattr(services.store, "write", stalled)
    clock.passes(seconds=5)
    answer = post(**reading(1))
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (len(waited), long_way()) == (1, 1)
