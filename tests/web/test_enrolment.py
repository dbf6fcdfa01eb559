"""A device joins by invitation and ends at its next contact: pages, cookies, refusals in words, what is kept."""

import logging
import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from entry_service.core.invitations import read_secret
from entry_service.store.sites import devices
from entry_service.usecases.sites.enrol_device import LIFETIME

from .browser import axe_violations, phone, serving, too_wide
from .conftest import TOKENS

UNKNOWN = "0" * 16
FORM = {"name": "후문", "zone": "", "profile": "gate"}


@pytest.fixture
def invite(person):
    """Return a function by which the manager makes an invitation and reads its secret from the page."""

    def make(**facts):
        page = person("manager").post("/manager/GP-001/devices/new", {**FORM, **facts})
        assert page.status_code == 200
        shown = re.search(r'id="secret">(.*?)</code>', page.get_data(as_text=True), re.DOTALL)[1]
        return read_secret(re.sub(r"<[^>]+>", "", shown))

    return make


def join(someone, secret):
    return someone.post("/staff/join", {"secret": secret})


def kept(services, facility_id="GP-001"):
    with services.store.read() as db:
        return {record.device.name: record for record in devices.all(db, facility_id)}


def test_the_qr_leads_to_the_page_and_the_secret_to_the_door(person, services, invite, settings):
    secret = invite()
    someone = person()
    assert someone.get("/staff/join").status_code == 200
    answer = join(someone, secret)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff")
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("device=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert kept(services)["후문"].device.profile == "gate"
    token = someone.client.get_cookie("device").value
    assert (
        person()
        .get("/api/v1/facilities/GP-001/occupancy", headers={"Authorization": f"Bearer {token}"})
        .status_code
        == 200
    )


@pytest.mark.parametrize(
    ("what", "status", "code", "words"),
    [
        ("unknown", 404, "invitation_unknown", "초대를 찾을 수 없습니다"),
        ("unreadable", 404, "invitation_unknown", "초대를 찾을 수 없습니다"),
        ("used", 410, "invitation_used", "이미 쓰였거나 취소된 초대입니다"),
        ("over", 410, "invitation_expired", "유효시간 30분이 지났습니다"),
    ],
)
def test_an_invitation_that_does_not_work_says_why(person, services, clock, invite, what, status, code, words):
    secret = {"unknown": UNKNOWN, "unreadable": "정문"}.get(what) or invite()
    if what == "used":
        join(person(), secret)
    if what == "over":
        clock.passes(seconds=LIFETIME.total_seconds())
    before = set(kept(services))
    someone = person()
    answer = join(someone, secret)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert words in page
    assert secret not in page
    assert someone.client.get_cookie("device") is None
    assert set(kept(services)) == before


def test_joining_asks_for_the_pages_token_and_is_slowed_down(app, person, invite):
    secret = invite()
    assert person().client.post("/staff/join", data={"secret": secret}).status_code == 400
    limit = app.extensions["settings"].public_per_minute
    someone = person()
    token = someone.token("/staff/join")
    statuses = [
        someone.client.post("/staff/join", data={"csrf_token": token, "secret": UNKNOWN}).status_code
        for _ in range(limit + 1)
    ]
    assert statuses[-1] == 429


def test_the_secret_is_in_no_log_line_no_address_and_no_file(person, services, settings, invite, caplog):
    caplog.set_level(logging.DEBUG)
    secret = invite()
    assert join(person(), secret).status_code == 303
    assert join(person(), secret).status_code == 410  # a refusal is logged
    services.close()
    files = b"".join(path.read_bytes() for path in settings.var.rglob("*") if path.is_file())
    assert secret.encode() not in files
    told = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "/staff/join" in told  # the lines are there
    assert secret not in told


def test_only_the_own_manager_invites_and_what_cannot_be_kept_is_told_beside_its_field(person):
    for role, status in ((None, 401), ("staff", 403), ("officer", 403)):
        assert person(role).post("/manager/GP-001/devices/new", FORM).status_code == status
    manager = person("manager")
    assert manager.post("/manager/GP-002/devices/new", FORM).status_code == 404
    answer = manager.post("/manager/GP-001/devices/new", {**FORM, "name": ""})
    assert answer.status_code == 422
    assert "1자 이상 40자 이하로" in answer.get_data(as_text=True)
    assert 'value="gate" checked' in answer.get_data(as_text=True)
    assert manager.post("/manager/GP-001/devices/new", {**FORM, "zone": "Z-x"}).status_code == 422


def test_a_waiting_invitation_is_listed_without_its_secret_and_can_be_taken_back(person, invite):
    secret = invite(name="별관")
    manager = person("manager")
    page = manager.get("/manager/GP-001/devices").get_data(as_text=True)
    assert "별관: 초대를 기다리고 있습니다." in page
    assert secret not in page
    address = re.search(r'action="(/manager/GP-001/invitations/[0-9a-f]+/withdraw)"', page)[1]
    assert person("admin").post(address.replace("GP-001", "GP-002")).status_code == 404
    assert manager.post(address).status_code == 303
    assert "별관" not in manager.get("/manager/GP-001/devices").get_data(as_text=True)
    assert join(person(), secret).status_code == 410


def test_a_browser_that_joins_again_is_one_device(person, services, invite):
    someone = person()
    join(someone, invite(name="첫째"))
    join(someone, invite(name="둘째"))
    known = kept(services)
    assert known["첫째"].device.revoked_at is not None
    assert known["둘째"].device.revoked_at is None


def test_a_revoked_device_is_refused_at_its_next_contact_and_told_in_words(person, services, device):
    someone = person()
    someone.client.set_cookie("device", TOKENS["GP-001"])
    assert someone.get("/staff").status_code == 200
    assert person("manager").post("/manager/GP-001/devices/D-GP-001/revoke").status_code == 303
    scan = {
        "scan_id": "scan-00001",
        "text": "EPC1",
        "scanned_at": "2020-08-25T18:00:00+09:00",
        "direction": "auto",
    }
    refused = person().client.post("/api/v1/scans", json=scan, headers=device)
    assert (refused.status_code, refused.json["code"]) == (401, "not_signed_in")
    page = someone.get("/staff", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert "이 기기의 등록이 해제되었습니다" in page.get_data(as_text=True)
    assert someone.client.get_cookie("device") is None
    assert someone.get("/staff", headers={"Accept": "text/html"}).headers["Location"] == "/login?next=%2Fstaff"


def test_a_device_is_seen_once_a_minute_at_the_most(person, services, device, clock, monkeypatch):
    touched = []
    real = devices.touch
    monkeypatch.setattr(devices, "touch", lambda db, *facts: (touched.append(facts), real(db, *facts)))
    someone = person()
    for _ in range(20):
        assert someone.get("/api/v1/facilities/GP-001/occupancy", headers=device).status_code == 200
        clock.passes(seconds=4)
    assert len(touched) == 2  # 80 seconds: at 0 and at 60
    assert (clock() - kept(services)["정문"].last_seen_at).total_seconds() == 20


def test_the_manager_sees_and_changes_a_device(person, services, clock, device):
    manager = person("manager")
    assert "아직 없음" in manager.get("/manager/GP-001/devices").get_data(as_text=True)
    person().get("/api/v1/facilities/GP-001/occupancy", headers=device)
    assert "2020. 8. 25.(화) 18:00" in manager.get("/manager/GP-001/devices").get_data(as_text=True)
    changed = {"name": "동문", "zone": "", "profile": "kiosk"}
    assert manager.post("/manager/GP-001/devices/D-GP-001", changed).status_code == 303
    assert kept(services)["동문"].device.profile == "kiosk"
    assert manager.post("/manager/GP-001/devices/D-GP-001", {**changed, "profile": "root"}).status_code == 422
    assert manager.post("/manager/GP-001/devices/D-GP-002", changed).status_code == 404
    assert person("staff").post("/manager/GP-001/devices/D-GP-001", changed).status_code == 403


def test_a_phone_reads_the_qr_from_the_screen_and_joins(app, settings, browser, person, services):
    with serving(app) as origin:
        desk = phone(browser, origin)
        session = person("manager").client.get_cookie("session").value
        desk.context.add_cookies([{"name": "session", "value": session, "url": origin}])
        desk.goto("/manager/GP-001/devices/new")
        desk.get_by_label("출입구 이름").fill("후문")
        desk.get_by_label("무인 단말기").check()
        desk.get_by_role("button", name="초대 QR 만들기").click()
        symbol = desk.get_by_role("img", name="초대 QR")
        [read] = zxingcpp.read_barcodes(Image.open(BytesIO(symbol.screenshot())))
        address, secret = read.text.split("#")
        assert address == f"{settings.origin}/staff/join"
        assert "#" not in desk.url
        assert secret not in desk.url
        assert axe_violations(desk) == []
        assert not too_wide(desk)

        visitor = phone(browser, origin)
        asked = []
        visitor.on("request", lambda request: asked.append(request.url))
        visitor.goto(f"/staff/join#{secret}")
        expect(visitor.locator("#invited")).to_be_visible()
        assert visitor.url == f"{origin}/staff/join"
        assert axe_violations(visitor) == []
        visitor.keyboard.press("Enter")  # the button has the focus
        visitor.wait_for_url("**/staff")
        expect(visitor.locator("#verdict")).to_be_visible()
        assert [url for url in asked if secret in url] == []
        assert kept(services)["후문"].device.profile == "kiosk"

        late = phone(browser, origin)
        late.goto(f"/staff/join#{secret}")
        late.get_by_role("button", name="이 기기 등록").click()
        expect(late.get_by_role("alert").first).to_contain_text("이미 쓰였거나 취소된 초대입니다")
        late.goto("/staff/join#half-a-secret")
        expect(late.locator("#unreadable")).to_be_visible()
        for page in (desk, visitor, late):
            page.context.close()
