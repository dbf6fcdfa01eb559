"""The visitor's own records, over the API: only the phone that made a pass sees and deletes what is kept of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.contacts import normalise_subject
from entry_service.core.passes import code_text
from entry_service.core.times import day_of_number
from entry_service.store.log import scans

from .camera import forged, phone_with_pass
from .scan_api.posted import SCANS, scan_id


@pytest.fixture
def phone(services, clock):
    return phone_with_pass(services, clock())


def proof(phone) -> str:
    count = phone.signed.header.slot_count
    return code_text(phone.signed, count, phone.elements[count])


def visits(client, *proofs):
    return client.post("/api/v1/my/visits", json={"proofs": list(proofs)})


@pytest.fixture
def came(app, services, clock, phone, device):
    """Let the phone's visitor in at GP-001 and out half an hour later."""
    client = app.test_client()
    for number, direction in enumerate(("in", "out")):
        body = {
            "scan_id": scan_id(number),
            "text": phone.code(clock()),
            "direction": direction,
            "scanned_at": clock().isoformat(),
            "party_size": 2,
            "gate": "정문",
        }
        assert client.post(SCANS, json=body, headers=device).status_code in (200, 201)
        clock.passes(minutes=30)
    return client


def test_a_phone_sees_the_visits_of_its_own_pass(came, phone):
    [day] = visits(came, proof(phone)).json["days"]
    [visit] = day["visits"]
    assert (day["day"], day["destroyed"]) == ("2020-08-25", False)
    assert (visit["facility_name"], visit["party_size"]) == ("산본도서관", 2)
    assert visit["left_at"] is not None


def test_no_code_that_a_door_has_seen_proves_anything(came, phone, clock, services):
    shown = phone.code(clock())
    count = phone.signed.header.slot_count
    almost = code_text(phone.signed, count - 1, phone.elements[count - 1])
    guessed = code_text(phone.signed, count, bytes(16))
    foreign = replace(phone.signed, header=replace(phone.signed.header, pid=bytes(8)))
    other = code_text(foreign, count, phone.elements[count])
    for wrong in (shown, almost, guessed, other, "EPC1" + "0" * 149):
        for path in ("visits", "deletions"):
            answer = came.post(f"/api/v1/my/{path}", json={"proofs": [proof(phone), wrong]})
            assert (answer.status_code, answer.json["code"]) == (422, "proof_refused")
    day, pid = day_of_number(phone.signed.header.day), phone.signed.header.pid
    assert services.vault.forget(day, pid)  # it was still there


def test_deleting_takes_the_contact_and_leaves_a_count(came, phone, services, clock):
    day, pid = day_of_number(phone.signed.header.day), phone.signed.header.pid
    before = services.vault.count_day(day).contacts
    assert came.post("/api/v1/my/deletions", json={"proofs": [proof(phone)]}).json == {"deleted": 1}
    assert came.post("/api/v1/my/deletions", json={"proofs": [proof(phone)]}).json == {"deleted": 0}
    assert services.vault.count_day(day).contacts == before - 1
    assert not services.vault.forget(day, pid)
    with services.store.read() as db:
        assert len(scans.scans_of_pass(db, pid, clock() - timedelta(hours=2), clock())) == 2
    [told] = visits(came, proof(phone)).json["days"]
    assert len(told["visits"]) == 1
    assert [month.deleted_by_visitors for month in services.vault.audit.monthly()] == [1]  # the second was none


def test_a_pass_of_tomorrow_keeps_its_contact(came, phone, services, clock):
    day, pid = day_of_number(phone.signed.header.day), phone.signed.header.pid
    clock.passes(days=-1)
    answer = came.post("/api/v1/my/deletions", json={"proofs": [proof(phone)]})
    assert (answer.status_code, answer.json["code"]) == (422, "proof_refused")
    assert services.vault.held([(day, pid)]) == [(day, pid)]


def test_a_day_that_was_destroyed_says_so(came, phone, services, clock):
    day = day_of_number(phone.signed.header.day)
    services.vault.destroy_key(day, clock())
    services.vault.destroy_rows(day)
    assert visits(came, proof(phone)).json["days"][0]["destroyed"]


def test_nothing_is_deleted_that_cannot_be_written_down(came, phone, services, monkeypatch):
    from entry_service.vault.audit import AuditUnavailable

    def fails(*_args, **_facts):
        raise AuditUnavailable

    monkeypatch.setattr(services.vault.audit, "append", fails)
    assert came.post("/api/v1/my/deletions", json={"proofs": [proof(phone)]}).status_code == 503
    day, pid = day_of_number(phone.signed.header.day), phone.signed.header.pid
    assert services.vault.forget(day, pid)


def test_who_looked_is_told_to_whoever_receives_the_code(app, services, clock):
    from entry_service.core.actors import Actor

    number = "010-0000-4826"
    officer = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
    facts = {"now": clock(), "purpose": "contact_tracing", "subjects": [normalise_subject(number)], "rows": 1}
    services.vault.audit.append("disclosure_opened", officer, **facts)
    client = app.test_client()
    begun = client.post("/api/v1/verifications", json={"phone": number}).json["verification_id"]
    code = services.vault.verification.messages()[0].text[-6:]
    ask = {"verification_id": begun, "phone": number, "code": code}
    wrong = {**ask, "code": f"{(int(code) + 1) % 1_000_000:06d}"}
    assert client.post("/api/v1/my/looks", json=wrong).json["code"] == "code_refused"
    [look] = client.post("/api/v1/my/looks", json=ask).json["looks"]
    assert look == {
        "day": "2020-08-25",
        "action": "disclosure_opened",
        "purpose": "contact_tracing",
        "role": "officer",
    }
    assert client.post("/api/v1/my/looks", json=ask).json["code"] == "code_refused"  # a code serves once
    other = client.post("/api/v1/verifications", json={"phone": "010-0000-4827"}).json["verification_id"]
    code = services.vault.verification.messages()[0].text[-6:]
    answer = client.post(
        "/api/v1/my/looks", json={"verification_id": other, "phone": "010-0000-4827", "code": code}
    )
    assert answer.json == {"looks": []}


def test_a_forged_pass_proves_nothing(app, phone):
    assert visits(app.test_client(), forged(proof(phone))).status_code == 422
