"""Enrolling a browser as a staff device, and leaving again."""

import re

import pytest

from entry_service.store.sites import devices
from entry_service.web.frame.sessions import token_hash

from .conftest import TOKENS, Person


def kept_devices(services, facility_id="GP-001"):
    with services.store.read() as db:
        return devices.all(db, facility_id)


def enrols(someone, name="정문"):
    return someone.post("/staff/enrol", {"name": name})


@pytest.mark.parametrize("role", ["staff", "manager"])
def test_one_tap_and_a_name_make_this_browser_a_device(person, services, clock, role):
    someone = person(role)
    assert "이 기기 등록" in someone.get("/staff").get_data(as_text=True)
    before = len(kept_devices(services))
    answer = enrols(someone, "  1층   안내대 ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff")
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("device=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert len(kept_devices(services)) == before + 1
    token = someone.client.get_cookie("device").value
    with services.store.read() as db:
        device = devices.by_token_hash(db, token_hash(token))
    assert (device.facility_id, device.name, device.revoked_at) == ("GP-001", "1층 안내대", None)


def test_the_token_is_in_no_page_and_in_no_file(person, services, settings):
    someone = person("staff")
    enrols(someone)
    token = someone.client.get_cookie("device").value
    assert token not in someone.get("/staff").get_data(as_text=True)
    services.close()
    kept = b"".join(path.read_bytes() for path in settings.var.glob("*.sqlite*") if path.is_file())
    assert token.encode() not in kept


def test_the_door_stays_open_when_the_session_ends(person, clock):
    someone = person("staff")
    enrols(someone)
    someone.post("/logout")
    clock.passes(days=30)
    page = someone.get("/staff").get_data(as_text=True)
    assert 'id="verdict"' in page
    assert "산본도서관" in page


@pytest.mark.parametrize("name", ["", "   ", "가" * 41, "정문\u202e"])
def test_a_name_that_cannot_be_kept_is_refused_on_the_form(person, services, name):
    before = kept_devices(services)
    answer = enrols(person("staff"), name)
    assert answer.status_code == 422
    assert "기기의 위치를 1자 이상 40자 이하로" in answer.get_data(as_text=True)
    assert kept_devices(services) == before


def test_a_name_that_no_database_can_hold_is_refused(person, services):
    before = kept_devices(services)
    assert enrols(person("staff"), "정문\x00").status_code == 422
    assert kept_devices(services) == before


def test_without_the_form_token_nothing_is_enrolled(person, services):
    before = kept_devices(services)
    assert person("staff").client.post("/staff/enrol", data={"name": "정문"}).status_code == 400
    assert kept_devices(services) == before


@pytest.mark.parametrize(("role", "status"), [("officer", 403), ("admin", 403)])
def test_officers_and_administrators_have_no_door(person, role, status):
    assert person(role).get("/staff").status_code == status
    assert enrols(person(role)).status_code == status


def test_strangers_are_led_to_the_sign_in(person):
    away = person().get("/staff", headers={"Accept": "text/html"})
    assert (away.status_code, away.headers["Location"]) == (303, "/login?next=%2Fstaff")
    assert person().post("/staff/enrol", {"name": "정문"}).status_code == 401


def test_a_device_alone_cannot_enrol_another(person, services):
    someone = person()
    someone.client.set_cookie("device", TOKENS["GP-001"])
    before = kept_devices(services)
    assert enrols(someone).status_code == 401
    assert kept_devices(services) == before


def test_an_account_without_a_facility_is_told_so(person, services, password_hash, clock):
    from entry_service.store.sites import accounts

    roamer = accounts.Account(
        account_id="A-roamer",
        login="roamer",
        role="staff",
        facility_id=None,
        password_hash=password_hash,
        created_at=clock(),
    )
    services.store.write(lambda db: accounts.add(db, roamer))
    someone = person()
    someone.signs_in("roamer")
    assert "시설에 속해 있지 않아" in someone.get("/staff").get_data(as_text=True)
    assert enrols(someone).status_code == 403


def test_leaving_revokes_the_device_and_takes_its_cookie(person, services):
    someone = person("staff")
    enrols(someone)
    token = someone.client.get_cookie("device").value
    page = someone.get("/staff").get_data(as_text=True)
    form = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    assert someone.client.post("/staff/leave", data={"csrf_token": form}).status_code == 303
    assert someone.client.get_cookie("device") is None
    thief = Person(someone.client.application.test_client())
    headers = {"Authorization": f"Bearer {token}"}
    assert thief.get("/api/v1/facilities/GP-001/occupancy", headers=headers).status_code == 401
    assert "이 기기 등록" in someone.get("/staff").get_data(as_text=True)


def test_leaving_without_a_device_is_refused(person):
    assert person("staff").post("/staff/leave").status_code == 403
