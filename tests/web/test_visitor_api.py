"""The API of the visitor's phone: passes that verify, verification by one-time code, and what is refused."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, timedelta
from itertools import pairwise

import pytest

from entry_service import create_app
from entry_service.core.passes import PassHeader, SignedPass, chain, code_text, read_pass
from entry_service.core.times import day_number, kst_day
from entry_service.settings import Settings

SEED = bytes(range(16))
PHONE, NAME = "010-0391-4826", "시험방문자"


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def wanted(of: date, **changed: object) -> dict:
    slots = {"first_slot": 4_318, "slot_count": 1_442, "slot_seconds": 15}
    return {"day": of.isoformat(), "root": base64url(chain(SEED, 1_442)[0]), **slots, **changed}


@pytest.fixture
def ask(app, clock):
    """Ask for passes; fields replace those of an honest request, None removes one."""
    client = app.test_client()

    def post(**fields: object):
        body = {"name": NAME, "phone": PHONE, "days": [wanted(kst_day(clock()))], **fields}
        sent = {name: value for name, value in body.items() if value is not None}
        return client.post("/api/v1/passes", json=sent)

    return post


def verify(client, services, phone: str = PHONE) -> str:
    begun = client.post("/api/v1/verifications", json={"phone": phone})
    assert begun.status_code == 201
    code = services.vault.verification.messages()[0].text[-6:]
    path = f"/api/v1/verifications/{begun.json['verification_id']}/confirm"
    confirmed = client.post(path, json={"phone": phone, "code": code})
    assert confirmed.status_code == 200
    return confirmed.json["certificate"]


def test_a_signed_pass_opens_the_door_with_the_public_key_alone(ask, services, clock):
    today = kst_day(clock())
    answer = ask(days=[wanted(today), wanted(today + timedelta(days=1), first_slot=0)])
    assert answer.status_code == 201
    first, second = answer.json["passes"]
    assert first["pid"] != second["pid"]
    header = PassHeader(first["kid"], day_number(today), raw(first["pid"]), 4_318, 1_442, 15, first["verified"])
    root, element = chain(SEED, 1_442)[0], chain(SEED, 1_442)[3]
    text = code_text(SignedPass(header, root, raw(first["sig"])), 3, element)  # slot 4320 is 18:00 KST
    reading = read_pass(text, at=clock(), keys=services.public_keys)
    assert (reading.i, reading.slot_start) == (3, clock())
    assert not reading.header.verified


def test_the_answer_tells_nothing_of_the_visitor(ask):
    text = ask(residence="군포시").get_data(as_text=True)
    assert not [secret for secret in (NAME, PHONE, "03914826", "군포시") if secret in text]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": None}, "phone"),
        ({"safety_code": "12가34나"}, "phone"),
        ({"phone": "02-390-0114"}, "phone"),
        ({"phone": None, "safety_code": "1234가"}, "safety_code"),
        ({"name": "  "}, "name"),
        ({"name": "가" * 201}, "name"),
        ({"name": 7}, "name"),
        ({"days": []}, "days"),
        ({"residence": "가" * 31}, "residence"),
    ],
)
def test_what_cannot_be_read_is_named(ask, fields, field):
    refused = ask(**fields)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (422, "bad_input", field)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day": "2020-08-24"}, "days.0.day"),
        ({"day": "2020-08-27"}, "days.0.day"),
        ({"root": "AAAA"}, "days[0].root"),
        ({"root": "A" * 22 + "\n"}, "days[0].root"),
        ({"slot_seconds": 14}, "days[0].slot_seconds"),
        ({"slot_count": 1_443}, "days.0.slot_count"),
        ({"slot_count": 0}, "days[0].slot_count"),
        ({"first_slot": -1}, "days[0].first_slot"),
        ({"pid": "AAAAAAAAAAA"}, "days[0]"),
    ],
)
def test_a_day_that_cannot_be_signed_is_named(ask, clock, changed, field):
    refused = ask(days=[wanted(kst_day(clock()), **changed)])
    assert (refused.status_code, refused.json["field"]) == (422, field)


def test_a_refused_request_leaves_nothing_in_the_vault(ask, services, clock):
    today = kst_day(clock())
    assert ask(days=[wanted(today), wanted(today, day="2020-08-29")]).status_code == 422
    with services.vault.store.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM records").scalar_one() == 0


def test_a_verified_number_makes_a_verified_pass(app, ask, services):
    certificate = verify(app.test_client(), services)
    assert ask(certificate=certificate).json["passes"][0]["verified"] is True
    assert ask(certificate=certificate, phone="+82 10 0391 4826").json["passes"][0]["verified"] is True


def test_a_certificate_of_another_number_is_refused(app, ask, services):
    certificate = verify(app.test_client(), services, "010-0111-2222")
    refused = ask(certificate=certificate)
    assert (refused.status_code, refused.json["code"]) == (422, "certificate_refused")


def test_a_certificate_ends_after_thirty_days(app, ask, services, clock):
    certificate = verify(app.test_client(), services)
    clock.passes(days=30)
    assert ask(certificate=certificate).json["code"] == "certificate_refused"


@pytest.mark.parametrize("forged", ['"', "AAAA", "é", "A" * 1_000, "\ud800"])
def test_a_made_up_certificate_is_refused(ask, forged):
    refused = ask(certificate=forged)
    assert refused.status_code in {400, 422}
    assert refused.json["code"] in {"certificate_refused", "bad_input"}


def test_five_wrong_codes_end_a_challenge_and_look_like_an_unknown_one(app, services):
    client = app.test_client()
    begun = client.post("/api/v1/verifications", json={"phone": PHONE}).json
    right = services.vault.verification.messages()[0].text[-6:]
    wrong = f"{(int(right) + 1) % 10**6:06}"
    path = f"/api/v1/verifications/{begun['verification_id']}/confirm"
    answers = [client.post(path, json={"phone": PHONE, "code": wrong}) for _ in range(5)]
    answers.append(client.post(path, json={"phone": PHONE, "code": right}))
    unknown = "/api/v1/verifications/AAAAAAAAAAAAAAAAAAAAAA/confirm"
    answers.append(client.post(unknown, json={"phone": PHONE, "code": right}))
    answers.append(client.post(unknown, json={"phone": PHONE, "code": "\0"}))
    assert {answer.status_code for answer in answers} == {422}
    assert all(before.data == after.data for before, after in pairwise(answers))


def test_one_number_gets_five_codes_an_hour(app):
    client = app.test_client()
    answers = [client.post("/api/v1/verifications", json={"phone": PHONE}).status_code for _ in range(6)]
    assert answers == [201] * 5 + [429]


def test_without_a_sender_nothing_is_sent(settings, services, clock):
    off = Settings(var=settings.var, secret=settings.secret, secure_cookies=False, sms="off")
    client = create_app(off, services, clock=clock).test_client()
    refused = client.post("/api/v1/verifications", json={"phone": PHONE})
    assert (refused.status_code, refused.json["code"]) == (404, "verification_off")
    assert services.vault.verification.messages() == []
    assert client.get("/simulator/sms").status_code == 404
    assert "인증번호 받기" in client.get("/pass").get_data(as_text=True)  # hidden until its script asks for it
    assert '"may_verify": false' in client.get("/pass").get_data(as_text=True)


def test_the_simulator_shows_what_would_have_been_sent(app, services):
    client = app.test_client()
    verify(client, services)
    page = client.get("/simulator/sms").get_data(as_text=True)
    assert PHONE not in page  # anybody may look at this page
    assert f"010-****-{PHONE[-4:]}" in page
    assert services.vault.verification.messages()[0].text in page


def test_one_address_cannot_ask_without_end(settings, services, clock):
    slow = Settings(var=settings.var, secret=settings.secret, public_per_minute=3)
    client = create_app(slow, services, clock=clock).test_client()
    answers = [client.post("/api/v1/passes", json={}).status_code for _ in range(4)]
    assert answers == [422, 422, 422, 429]


def test_a_foreign_page_cannot_ask_in_the_name_of_a_visitor(app):
    assert app.test_client().post("/api/v1/passes", data={"name": NAME}).status_code == 415
