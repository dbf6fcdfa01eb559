"""The slips of a door over the wire: keys for devices, one answer for everybody, nothing personal repeated."""

from datetime import date

import pytest

from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.store.log import scans
from entry_service.store.sites import devices
from entry_service.vault import seal
from entry_service.web.api.openapi import base64url

SLIPS, KEYS = "/api/v1/slips", "/api/v1/day-keys"
CONTACT = {"phone": "010-0876-1234", "residence": "군포시"}


@pytest.fixture
def post(app, device, clock):
    """Return a function that posts a slip as the device at GP-001."""

    def send(headers=device, **changes):
        body = {
            "scan_id": "slip-one-1",
            "number": "12",
            "scanned_at": clock().isoformat(),
            "direction": "in",
            "contact": CONTACT,
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return app.test_client().post(SLIPS, json=body, headers=headers)

    return send


@pytest.fixture
def sealed(services, clock):
    """Return the fields of a sealed contact."""
    day, pid = kst_day(clock()), b"slippid1"
    contact = Contact(name="", phone="+821008761234", residence="군포시")
    record = seal(services.vault.public_key(day), day, pid, contact)
    return {"contact": None, "day": str(day), "pid": base64url(pid), "sealed": base64url(record)}


def test_a_device_gets_the_public_keys_of_three_days_and_nobody_else_does(app, services, device, clock, person):
    days = app.test_client().get(KEYS, headers=device).json["days"]
    assert [one["day"] for one in days] == ["2020-08-25", "2020-08-26", "2020-08-27"]
    assert [one["public"] for one in days] == [
        base64url(services.vault.public_key(date.fromisoformat(one["day"]))) for one in days
    ]
    assert set(days[0]) == {"day", "public"}
    assert app.test_client().get(KEYS).status_code == 401
    assert person("manager").get(KEYS).status_code == 403


def test_a_slip_is_logged_sealed_or_in_the_clear(post, services, sealed):
    assert post(**sealed).json["outcome"] == "accepted"
    assert post(scan_id="slip-two-2").json["occupancy"] == 2
    with services.store.read() as db:
        assert scans.find_scan(db, "slip-one-1").pid == b"slippid1"
    again = post(**sealed)
    assert (again.status_code, again.json["repeated"]) == (200, True)


def test_answers_for_a_known_and_a_new_number_differ_in_nothing_but_the_id(post, clock):
    for number in range(4):
        post(scan_id=f"slip-before-{number}", number=f"{number}")
        post(scan_id=f"slip-gone-{number}", number=f"{number}", direction="out", contact=None)
    known = post(scan_id="slip-known")
    post(scan_id="slip-known-out", direction="out", contact=None)
    new = post(scan_id="slip-new-1", contact={**CONTACT, "phone": "010-0876-9999"})
    assert {**known.json, "scan_id": ""} == {**new.json, "scan_id": ""}
    assert list(known.headers) == list(new.headers)
    for word in ("0876", "군포시"):
        assert word not in known.get_data(as_text=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": ""},
        {"number": "a b"},
        {"number": "1" * 9},
        {"number": "01008761234"},
        {"number": "시험방문자"},
        {"number": "12\n"},
        {"direction": "auto"},
        {"party_size": 0},
        {"party_size": 1, "children": 1},
        {"contact": {**CONTACT, "name": "시험방문자"}},
        {"contact": {**CONTACT, "verified": True}},
        {"contact": None},
        {"day": "2020-08-25"},
        {"facility_id": "GP-002"},
        {"scanned_at": "2020-08-25T18:00:00"},
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(post, services, changes):
    answer = post(**changes)
    assert (answer.status_code, answer.json["code"]) == (422, "bad_input")
    assert "0876" not in answer.get_data(as_text=True)
    assert "시험방문자" not in answer.get_data(as_text=True)


def test_a_sealed_record_is_whole_or_nothing(post, sealed):
    wrong = (
        {**sealed, "sealed": None},
        {**sealed, "pid": None},
        {**sealed, "day": None},
        {**sealed, "contact": CONTACT},
        {**sealed, "day": "2020-08-26"},
        {**sealed, "sealed": sealed["sealed"][:-1]},
        {**sealed, "sealed": "A" * 555},
        {**sealed, "pid": "A" * 11},
    )
    for changes in wrong:
        assert post(**changes).json["code"] == "bad_input", changes


@pytest.mark.parametrize("profile", ["gate", "kiosk"])
def test_only_a_desk_takes_slips(post, services, profile):
    from sqlalchemy import update

    from entry_service.store.schema.tables import devices as table

    services.store.write(lambda db: db.execute(update(table).values(profile=profile)))
    assert post().json["code"] == "not_allowed"


def test_a_revoked_device_takes_none(post, services, clock):
    services.store.write(lambda db: devices.revoke(db, "D-GP-001", clock()))
    assert post().status_code == 401


def test_no_line_tells_what_was_typed(post, caplog, capsys):
    caplog.set_level("DEBUG")
    post()
    post(number="", scan_id="slip-bad-1")
    post(contact={**CONTACT, "phone": "010-0876-12"}, scan_id="slip-bad-2")
    said = caplog.text + "".join(capsys.readouterr())
    assert "0876" not in said
    assert "군포시" not in said
