"""A private site asks to take part: checked, decided by an administrator, invited; and nothing personal stays."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_bytes

import pytest
from playwright.sync_api import expect

from entry_service.core.site_requests import is_business_number, read_asked
from entry_service.core.times import KST
from entry_service.store.sites import accounts, facilities, posters, site_requests
from entry_service.usecases.sites import site_requests as usecase
from entry_service.web.site.request_pages import MOST_OF_AN_ADDRESS, TAKEN

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import ROLES
from .forms import text, values
from .sign_in import sign_in

NUMBER = "123-45-67891"
ASKED = {
    "business_number": NUMBER,
    "name": "모의 식당 1호",
    "category": "restaurant",
    "address": "경기도 군포시 산본로 11",
    "telephone": "031-000-0000",
    "consent": "yes",
}
OTHER = {**ASKED, "business_number": "124-81-00998"}
PLACE = {"lat": "37.361", "lon": "126.935", "coord_quality": "geocoded", "stage": "3"}
PASSWORD = "느티나무-아래-산본로-2020"


def requests(services, state="waiting"):
    with services.store.read() as db:
        return site_requests.page(db, state, 0, 99)[1]


def ask(person, **typed) -> str:
    answer = person().post("/register", {**ASKED, **typed})
    assert answer.status_code == 303, text(answer)
    return answer.headers["Location"]


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [
        ("1234567891", True),
        ("1234567890", False),
        ("1248100998", True),
        ("123456789", False),
        ("0000000000", False),
    ],
)
def test_the_last_digit_checks_the_others(digits, is_one):
    assert is_business_number(digits) is is_one


def test_one_wrong_digit_of_the_first_nine_is_found():
    missed = 0
    for place in range(9):
        for other in range(1, 10):
            changed = [int(digit) for digit in "1234567891"]
            changed[place] = (changed[place] + other) % 10
            missed += is_business_number("".join(map(str, changed)))
    assert missed == 0


def test_from_the_request_to_the_managers_first_sign_in(person, services, clock):
    there = ask(person)
    assert re.fullmatch(r"/register/[0-9A-Z]{16}", there)
    assert "담당자가 확인하고 있습니다" in text(person().get(there))
    [waiting] = requests(services)
    admin = person("admin")
    assert waiting.name in text(admin.get("/admin/requests"))
    page = text(admin.get(f"/admin/requests/{waiting.request_id}"))
    assert "031-000-0000" in page
    assert NUMBER in page
    form = {**{name: ASKED[name] for name in ("name", "category", "address")}, **PLACE}
    done = admin.post(f"/admin/requests/{waiting.request_id}/approve", form)
    assert done.status_code == 303
    [approved] = requests(services, "approved")
    with services.store.read() as db:
        kept = facilities.get(db, approved.facility_id)
        assert posters.current(db, approved.facility_id).epoch == 1
    assert (kept.stage, kept.category, approved.decided_by) == (3, "restaurant", "A-admin")
    manager = {"login": "mock-cafe.manager", "password": PASSWORD}
    assert person().post(there, {**manager, "password": "짧음"}).status_code == 422
    assert person().post(there, manager).headers["Location"] == "/login"
    assert person().post(there, {**manager, "login": "another.one"}).status_code == 410
    with services.store.read() as db:
        made = accounts.by_login(db, "mock-cafe.manager")
    assert (made.role, made.facility_id) == ("manager", approved.facility_id)
    assert person().signs_in("mock-cafe.manager", PASSWORD).status_code == 303
    rows = services.vault.audit.entries(clock() - timedelta(days=1), clock() + timedelta(days=1))
    assert [row.account_id for row in rows if row.outcome == "added_manager"] == ["A-admin"]


def test_a_refusal_tells_its_reason_and_frees_the_number(person, services):
    there = ask(person)
    [waiting] = requests(services)
    admin = person("admin")
    refuse = f"/admin/requests/{waiting.request_id}/refuse"
    assert admin.post(refuse, {"reason": " "}).status_code == 422
    assert admin.post(refuse, {"reason": "상호와 번호가 다릅니다."}).status_code == 303
    assert "상호와 번호가 다릅니다." in text(person().get(there))
    assert admin.post(refuse, {"reason": "다시"}).status_code == 303
    assert requests(services, "refused")[0].reason == "상호와 번호가 다릅니다."
    assert person().post(there, {"login": "some.login", "password": PASSWORD}).status_code == 410
    assert ask(person) != there


def test_what_is_wrong_is_told_and_nothing_typed_is_lost(person, services):
    answer = person().post(
        "/register", {**ASKED, "business_number": "123-45-67890", "telephone": "1", "consent": ""}
    )
    page = text(answer)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(\w+)-error"', page)) == {"business_number", "telephone", "consent"}
    assert values(page)["name"] == ASKED["name"]
    assert requests(services) == []


def test_the_same_number_asks_once(person, services):
    ask(person)
    answer = person().post("/register", {**ASKED, "business_number": "1234567891"})
    assert answer.status_code == 422
    assert "이미 신청하였거나 등록된 사업자등록번호입니다." in text(answer)
    assert len(requests(services)) == 1


def test_one_address_takes_no_more_than_its_share_of_a_day(person, services, clock, monkeypatch):
    monkeypatch.setattr(usecase, "MOST_A_DAY", 100)
    someone = person()
    numbers = (number for number in range(1_000_000_000, 2_000_000_000) if is_business_number(str(number)))
    for _ in range(MOST_OF_AN_ADDRESS):
        assert someone.post("/register", {**ASKED, "business_number": str(next(numbers))}).status_code == 303
    refused = someone.post("/register", {**ASKED, "business_number": str(next(numbers))})
    assert refused.status_code == 429
    assert TAKEN in text(refused)
    assert ASKED["name"] in text(refused)  # what was typed stays
    from_elsewhere = {"environ_overrides": {"REMOTE_ADDR": "198.51.100.7"}}
    other = {**ASKED, "business_number": str(next(numbers))}
    assert someone.post("/register", other, **from_elsewhere).status_code == 303
    assert len(requests(services)) == MOST_OF_AN_ADDRESS + 1
    clock.passes(days=1)
    assert someone.post("/register", {**ASKED, "business_number": str(next(numbers))}).status_code == 303


def test_a_flood_of_requests_ends(person, services, monkeypatch):
    monkeypatch.setattr(usecase, "MOST_A_DAY", 1)
    ask(person)
    answer = person().post("/register", {**ASKED, "business_number": "124-81-00998"})
    assert answer.status_code == 429
    assert len(requests(services)) == 1


def test_the_telephone_number_is_sealed_and_goes_when_it_has_served(person, services, clock):
    ask(person)
    held = b"".join(path.read_bytes() for path in services.settings.var.glob("log.sqlite*"))
    assert b"0310000000" not in held
    assert b"031-000-0000" not in held
    [waiting] = requests(services)
    assert usecase.contact_of(services, waiting) == "0310000000"
    usecase.refuse(services, waiting.request_id, "까닭", by="A-admin", now=clock())
    usecase.forget_requests(services, clock() + timedelta(days=29))
    assert len(requests(services, "refused")) == 1
    usecase.forget_requests(services, clock() + timedelta(days=30))
    assert requests(services, "refused") == []
    ask(person)
    usecase.forget_requests(services, clock() + timedelta(days=90))
    assert requests(services) == []


def test_a_lost_key_keeps_no_request_from_being_decided_and_later_ones_are_read(person, services, clock):
    ask(person)
    [first] = requests(services)
    [key] = (services.settings.key_dir / "requests").iterdir()
    kept = key.read_bytes()
    key.unlink()
    admin = person("admin")
    page = admin.get(f"/admin/requests/{first.request_id}")
    assert page.status_code == 200
    assert "열쇠가 없어 읽을 수 없음" in text(page)
    ask(person, business_number="124-81-00998", telephone="031-000-0001")
    second = next(one for one in requests(services) if one.request_id != first.request_id)
    assert usecase.contact_of(services, second) == "0310000001"
    assert usecase.contact_of(services, first) is None
    assert admin.post(f"/admin/requests/{first.request_id}/refuse", {"reason": "까닭"}).status_code == 303
    key.write_bytes(kept)
    key.chmod(0o600)
    assert [usecase.contact_of(services, one) for one in (first, second)] == ["0310000000", "0310000001"]


def test_each_month_has_a_key_of_its_own_that_is_destroyed_120_days_after_it(person, services, clock):
    folder = services.settings.key_dir / "requests"
    usecase.ask(services, read_asked(ASKED), now=clock(), random=token_bytes)
    usecase.ask(services, read_asked(OTHER), now=clock() + timedelta(days=31), random=token_bytes)
    older, newer = sorted(folder.iterdir())
    assert (older.name[:7], newer.name[:7]) == ("2020-08", "2020-09")
    assert older.stat().st_mode & 0o777 == 0o600
    over = datetime(2020, 9, 1, tzinfo=KST) + timedelta(days=120)
    usecase.forget_requests(services, over - timedelta(seconds=1))
    assert sorted(folder.iterdir()) == [older, newer]
    usecase.forget_requests(services, over)
    assert list(folder.iterdir()) == [newer]


def test_what_is_decided_later_brings_no_destroyed_contact_back(person, services, clock):
    ask(person)
    [waiting] = requests(services)

    def write(db):
        site_requests.decide(db, replace(waiting, state="approved", decided_at=clock() - timedelta(days=31)))
        site_requests.forget(db, clock())
        site_requests.decide(db, replace(waiting, state="approved", decided_at=clock()))
        site_requests.claim(db, waiting.request_id, clock())
        site_requests.claim(db, waiting.request_id, None)

    services.store.write(write)
    [approved] = requests(services, "approved")
    assert (approved.contact, approved.manager_at) == (None, None)


def test_an_address_that_nobody_was_given_opens_nothing(person):
    for secret in ("0123456789ABCDEF", "x", "0" * 400):
        assert person().get(f"/register/{secret}").status_code == 404


def test_only_administrators_decide(person, services):
    ask(person)
    [waiting] = requests(services)
    for role in set(ROLES) - {"admin"}:
        someone = person(role)
        for path in ("/admin/requests", f"/admin/requests/{waiting.request_id}"):
            assert someone.get(path).status_code == 403
        assert someone.post(f"/admin/requests/{waiting.request_id}/refuse", {"reason": "a"}).status_code == 403
    assert len(requests(services)) == 1


@pytest.mark.parametrize("opened", [phone, desktop])
def test_in_a_browser_a_site_asks_is_approved_and_makes_its_account(app, browser, opened):
    with serving(app) as origin:
        site = opened(browser, origin)
        site.goto("/login")
        site.get_by_role("link", name="시설 등록 신청").click()
        assert axe_violations(site) == []
        assert not too_wide(site)
        site.get_by_label("사업자등록번호").fill(NUMBER)
        site.get_by_label("시설 이름").fill(ASKED["name"])
        site.get_by_label("분류").select_option("restaurant")
        site.get_by_label("주소").fill(ASKED["address"])
        site.get_by_label("담당자 전화번호").fill(ASKED["telephone"])
        site.get_by_role("checkbox").check()
        site.get_by_role("button", name="신청", exact=True).click()
        expect(site.get_by_text("담당자가 확인하고 있습니다.")).to_be_visible()
        assert axe_violations(site) == []
        assert not too_wide(site)
        admin = opened(browser, origin)
        sign_in(admin, app, "admin", path="/admin/requests")
        assert axe_violations(admin) == []
        admin.get_by_role("link", name=ASKED["name"]).click()
        assert axe_violations(admin) == []
        assert not too_wide(admin)
        admin.get_by_label("위도").fill("37.361")
        admin.get_by_label("경도").fill("126.935")
        admin.get_by_role("button", name="승인", exact=True).click()
        admin.wait_for_url("**/admin/requests")
        site.reload()
        assert axe_violations(site) == []
        site.get_by_label("아이디").fill("mock-cafe.manager")
        site.get_by_label("비밀번호").fill(PASSWORD)
        site.get_by_role("button", name="계정 만들기").click()
        site.wait_for_url("**/login")
        assert site.complaints == admin.complaints == []
