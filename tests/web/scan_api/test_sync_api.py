"""Batches over HTTP: each item has its answer, nothing that can be kept is lost, nothing is half understood."""

import json
from datetime import timedelta

import pytest

from entry_service.core import short_codes as codes
from entry_service.core.model import Device
from entry_service.core.times import day_number, day_start, kst_day
from entry_service.store.log import scans, short_codes
from entry_service.store.sites import devices
from entry_service.usecases.doors import queued
from entry_service.web.door import sync_api
from entry_service.web.frame.sessions import token_hash

from ..camera import forged
from .posted import logged, scan_id

SYNC = "/api/v1/sync"
LONG_AGO = "1970-01-01T00:00:00Z"


@pytest.fixture
def batch(app, device):
    """Return a function that posts a batch as the device at GP-001."""

    def send(*items, headers=device, **body):
        return app.test_client().post(SYNC, json={"items": list(items), **body}, headers=headers)

    return send


@pytest.fixture
def queued_scan(reading):
    return lambda number=1, **changes: {"kind": "scan", **reading(number, **changes)}


def count(services, clock):
    with services.store.read() as db:
        now, day = clock(), timedelta(days=1)
        return len(scans.scans_between(db, None, now - day, now + day, refused=True))


def test_each_item_has_its_answer_in_its_place(batch, queued_scan, clock, services):
    good = queued_scan(1)
    wrong = queued_scan(2, text="https://example.kr/")
    clock.passes(hours=6)
    sent = (wrong, {"kind": "undo", "scan_id": scan_id(9), "undone_at": clock().isoformat()}, good)
    answer = batch(*sent)
    assert answer.status_code == 200
    assert answer.json == {
        "results": [
            {"id": scan_id(2), "code": "pass_malformed", "detail": "출입증 QR이 아닙니다."},
            {"id": scan_id(9), "code": "not_found", "detail": "찾을 수 없습니다."},
            {
                "id": scan_id(1),
                "outcome": "accepted",
                "direction": "in",
                "flags": ["late"],
                "received_at": "2020-08-25T15:00:00Z",
                "repeated": False,
            },
        ],
        "now": "2020-08-25T15:00:00Z",
    }
    assert (logged(services, 1).outcome, logged(services, 2).outcome) == ("accepted", "pass_malformed")
    clock.passes(hours=1)
    again = batch(*sent).json["results"]
    assert again[:2] == answer.json["results"][:2]
    assert again[2] == {**answer.json["results"][2], "repeated": True}


@pytest.mark.parametrize(
    ("broken", "code", "field"),
    [
        ({"kind": "hologram", "scan_id": "a-hologram"}, "unknown_kind", None),
        ({"scan_id": "no-kind-of-item"}, "bad_input", "kind"),
        ({"kind": 7}, "bad_input", "kind"),
        (7, "bad_input", ""),
        (None, "bad_input", ""),
        ([], "bad_input", ""),
        ({"kind": "scan", "scan_id": "too-little"}, "bad_input", None),
        ({"kind": "undo", "scan_id": "an-undoing", "undone_at": "yesterday"}, "bad_input", "undone_at"),
        ({"kind": "undo", "scan_id": "an-undoing", "undone_at": "2020-08-25T18:00:00Z", "x": 1}, "bad_input", ""),
        (
            {"kind": "closing", "closing_id": "a-closing", "closed_at": "1970-01-01T00:00:00Z"},
            "bad_input",
            "closed_at",
        ),
    ],
)
def test_an_item_that_cannot_be_taken_spoils_no_other(batch, queued_scan, services, broken, code, field):
    answer = batch(broken, queued_scan(1), broken)
    first, good, last = answer.json["results"]
    assert first == last
    assert first["code"] == code
    assert field is None or first.get("field", "") == field
    assert first["id"] == (
        broken.get("scan_id") or broken.get("closing_id") or "" if isinstance(broken, dict) else ""
    )
    assert good["outcome"] == "accepted"
    assert logged(services, 1) is not None


PARTIES = [0, -1, 1e9, "3", 2**63, 2.5, None, True]


@pytest.mark.parametrize("party", PARTIES)
def test_a_party_is_one_to_twenty_people(batch, post, reading, queued_scan, services, party):
    refused = post(**reading(1, party_size=party))
    assert (refused.status_code, refused.json["field"]) == (422, "party_size")
    [result] = batch(queued_scan(1, party_size=party)).json["results"]
    assert (result["code"], result["field"]) == ("bad_input", "party_size")
    assert logged(services, 1) is None


@pytest.mark.parametrize("field", ["facility_id", "device_id", "pid", "outcome", "flags", "received_at"])
def test_an_item_cannot_name_the_facility_or_what_becomes_of_it(batch, queued_scan, services, field):
    [result] = batch(queued_scan(1, **{field: "GP-002"})).json["results"]
    assert result["code"] == "bad_input"
    assert logged(services, 1) is None


def test_a_device_writes_to_its_own_facility_only(app, batch, queued_scan, services, clock):
    batch(queued_scan(1))
    assert logged(services, 1).facility_id == "GP-001"
    closing = {
        "kind": "closing",
        "closing_id": "a-closing",
        "closed_at": clock().isoformat(),
        "zone": "Z-elsewhere",
    }
    assert batch(closing).json["results"][0]["code"] == "not_found"


@pytest.mark.parametrize(
    "body", [{"items": [{}] * 201}, {"items": [], "v": 2}, {"items": {}}, {}, {"items": [], "x": 1}]
)
def test_a_batch_that_cannot_be_read_as_one_is_refused_whole(app, device, body):
    refused = app.test_client().post(SYNC, json=body, headers=device)
    assert (refused.status_code, refused.json["code"]) == (422, "bad_input")


def test_a_body_that_was_cut_anywhere_logs_nothing_and_the_whole_one_everything(
    app, device, queued_scan, services, clock
):
    whole = json.dumps({"v": 1, "items": [queued_scan(1), queued_scan(2)]}).encode()
    for length in range(0, len(whole), 7):
        cut = app.test_client().post(SYNC, data=whole[:length], headers=device, content_type="application/json")
        assert cut.status_code == 422
    assert count(services, clock) == 0
    sent = app.test_client().post(SYNC, data=whole, headers=device, content_type="application/json")
    assert [one["outcome"] for one in sent.json["results"]] == ["accepted"] * 2


def test_every_kind_in_one_batch(batch, queued_scan, services, clock):
    at = clock().isoformat()
    slip = {"kind": "slip", "scan_id": "a-slip-of-paper", "number": "A-17", "scanned_at": at, "direction": "in"}
    contact = {"phone": "010-0000-1234", "residence": "경기도 군포시"}
    answer = batch(
        {"kind": "undo", "scan_id": scan_id(1), "undone_at": at},  # before its scan: there is nothing to undo yet
        queued_scan(1),
        {**slip, "contact": contact},
        {"kind": "undo", "scan_id": "a-slip-of-paper", "undone_at": at},
        {"kind": "refusal", "scan_id": "a-refusal", "code": "pass_forged", "scanned_at": at, "text": "EPC1"},
        {"kind": "closing", "closing_id": "a-closing", "closed_at": at},
    )
    results = answer.json["results"]
    assert [one.get("outcome", one.get("code")) for one in results] == [
        "not_found",
        "accepted",
        "accepted",
        "undone",
        "pass_forged",
        "closed",
    ]
    assert count(services, clock) == 3 - 1  # the slip's row is undone and counts no more


def test_a_fault_over_one_item_spoils_no_other(batch, queued_scan, services, monkeypatch, caplog):
    right = queued.read_presented

    def broken(services, device, text, at, **rest):
        if text == "the item that breaks it":
            raise ZeroDivisionError("010-0000-1234")
        return right(services, device, text, at, **rest)

    monkeypatch.setattr(queued, "read_presented", broken)
    results = batch(queued_scan(1), queued_scan(2, text="the item that breaks it"), queued_scan(3)).json["results"]
    assert [one.get("outcome", one.get("code")) for one in results] == ["accepted", "fault", "accepted"]
    assert "010-0000-1234" not in caplog.text
    assert logged(services, 3) is not None


def test_a_revoked_device_gets_401_for_the_whole_and_its_queue_goes_on_under_a_new_one(
    batch, queued_scan, services, clock
):
    before = queued_scan(1)
    batch(before)
    services.store.write(lambda db: devices.revoke(db, "D-GP-001", clock()))
    assert batch(before, queued_scan(2)).status_code == 401
    assert logged(services, 2) is None
    anew = Device(device_id="D-NEW", facility_id="GP-001", name="정문")
    services.store.write(lambda db: devices.add(db, anew, token_hash("enrolled-anew"), clock()))
    results = batch(before, queued_scan(2), headers={"Authorization": "Bearer enrolled-anew"}).json["results"]
    assert [(one["outcome"], one["repeated"]) for one in results] == [("accepted", True), ("accepted", False)]


def test_batches_wait_their_turn_and_too_many_come_back_later(app, batch, queued_scan, services):
    with app.test_request_context():
        turnstile = sync_api._turnstile()
    taken = []
    while turnstile._inside.acquire(blocking=False):
        taken.append(1)
    refused = batch(queued_scan(1))
    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (429, "too_many", "2")
    for _ in taken:
        turnstile._inside.release()
    assert batch(queued_scan(1)).status_code == 200


def test_without_a_database_nothing_is_acknowledged(batch, queued_scan, services):
    batch(queued_scan(1))  # known to be here
    services.store._writer.close()
    assert batch(queued_scan(2)).status_code == 503


def test_a_forged_pass_in_the_queue_is_a_refused_row(batch, queued_scan, services, visitor, clock):
    text = forged(visitor.code(clock()))
    [result] = batch(queued_scan(1, text=text)).json["results"]
    assert result["code"] == "pass_forged"
    assert logged(services, 1).outcome == "pass_forged"


def test_a_typed_code_is_worth_less_than_the_code_itself(batch, services, clock, visitor, post, reading):
    phone, now = visitor.signed.header, clock()
    day = kst_day(now)
    with services.store.read() as db:
        table = short_codes.short_codes
        handle = db.execute(table.select().where(table.c.pid == phone.pid)).one().handle
    key = codes.phone_key(services.short_code_key, day_number(day), phone.pid)
    slot = int((now - day_start(day)).total_seconds()) // phone.slot_seconds
    typed = codes.shown(handle, codes.check_letters(key, slot)).lower()
    answer = post(**reading(1, text=typed))
    assert answer.status_code == 200
    row = logged(services, 1)
    assert (row.pid, row.source, row.confidence) == (phone.pid, "staff_scan", "medium")
    [again] = batch({"kind": "scan", **reading(1, text=typed)}).json["results"]
    assert again["repeated"]
    assert post(**reading(2, text="AAAAA-AAAAA")).json["code"] == "pass_malformed"
