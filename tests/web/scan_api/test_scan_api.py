"""The door's API: what is logged, what is refused, and that nothing sent to it is a fault."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from entry_service.core.model import Device
from entry_service.store.log import scans
from entry_service.store.sites import devices
from entry_service.web.frame.sessions import token_hash

from ..camera import forged
from ..conftest import ROLES, TOKENS
from .posted import SCANS, logged, scan_id

OCCUPANCY = "/api/v1/facilities/{}/occupancy"


def test_the_keys_verify_what_the_service_signs(app, services, clock):
    answer = app.test_client().get("/api/v1/keys")
    [key] = answer.json["keys"]
    raw = base64.urlsafe_b64decode(key["public"] + "=" * (-len(key["public"]) % 4))
    assert (key["kid"], key["alg"], raw) == (1, "Ed25519", services.public_keys[1].public)
    assert key["not_after"] is None
    assert answer.json["now"] == clock().isoformat().replace("+00:00", "Z")


def test_a_scan_is_in_the_log_before_it_is_answered(post, reading, services, visitor, clock):
    answer = post(**reading())
    assert answer.status_code == 200
    assert answer.json == {
        "scan_id": scan_id(),
        "outcome": "accepted",
        "direction": "in",
        "flags": ["unverified"],
        "occupancy": 1,
        "capacity": 60,
        "limit": 60,
        "crowding": "relaxed",
        "zone": "",
        "received_at": "2020-08-25T09:00:00Z",
        "repeated": False,
    }
    row = logged(services)
    assert row.pid == visitor.signed.header.pid
    assert (row.facility_id, row.device_id, row.gate) == ("GP-001", "D-GP-001", "정문")
    assert (row.scanned_at, row.received_at, row.source) == (clock(), clock(), "staff_scan")


def test_a_repeated_scan_id_is_the_same_answer_and_one_row(post, reading, clock):
    sent = reading()
    first = post(**sent)
    clock.passes(seconds=7)
    again = post(**sent)
    assert again.status_code == 200
    assert again.json == {**first.json, "repeated": True}


def test_a_hundred_repeats_at_once_are_one_row(app, device, reading, services, clock):
    body = reading()

    def send(_):
        return app.test_client().post(SCANS, json=body, headers=device).json

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(100)))
    assert sum(not answer["repeated"] for answer in answers) == 1
    assert {answer["direction"] for answer in answers} == {"in"}
    with services.store.read() as db:
        kept = scans.scans_between(db, None, clock() - timedelta(days=1), clock() + timedelta(days=1))
    assert len(kept) == 1


def test_auto_lets_out_who_is_inside_and_a_chosen_direction_wins(post, reading, clock):
    assert post(**reading(1)).json["direction"] == "in"
    clock.passes(minutes=30)
    left = post(**reading(2)).json
    assert (left["direction"], left["occupancy"]) == ("out", 0)
    clock.passes(minutes=30)
    assert post(**reading(3, direction="out")).json["direction"] == "out"


def test_the_same_scan_id_for_another_reading_is_a_conflict(post, reading, clock):
    post(**reading())
    clock.passes(seconds=60)
    refused = post(**reading())
    assert (refused.status_code, refused.json["code"]) == (409, "scan_conflict")


def late(text, clock):
    clock.passes(seconds=60)
    return text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text, clock: forged(text), "pass_forged"),
        (lambda text, clock: "HTTPS://EXAMPLE.KR/P/ABC", "pass_malformed"),
        (lambda text, clock: "EPC1" + "0" * 149, "pass_malformed"),
        (late, "pass_expired"),
        (lambda text, clock: clock.passes(seconds=-60) or text, "pass_from_future"),
    ],
)
def test_a_refused_pass_is_answered_with_its_code_after_it_is_logged(post, reading, services, clock, change, code):
    sent = reading()
    text = change(sent["text"], clock)
    refused = post(**{**sent, "text": text, "scanned_at": clock().isoformat()})
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert refused.json["code"] == code
    assert refused.json["detail"].endswith("다.")
    row = logged(services)
    assert (row.outcome, row.facility_id) == (code, "GP-001")
    assert (row.pid is None) == (code in {"pass_forged", "pass_malformed"})
    again = post(**{**sent, "text": text, "scanned_at": clock().isoformat()})
    assert (again.status_code, again.json["code"]) == (422, code)


def test_a_refusal_tells_nothing_of_the_pass(post, reading, visitor, clock):
    sent = reading()
    clock.passes(seconds=60)
    answer = post(**{**sent, "scanned_at": clock().isoformat()}).get_data(as_text=True)
    assert sent["text"] not in answer
    assert visitor.signed.header.pid.hex() not in answer
    assert json.loads(answer)["age"] == 45


def test_a_scan_that_arrives_late_is_judged_by_its_own_time_and_flagged(post, reading, clock):
    sent = reading()
    clock.passes(hours=3)
    answer = post(**sent)
    assert (answer.status_code, answer.json["flags"]) == (200, ["late", "unverified"])


@pytest.mark.parametrize("days", [-29, 2])
def test_a_device_clock_that_is_days_off_is_told_so(post, reading, clock, days):
    refused = post(**reading(scanned_at=(clock() + timedelta(days=days)).isoformat()))
    assert (refused.status_code, refused.json["field"]) == (422, "scanned_at")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}, {"Authorization": ""}]
)
def test_without_a_device_nothing_is_read_or_logged(post, reading, services, headers):
    refused = post(headers=headers, **reading())
    assert (refused.status_code, refused.json["code"]) in [(401, "not_signed_in"), (400, "csrf")]
    assert logged(services) is None


@pytest.mark.parametrize("role", ["staff", "manager", "officer", "admin"])
def test_an_account_is_no_device(person, reading, services, role):
    someone = person(role)
    refused = someone.client.post(SCANS, json=reading(), headers={"X-CSRFToken": someone.token("/")})
    assert refused.status_code == 403
    assert logged(services) is None


def test_a_device_cookie_needs_the_form_token_of_its_own_page(person, reading):
    someone = person()
    someone.client.set_cookie("device", TOKENS["GP-001"])
    foreign = someone.client.post(SCANS, json=reading())
    assert (foreign.status_code, foreign.json["code"]) == (400, "csrf")
    own = someone.client.post(SCANS, json=reading(), headers={"X-CSRFToken": someone.token("/")})
    assert own.status_code == 200


def test_a_revoked_device_is_refused_at_its_next_scan(post, reading, services, clock):
    assert post(**reading(1)).status_code == 200
    services.store.write(lambda db: devices.revoke(db, "D-GP-001", clock()))
    assert post(**reading(2)).status_code == 401
    assert logged(services, 2) is None


def test_occupancy_is_told_to_the_own_door_and_to_its_people(app, person, device, post, reading):
    post(**reading())
    path = OCCUPANCY.format("GP-001")
    full = {"occupancy": 1, "capacity": 60, "limit": 60, "crowding": "relaxed"}
    expected = {"facility_id": "GP-001", **full, "now": "2020-08-25T09:00:00Z"}
    assert app.test_client().get(path, headers=device).json == expected
    allowed = {"staff", "manager", "admin"}
    for role in allowed:
        assert person(role).get(path).json == expected
    for role in set(ROLES) - allowed:
        assert person(role).get(path).status_code == 403
    assert app.test_client().get(path).status_code == 401


def test_another_facility_and_one_that_is_not_there_look_the_same(app, person, device):
    for headers, someone in ((device, person()), ({}, person("staff")), ({}, person("manager"))):
        other = someone.get(OCCUPANCY.format("GP-002"), headers=headers)
        absent = someone.get(OCCUPANCY.format("GP-999"), headers=headers)
        assert (other.status_code, other.data) == (404, absent.data)
    assert person("admin").get(OCCUPANCY.format("GP-002")).json["capacity"] is None
    assert person("admin").get(OCCUPANCY.format("GP-999")).status_code == 404


def test_two_doors_of_a_facility_count_together(app, post, reading, services, clock):
    second = Device(device_id="D-2", facility_id="GP-001", name="후문")
    services.store.write(lambda db: devices.add(db, second, token_hash("back-door"), clock()))
    post(**reading(1))
    clock.passes(minutes=10)
    left = post(headers={"Authorization": "Bearer back-door"}, **reading(2)).json
    assert (left["direction"], left["occupancy"]) == ("out", 0)


def test_the_description_lists_the_door_and_its_refusals(app):
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"]
    answers = paths["/api/v1/scans"]["post"]["responses"]
    for code in ("pass_malformed", "pass_key_unknown", "pass_forged", "pass_expired", "pass_from_future"):
        assert f"`{code}`" in answers["422"]["description"]
    assert "`scan_conflict`" in answers["409"]["description"]
    assert "/api/v1/facilities/{facility_id}/occupancy" in paths
    assert paths["/api/v1/keys"]["get"]["security"] == []
