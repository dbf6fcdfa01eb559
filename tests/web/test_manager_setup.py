"""A manager sets a facility up and closes it: zones, staff accounts, PIN, everyone out; nobody else does."""

import re
from datetime import timedelta

import pytest

from entry_service.core.model import Scan
from entry_service.store.log import closings, scans
from entry_service.store.sites import accounts, zones
from entry_service.usecases.doors import pins
from entry_service.usecases.doors.log_scan import inside_now

from .forms import text

PIN = "482913"
PAGES = ("zones", "accounts", "pin", "devices/new")
POSTS = {
    "zones": {"name": "열람실"},
    "zones/Z-1": {"name": "열람실"},
    "zones/Z-1/retire": {},
    "accounts": {"login": "library.door"},
    "accounts/A-staff/password": {},
    "accounts/A-staff/stop": {},
    "pin": {"pin": PIN, "again": PIN},
    "everyone-out": {"closing_id": "closing-00001"},
    "devices/new": {"name": "후문", "zone": "", "profile": "gate"},
    "devices/D-GP-001": {"name": "후문", "zone": "", "profile": "gate"},
    "invitations/0123456789abcdef/withdraw": {},
}


def kept_zones(services, facility_id="GP-001"):
    with services.store.read() as db:
        return {zone.name: zone for zone in zones.all(db, facility_id, retired=True)}


def account(services, account_id="A-staff"):
    with services.store.read() as db:
        return accounts.by_id(db, account_id)


@pytest.fixture
def manager(person):
    return person("manager")


@pytest.fixture
def come(services, clock):
    """Return a function that logs people who come or go, some minutes ago."""
    numbers = iter(range(10_000))

    def log(minutes=5, **facts):
        at, number = clock() - timedelta(minutes=minutes), next(numbers)
        usual = {
            "facility_id": "GP-001",
            "pid": number.to_bytes(8, "big"),
            "direction": "in",
            "source": "staff_scan",
        }
        scan = Scan(
            **{**usual, "confidence": "high", "gate": "정문", "device_id": "D-GP-001", **facts},
            scan_id=f"scan-{number:05}",
            scanned_at=at,
            received_at=at,
        )
        services.store.write(lambda db: scans.append_many(db, [scan]))
        services.occupancy.apply(scan)

    return log


@pytest.mark.parametrize("page", PAGES)
def test_only_the_own_manager_and_administrators_see_the_pages(person, page):
    for role, status in (("staff", 403), ("officer", 403), ("manager", 200), ("admin", 200)):
        assert person(role).get(f"/manager/GP-001/{page}").status_code == status
    assert person("manager").get(f"/manager/GP-002/{page}").status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_nobody_else_changes_anything(person, services, path):
    address = f"/manager/GP-001/{path}"
    for role, status in ((None, 401), ("staff", 403), ("officer", 403)):
        assert person(role).post(address, POSTS[path]).status_code == status
    someone = person("manager")
    assert someone.post(f"/manager/GP-002/{path}", POSTS[path]).status_code == 404
    assert someone.client.post(address, data=POSTS[path]).status_code == 400  # without the token of the form
    assert kept_zones(services) == {}
    assert not pins.has_pin(services, "GP-001")
    assert account(services).failures == 0


def test_a_zone_is_added_renamed_limited_and_given_up(manager, services):
    assert manager.post("/manager/GP-001/zones", {"name": " 열람실 ", "capacity": "1,040"}).status_code == 303
    zone = kept_zones(services)["열람실"]
    assert zone.capacity == 1040
    page = text(manager.get("/manager/GP-001/zones"))
    assert "0명 / 정원 1,040명" in page
    address = f"/manager/GP-001/zones/{zone.zone_id}"
    assert manager.post(address, {"name": "자료실", "capacity": ""}).status_code == 303
    assert kept_zones(services)["자료실"].capacity is None
    assert 'value="' + zone.zone_id in text(manager.get("/manager/GP-001/devices/new"))
    device = {"name": "정문", "zone": zone.zone_id, "profile": "desk"}
    assert manager.post("/manager/GP-001/devices/D-GP-001", device).status_code == 303
    assert manager.post(f"{address}/retire").status_code == 303
    assert "이 구역에 기기가 남아 있습니다" in text(manager.get("/manager/GP-001/zones"))
    manager.post("/manager/GP-001/devices/D-GP-001", {**device, "zone": ""})
    manager.post(f"{address}/retire")
    assert kept_zones(services)["자료실"].retired_at is not None
    assert "자료실" not in text(manager.get("/manager/GP-001/zones"))
    assert manager.post("/manager/GP-001/devices/D-GP-001", device).status_code == 422


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"name": ""}, "name", "1자 이상 40자 이하로"),
        ({"name": "홀", "capacity": "많이"}, "capacity", "정원은 숫자로"),
        ({"name": "홀", "capacity": "0"}, "capacity", "정원은 1명 이상으로"),
        ({"name": "홀", "capacity": "-3"}, "capacity", "정원은 숫자로"),
        ({"name": "홀", "capacity": "9" * 30}, "capacity", "정원은 숫자로"),
        ({"name": "로비"}, "name", "같은 이름의 구역이 있습니다"),
    ],
)
def test_a_zone_that_cannot_be_kept_keeps_what_was_typed(manager, services, form, field, words):
    manager.post("/manager/GP-001/zones", {"name": "로비"})
    answer = manager.post("/manager/GP-001/zones", form)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-new-error"[^>]*>[^<]*{words}', text(answer))
    assert f'value="{form["name"]}"' in text(answer)
    assert list(kept_zones(services)) == ["로비"]


def test_a_manager_adds_a_staff_account_and_hands_its_password_over_once(manager, person, services):
    page = text(manager.post("/manager/GP-001/accounts", {"login": "library.door", "role": "admin"}))
    password = re.search(r'id="password">([^<]+)<', page)[1]
    added = next(one for one in _of(services, "GP-001") if one.login == "library.door")
    assert (added.role, added.facility_id) == ("staff", "GP-001")
    listed = text(manager.get("/manager/GP-001/accounts"))
    assert "library.door" in listed
    assert password not in listed
    someone = person()
    assert someone.signs_in("library.door", password).headers["Location"] == "/staff"
    taken = manager.post("/manager/GP-001/accounts", {"login": "library.door"})
    assert (taken.status_code, "이미 쓰고 있는 아이디입니다" in text(taken)) == (422, True)


def _of(services, facility_id):
    with services.store.read() as db:
        return accounts.of_facility(db, facility_id)


def test_a_manager_stops_and_renews_staff_accounts(manager, person, services):
    staff = person("staff")
    assert manager.post("/manager/GP-001/accounts/A-staff/stop").status_code == 303
    assert "중지됨" in text(manager.get("/manager/GP-001/accounts"))
    assert staff.get("/staff").status_code == 303  # signed out
    page = text(manager.post("/manager/GP-001/accounts/A-staff/password"))
    password = re.search(r'id="password">([^<]+)<', page)[1]
    assert person().signs_in("staff", password).status_code == 303


@pytest.mark.parametrize("other", ["A-manager", "A-admin", "A-officer", "A-elsewhere", "A-unknown"])
@pytest.mark.parametrize("act", ["stop", "password"])
def test_no_other_account_is_in_a_managers_hands(manager, services, password_hash, clock, other, act):
    elsewhere = accounts.Account(
        account_id="A-elsewhere",
        login="town.door",
        role="staff",
        facility_id="GP-002",
        password_hash=password_hash,
        created_at=clock(),
    )
    services.store.write(lambda db: accounts.add(db, elsewhere))
    before = account(services, other)
    assert manager.post(f"/manager/GP-001/accounts/{other}/{act}").status_code == 404
    assert account(services, other) == before
    assert "town.door" not in text(manager.get("/manager/GP-001/accounts"))


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("48291", "48291", "숫자 6자리로"),
        ("48291a", "48291a", "숫자 6자리로"),
        ("482913", "482914", "서로 다릅니다"),
        ("123456", "123456", "짐작하기 쉬운 PIN"),
        ("", "", "숫자 6자리로"),
    ],
)
def test_a_pin_that_will_not_do_says_why(manager, services, pin, again, words):
    answer = manager.post("/manager/GP-001/pin", {"pin": pin, "again": again})
    assert answer.status_code == 422
    assert words in text(answer)
    assert not pins.has_pin(services, "GP-001")


def test_a_pin_is_set_changed_and_never_shown(manager, services, clock):
    assert "아직 없음" in text(manager.get("/manager/GP-001/pin"))
    for pin in (PIN, "739105"):
        assert manager.post("/manager/GP-001/pin", {"pin": pin, "again": pin}).status_code == 303
        pins.check_pin(services, "GP-001", pin, clock())
        page = text(manager.get("/manager/GP-001/pin"))
        assert pin not in page
        assert "정해져 있음" in page
    with pytest.raises(pins.WrongPin):
        pins.check_pin(services, "GP-001", PIN, clock())


def test_everyone_out_empties_the_place_once_and_later_entries_count(manager, services, clock, come):
    for _ in range(3):
        come(party_size=2)
    page = text(manager.get("/manager"))
    closing_id = re.search(r'name="closing_id" value="([^"]+)"', page)[1]
    library = services.facility("GP-001")
    assert inside_now(services, library, clock()) == 6
    form = {"closing_id": closing_id, "zone": ""}
    assert manager.post("/manager/GP-001/everyone-out", form).status_code == 303
    assert "안에 있던 6명을 나간 것으로 셉니다" in text(manager.get("/manager"))
    assert inside_now(services, library, clock()) == 0
    clock.passes(minutes=10)
    come(minutes=1)
    assert manager.post("/manager/GP-001/everyone-out", form).status_code == 303  # the same form again
    assert inside_now(services, library, clock()) == 1
    with services.store.read() as db:
        [closing] = closings.between(db, "GP-001", clock() - timedelta(hours=1), clock())
    assert closing.closed_by == "A-manager"


def test_everyone_out_of_one_zone_leaves_the_others(manager, services, clock, come):
    for name in ("열람실", "로비"):
        manager.post("/manager/GP-001/zones", {"name": name})
    reading, lobby = (kept_zones(services)[name].zone_id for name in ("열람실", "로비"))
    come(zone=reading)
    come(zone=lobby)
    form = {"closing_id": "closing-00001", "zone": reading}
    assert manager.post("/manager/GP-001/everyone-out", form).status_code == 303
    library = services.facility("GP-001")
    assert inside_now(services, library, clock()) == 1
    assert inside_now(services, library, clock(), reading) == 0
    wrong = {"closing_id": "closing-00002", "zone": "Z-unknown"}
    assert manager.post("/manager/GP-001/everyone-out", wrong).status_code == 404
    assert manager.post("/manager/GP-001/everyone-out", {"closing_id": ""}).status_code == 422


def test_people_are_counted_by_gate_and_by_zone(manager, services, come):
    manager.post("/manager/GP-001/zones", {"name": "열람실"})
    reading = kept_zones(services)["열람실"].zone_id
    come(20, party_size=3)
    come(19, gate="후문", zone=reading)
    come(10, gate="후문", direction="out", pid=bytes(8))
    come(9, source="poster", gate="", device_id=None)
    come(8, gate="후문", outcome="pass_expired")
    page = text(manager.get("/manager"))
    tables = re.findall(r'<table class="place-table">.*?</table>', page, re.DOTALL)
    gates, by_zone = (
        [re.findall(r"<t[hd][^>]*>([^<]+)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", table)]
        for table in tables
    )
    assert sorted(gates[1:]) == [["기기 없이(포스터, 전화)", "1", "0"], ["정문", "3", "0"], ["후문", "1", "1"]]
    assert by_zone[0] == ["구역", "현재", "입장", "퇴장"]
    assert by_zone[1:] == [["열람실", "1명", "1", "0"], ["구역 밖", "1명", "4", "1"]]
    devices = text(manager.get("/manager/GP-001/devices"))
    assert re.search(r"오늘 스캔</dt><dd>4건", devices)
