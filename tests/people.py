"""What people do at the doors, well and in every wrong way: journeys of one invented person and the staff."""

import base64
import re
import secrets
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import zxingcpp
from PIL import Image

from entry_service.core.passes import PassHeader, SignedPass, chain, code_text
from entry_service.core.posters import poster_id
from entry_service.core.times import day_number

from .canaries import NAME, OTHER_PHONE, PHONE, RESIDENCE, SAFETY_CODE
from .web.camera import SLOT_SECONDS, Phone, forged
from .web.conftest import TOKENS, Person

POSTER = poster_id(b"0123456789", 1)
CODE = "739154"  # every one-time code of the service under test


def visitor_journey(city, net, clock):
    """Verify the number, get a pass; before and after everything a visitor can do wrong."""
    client = city.test_client()
    client.get("/pass", headers={"Referer": "http://localhost/"})
    verify = "/api/v1/verifications"
    for phone in ("+82 10-0829-7316", "010 0829 73", NAME, [PHONE], {PHONE: NAME}):
        client.post(verify, json={"phone": phone})
    begun = client.post(verify, json={"phone": PHONE}).json["verification_id"]
    client.get("/simulator/sms")
    for code in ("000000", CODE + "9", NAME, CODE):
        confirmed = client.post(f"{verify}/{begun}/confirm", json={"phone": PHONE, "code": code})
    certificate = confirmed.json["certificate"]
    net.add("certificate", certificate)
    client.post(f"{verify}/{begun}/confirm", json={"phone": PHONE, "code": CODE})
    count = 86_400 // SLOT_SECONDS
    elements = chain(secrets.token_bytes(16), count)
    day = {"day": str((clock() + timedelta(hours=9)).date()), "first_slot": 0, "slot_count": count}
    day |= {"slot_seconds": SLOT_SECONDS, "root": base64.urlsafe_b64encode(elements[0]).decode().rstrip("=")}
    wanted = {"name": NAME, "phone": PHONE, "residence": RESIDENCE, "certificate": certificate, "days": [day]}
    for change in (
        {"phone": NAME},
        {"name": f"{NAME}{NAME * 40}"},
        {"residence": RESIDENCE * 9},
        {"safety_code": SAFETY_CODE},
        {"phone": None},
        {"certificate": NAME},
        {"certificate": certificate[:-2] + "AA"},
        {"days": [{**day, "day": NAME}]},
        {"days": NAME},
        {NAME: PHONE},
        {"name": {NAME: PHONE}},
    ):
        assert client.post("/api/v1/passes", json={**wanted, **change}).status_code == 422, change
    for body in (
        f'{{"name": "{NAME}", "phone": "{PHONE}"',
        NAME.encode("euc-kr", "ignore") + PHONE.encode() + b"\xff",
    ):
        client.post("/api/v1/passes", data=body, content_type="application/json")
    client.post("/api/v1/passes", data={"name": NAME, "phone": PHONE})
    client.post("/api/v1/passes", json={**wanted, "phone": None, "safety_code": SAFETY_CODE, "certificate": None})
    answer = client.post("/api/v1/passes", json=wanted)
    assert answer.status_code == 201
    issued = answer.json["passes"][0]
    pid, sig = (base64.urlsafe_b64decode(issued[part] + "==") for part in ("pid", "sig"))
    net.add("pid", pid)
    header = PassHeader(
        issued["kid"], day_number((clock() + timedelta(hours=9)).date()), pid, 0, count, SLOT_SECONDS, True
    )
    phone = Phone(SignedPass(header, elements[0], sig), elements)
    net.add("pass code", phone.code(clock())[4:28])
    return phone


def door_journey(city, net, clock, phone, turn=0):
    """Enrol a browser, scan the pass well and in every wrong way; ``turn`` tells repeated journeys apart."""
    staff = Person(city.test_client())
    staff.signs_in("staff")
    staff.post("/staff/enrol", {"name": "정문"})
    token = staff.client.get_cookie("device").value
    net.add("token", token)
    net.add("token", staff.client.get_cookie("session").value)
    speaks = {"headers": {"Authorization": f"Bearer {token}"}}
    first = 100 * turn + 1
    scan = {"scan_id": str(UUID(int=first)), "text": phone.code(clock()), "direction": "in"}
    scan["scanned_at"] = clock().isoformat()
    assert staff.client.post("/api/v1/scans", json=scan, **speaks).status_code == 200
    assert staff.client.post("/api/v1/scans", json=scan, **speaks).json["repeated"]
    for number, change in enumerate(
        (
            {"text": forged(phone.code(clock()))},
            {"text": phone.code(clock() - timedelta(minutes=30))},
            {"text": phone.code(clock() + timedelta(minutes=30))},
            {"text": NAME},
            {"text": PHONE},
            {"text": phone.code(clock()), "gate": NAME * 20},
            {"scanned_at": NAME},
            {phone.code(clock()): 1},
            {"scan_id": NAME},
            {"scan_id": str(UUID(int=first)), "scanned_at": (clock() - timedelta(seconds=2)).isoformat()},
        )
    ):
        sent = {**scan, "scan_id": str(UUID(int=first + number + 1)), **change}
        assert 400 <= staff.client.post("/api/v1/scans", json=sent, **speaks).status_code < 500, change
    staff.client.post("/api/v1/scans", json=scan, headers={"Authorization": f"Bearer {NAME.encode().hex()}"})
    staff.get("/staff")
    return staff


def poster_journey(city, turn=0):
    """Enter by the poster, with every mistake first, then over the cap; leave and forget."""
    visitor = Person(city.test_client())
    path = f"/E/{POSTER}"
    form = {"kind": "phone", "name": NAME, "phone": PHONE, "consent": "1", "party_size": "2"}
    for change in (
        {"phone": NAME},
        {"name": NAME * 30},
        {"consent": ""},
        {"party_size": NAME},
        {"kind": "safety_code", "safety_code": NAME},
        {"certificate": NAME},
    ):
        page = visitor.get(path).get_data(as_text=True)
        scan_id = re.search(r'name="scan_id" value="([^"]+)"', page)[1]
        assert visitor.post(path, {**form, "scan_id": scan_id, **change}).status_code == 422, change
    assert (
        visitor.post(
            path, {**form, "scan_id": scan_id}, headers={"Referer": f"http://localhost{path}"}
        ).status_code
        == 303
    )
    visitor.get("/ticket")
    for number in range(3):
        visitor.post(path, {**form, "scan_id": f"{turn:011}{number:011}"})
    visitor.post(path, {**form, "kind": "safety_code", "safety_code": SAFETY_CODE, "scan_id": f"a{turn:021}"})
    visitor.client.post(path, data=form)  # without the page's token
    visitor.post("/ticket/leave")
    visitor.post("/ticket/forget")
    visitor.post("/ticket/leave")


def paper_journey(city, net, clock, turn=0):
    """Type slips well and in every wrong way; give out a card, read it, end it, read it again."""
    client = city.test_client()
    speaks = {"headers": {"Authorization": f"Bearer {TOKENS['GP-001']}"}}
    typed = {"phone": PHONE, "residence": RESIDENCE}
    slip = {"number": "12", "scanned_at": clock().isoformat(), "direction": "in", "contact": typed}
    for number, (change, status) in enumerate(
        (
            ({}, 200),
            ({"contact": {"safety_code": SAFETY_CODE}}, 200),
            ({"number": "13"}, 200),  # over the cap, flagged
            ({"direction": "out", "contact": None}, 200),
            ({"number": NAME}, 422),
            ({"contact": {**typed, "phone": NAME}}, 422),
            ({"contact": {**typed, "safety_code": SAFETY_CODE}}, 422),
            ({"contact": {**typed, "residence": RESIDENCE * 9}}, 422),
            ({"contact": {**typed, "name": NAME}}, 422),
            ({"contact": PHONE}, 422),
            ({"sealed": PHONE}, 422),
            ({PHONE: NAME}, 422),
        )
    ):
        sent = {**slip, "scan_id": f"slip-of-journey-{turn}-{number}", **change}
        assert client.post("/api/v1/slips", json=sent, **speaks).status_code == status, change
    manager = Person(city.test_client())
    manager.signs_in("manager")
    form = {"form_id": f"form-of-journey-{turn}", "kind": "phone", **typed, "consent": "yes"}
    for change in (
        {"phone": NAME},
        {"residence": RESIDENCE * 9},
        {"consent": ""},
        {"kind": "safety_code", "safety_code": NAME},
    ):
        assert manager.post("/manager/GP-001/cards", {**form, **change}).status_code == 422, change
    page = manager.post("/manager/GP-001/cards", form).get_data(as_text=True)
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', page)[1]
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(base64.b64decode(picture))))
    net.add("card", code.text[4:])
    card_id = re.search(r'download="card-(\w+)-(\w+)\.pdf"', page)
    manager.post("/manager/GP-001/cards", form)
    scan = {"text": code.text, "direction": "auto", "scanned_at": clock().isoformat()}
    for number in range(3):
        sent = {**scan, "scan_id": f"card-of-journey-{turn}-{number}"}
        status = client.post("/api/v1/scans", json=sent, **speaks).status_code
        assert status == (200 if number < 2 else 422)
        if number == 1:
            manager.post(f"/manager/GP-001/cards/{card_id[1]}{card_id[2]}/revoke")
    client.post("/api/v1/looks", json={"text": code.text, "scanned_at": clock().isoformat()}, **speaks)
    for path in ("cards", "paper"):
        manager.get(f"/manager/GP-001/{path}")


def rights_journey(city, net, clock, phone):
    """Ask who looked, see the own visits, delete the contact; each also with what proves nothing."""
    client = city.test_client()
    count = phone.signed.header.slot_count
    proof = code_text(phone.signed, count, phone.elements[count])
    net.add("pass code", proof[4:])
    for path in ("visits", "deletions"):
        for wrong in (phone.code(clock()), forged(proof), NAME, PHONE, NAME * 40, 7):
            assert client.post(f"/api/v1/my/{path}", json={"proofs": [wrong]}).status_code == 422
    [day] = client.post("/api/v1/my/visits", json={"proofs": [proof]}).json["days"]
    assert day["visits"]
    begun = client.post("/api/v1/verifications", json={"phone": PHONE}).json["verification_id"]
    ask = {"verification_id": begun, "phone": PHONE, "code": CODE}
    for change in ({"code": "000000"}, {"code": NAME}, {"phone": NAME}, {"phone": OTHER_PHONE}, {"code": PHONE}):
        assert client.post("/api/v1/my/looks", json={**ask, **change}).status_code == 422
    looks = client.post("/api/v1/my/looks", json=ask)
    assert {look["action"] for look in looks.json["looks"]} >= {"phone_searched", "disclosure_opened"}
    assert client.post("/api/v1/my/deletions", json={"proofs": [proof]}).json == {"deleted": 1}


def break_everything(city, services, clock, deposit_fails):
    """Faults in the middle of personal work: a programmer's error, and a lost table."""
    client = city.test_client()
    wanted = {"name": NAME, "phone": PHONE, "residence": RESIDENCE}
    day = {"day": str((clock() + timedelta(hours=9)).date()), "first_slot": 0, "slot_count": 9}
    day |= {"slot_seconds": 15, "root": "AAECAwQFBgcICQoLDA0ODw"}
    passes = {"json": {**wanted, "days": [day]}}
    with deposit_fails():
        assert client.post("/api/v1/passes", **passes).status_code >= 500
    vault = services.vault.store
    for table, path, sent in (
        ("records", "/api/v1/passes", passes),
        ("challenges", "/api/v1/verifications", {"json": {"phone": PHONE}}),
    ):
        vault.write(lambda db, table=table: db.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away"))
        assert client.post(path, **sent).status_code >= 500  # the failed statement holds what was sent
        vault.write(lambda db, table=table: db.exec_driver_sql(f"ALTER TABLE away RENAME TO {table}"))
