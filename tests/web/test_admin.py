"""The administrator's pages: the register of facilities, adoption, accounts. Nothing that was typed is lost."""

import re
from datetime import timedelta

import pytest

from entry_service.core.model import Scan
from entry_service.store.log import scans
from entry_service.store.sites import accounts, facilities, posters

from .conftest import ROLES, facility
from .forms import text, values

PAGES = [
    "/admin",
    "/admin/facilities/new",
    "/admin/facilities/GP-001",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/accounts/A-staff",
]
POSTS = [
    "/admin/facilities",
    "/admin/facilities/GP-001",
    "/admin/accounts",
    "/admin/accounts/A-staff/password",
    "/admin/accounts/A-staff/disable",
]
NEW = {
    "name": "노루목 작은도서관",
    "category": "library",
    "address": "경기도 군포시 대야미동 1",
    "lat": "37.32847",
    "lon": "126.91733",
    "coord_quality": "dong_point",
    "area_m2": "80.3",
    "capacity": "46",
    "stage": "2",
    "sensitive": "on",
    "opens": "9",
    "closes": "26",
}


@pytest.fixture
def admin(person):
    return person("admin")


def many(services, count):
    services.store.write(
        lambda db: facilities.add_many(
            db,
            [facility(f"PV-{n:04}", f"모의 식당 {n:04}호", category="restaurant", stage=3) for n in range(count)],
        )
    )


@pytest.mark.parametrize("path", PAGES)
def test_only_administrators_see_these_pages(person, path):
    away = person().get(path)
    assert (away.status_code, away.headers["Location"].split("?")[0]) == (303, "/login")
    for role in set(ROLES) - {"admin"}:
        assert person(role).get(path).status_code == 403
    assert person("admin").get(path).status_code == 200


@pytest.mark.parametrize("path", POSTS)
def test_nobody_else_changes_anything(person, services, path):
    with services.store.read() as db:
        before = facilities.all(db), accounts.all(db)
    assert person().post(path, NEW).status_code == 401
    for role in set(ROLES) - {"admin"}:
        assert person(role).post(path, NEW).status_code == 403
    assert person("admin").client.post(path, data=NEW).status_code == 400  # without the token of the form
    with services.store.read() as db:
        assert (facilities.all(db), accounts.all(db)) == before


def test_a_facility_is_registered_and_its_first_poster_waits_to_be_printed(admin, services):
    answer = admin.post("/admin/facilities", NEW)
    assert answer.status_code == 303
    facility_id = re.fullmatch(r"/manager/(F-\w{8})/poster", answer.headers["Location"])[1]
    with services.store.read() as db:
        kept = facilities.get(db, facility_id)
        assert posters.current(db, facility_id).epoch == 1
    assert (kept.name, kept.capacity, kept.area_m2, kept.sensitive) == ("노루목 작은도서관", 46, 80.3, True)
    assert (kept.coord_quality, kept.stage, kept.closes) == ("dong_point", 2, 26)
    assert "등록하고 첫 포스터를 발급했습니다" in text(admin.get(answer.headers["Location"]))


def test_a_refused_form_names_every_field_and_keeps_everything_typed(admin, services):
    typed = {**NEW, "name": '<b>"따옴표" & 이름', "lat": "126.9", "capacity": "많이", "facility_id": "GP 1"}
    answer = admin.post("/admin/facilities", typed)
    page = text(answer)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(\w+)-error"', page)) == {"lat", "capacity", "facility_id"}
    assert "다시 확인할 항목이 3개 있습니다" in page
    assert "<b>&#34;" not in page
    assert '<b>"따옴표' not in page
    kept = values(page)
    for name, value in typed.items():
        assert (
            kept[name].replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&amp;", "&")
            == value
        )
    for name in ("lat", "capacity", "facility_id"):
        assert re.search(rf'<input id="{name}"[^>]*aria-invalid="true"[^>]*aria-describedby="{name}-error', page)
    with services.store.read() as db:
        assert len(facilities.all(db)) == 2


def test_a_number_that_is_taken_is_told_beside_its_field(admin):
    answer = admin.post("/admin/facilities", {**NEW, "facility_id": "GP-001"})
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error">([^<]+)', text(answer)) == [
        ("facility_id", "이미 등록된 시설 번호입니다.")
    ]


def test_the_form_of_a_facility_sent_back_unchanged_changes_nothing(admin, services):
    exact = facility(
        "GP-003", "한얼공원 수영장", area_m2=1375.25, capacity=1, risk_score=0, stage=3, opens=6, closes=30
    )
    services.store.write(lambda db: facilities.add(db, exact))
    sent = values(text(admin.get("/admin/facilities/GP-003")))
    assert admin.post("/admin/facilities/GP-003", sent).status_code == 303
    with services.store.read() as db:
        assert facilities.get(db, "GP-003") == exact


def test_a_changed_facility_is_seen_by_its_manager_and_its_door_at_once(admin, person, services):
    manager = person("manager")
    assert "/ 정원 60명" in text(manager.get("/manager"))
    form = values(text(admin.get("/admin/facilities/GP-001")))
    answer = admin.post("/admin/facilities/GP-001", {**form, "capacity": "7", "name": "산본 도서관"})
    assert answer.status_code == 303
    assert services.facility("GP-001").capacity == 7
    assert "/ 정원 7명" in text(manager.get("/manager"))
    page = text(admin.get(answer.headers["Location"]))
    assert "포스터를 다시 인쇄하시기 바랍니다" in page


def test_the_number_of_a_facility_cannot_be_changed(admin, services):
    form = values(text(admin.get("/admin/facilities/GP-001")))
    admin.post("/admin/facilities/GP-001", {**form, "facility_id": "GP-777"})
    with services.store.read() as db:
        assert [known.facility_id for known in facilities.all(db)] == ["GP-001", "GP-002"]
    assert admin.post("/admin/facilities/GP-404", form).status_code == 404


def test_a_long_list_is_shown_in_parts_that_keep_the_search(admin, services):
    many(services, 70)
    first = text(admin.get("/admin?q=식당&stage=3"))
    assert "70곳 가운데 1–30" in first
    assert 'rel="prev"' not in first
    following = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    last = text(admin.get(admin.get(following) and following.replace("part=2", "part=3")))
    assert "70곳 가운데 61–70" in last
    assert 'rel="next"' not in last
    assert len(re.findall(r"<th scope=\"row\"", last)) == 10


@pytest.mark.parametrize("part", ["0", "-1", "x", "99999", "9" * 40, ""])
def test_a_part_that_is_not_there_is_no_fault(admin, services, part):
    many(services, 40)
    page = admin.get(f"/admin?part={part}")
    assert page.status_code == 200
    if part == "99999":
        assert re.search(r'href="/admin\?part=2" rel="prev"', text(page))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=도서관", ["산본도서관"]),
        ("q=gp-002", ["군포시청"]),
        ("category=public_office", ["군포시청"]),
        ("q=%25", []),
        ("q=%01", ["산본도서관", "군포시청"]),
        ("category=nonsense", ["산본도서관", "군포시청"]),
        ("stage=abc", ["산본도서관", "군포시청"]),
        ("stage=5", []),
        ("q=" + "가" * 500, []),
    ],
)
def test_the_search_finds_by_name_number_and_category(admin, query, found):
    page = text(admin.get(f"/admin?{query}"))
    assert re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page) == found


@pytest.mark.parametrize(
    "path", ["/admin?q=%00", "/admin/facilities/%00", "/manager/GP%00-1", "/admin/accounts/%00"]
)
def test_a_nul_in_an_address_is_refused_before_any_database(admin, path):
    assert admin.get(path).status_code == 422


def test_a_nul_in_a_form_is_refused_before_any_database(admin, services):
    assert admin.post("/admin/facilities", {**NEW, "name": "도서\0관"}).status_code == 422
    assert admin.post("/admin/accounts", {"login": "a\0b", "role": "admin"}).status_code == 422


def test_the_posters_of_a_part_come_as_one_pdf(admin, services):
    assert admin.get("/admin/posters-ko.pdf").status_code == 404  # nobody has a poster yet
    many(services, 3)
    for facility_id in ("PV-0000", "PV-0001", "GP-001"):
        admin.post(f"/manager/{facility_id}/poster", {"epoch": ""})
    address = re.search(r'href="([^"]+posters-en.pdf[^"]*)"', text(admin.get("/admin?q=식당&part=1")))[1]
    answer = admin.get(address.replace("&amp;", "&"))
    assert answer.mimetype == "application/pdf"
    assert b"/Count 2" in answer.data  # of the three that match, two have a poster
    services.store.write(lambda db: facilities.update_facility(db, facility("PV-0001", "쀍 식당")))
    refused = admin.get("/admin/posters-ko.pdf")
    assert refused.status_code == 422
    assert "PV-0001" in text(refused)


def test_a_sensitive_facility_is_in_no_file_with_others(admin, services):
    for facility_id in ("GP-001", "GP-002"):
        admin.post(f"/manager/{facility_id}/poster", {"epoch": ""})
    page = text(admin.get("/admin"))
    assert "이 쪽 1곳의 포스터" in page
    assert "민감한 시설 1곳의 포스터는 함께 넣지 않습니다." in page
    assert b"/Count 1" in admin.get("/admin/posters-ko.pdf").data
    assert "posters-ko.pdf" not in text(admin.get("/admin?q=군포시청"))
    assert admin.get("/admin/posters-ko.pdf?q=군포시청").status_code == 404


def test_an_address_that_names_what_url_for_reads_itself_is_no_fault(admin, services):
    many(services, 40)
    odd = "_external=1&_scheme=javascript&endpoint=x&_anchor=y&language=fr&values=1&_method=POST"
    page = admin.get(f"/admin?{odd}")
    assert page.status_code == 200
    assert "javascript:" not in text(page)


def test_adoption_counts_facilities_with_devices_and_recent_entries(admin, services, clock):
    day = clock() - timedelta(days=10)
    scan = Scan(
        scan_id="scan-0001",
        facility_id="GP-001",
        pid=bytes(8),
        direction="in",
        source="poster",
        confidence="low",
        scanned_at=day,
        received_at=day,
    )
    services.store.write(lambda db: scans.append_many(db, [scan]))
    page = text(admin.get("/admin"))
    assert re.findall(r"</dt><dd>(\d+) <span", page) == ["2", "0"]
    assert "마지막 기록 2020. 8. 15.(토) 기준으로 보기" in page
    assert "포스터가 없는 시설이 2곳 있습니다" in page
    then = text(admin.get("/admin?day=2020-08-15"))
    assert re.findall(r"</dt><dd>(\d+) <span", then) == ["2", "1"]
    assert "2020. 8. 15.(토)까지 7일" in then
    for unreadable in ("9999-12-31", "x", "0001-01-01", "2020-08-26"):
        assert admin.get(f"/admin?day={unreadable}").status_code == 200
