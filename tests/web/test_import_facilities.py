"""Many facilities from a file: looked at before it happens, all or none, every problem with the way to mend it."""

import csv
import io
import re
from time import process_time

import pytest
from playwright.sync_api import expect

from entry_service.core.facility_rows import COLUMNS
from entry_service.core.retention import Reading
from entry_service.spreadsheets import Sheet, workbook_bytes
from entry_service.store.sites import facilities, facility_files, posters
from entry_service.usecases.retention.purge import purge
from tests.workbooks import sheet_rows

from .browser import axe_violations, desktop, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in

HEAD = ["시설 번호", "상호명", "업종", "도로명주소", "위도", "경도", "정원", "민감", "단계"]
CAFE = ["PV-001", "모의 식당 1호", "식당·카페", "경기도 군포시 산본로 11", 37.361, 126.935, 40, "", 2]
CLINIC = ["PV-002", "모의 의원 2호", "health", "경기도 군포시 산본로 12", 37.362, 126.936, None, "예", 2]
LIBRARY = ["GP-001", "산본도서관", "도서관", "경기도 군포시 산본로 1", 37.361, 126.935, 80, "아니오", 1]


def xlsx(*rows: list) -> bytes:
    return workbook_bytes([Sheet(title="시설", columns=HEAD, rows=rows)])


def cp949(*rows: list) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *rows])
    return out.getvalue().encode("cp949")


@pytest.fixture
def admin(person):
    return person("admin")


def send(admin, content: bytes, name: str = "sites.xlsx"):
    return admin.post("/admin/imports", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def looked_at(admin, content: bytes, name: str = "sites.xlsx") -> tuple[str, str]:
    answer = send(admin, content, name)
    assert answer.status_code == 303
    there = answer.headers["Location"]
    assert re.fullmatch(r"/admin/imports/[0-9a-f]{32}", there)
    return there, text(admin.get(there))


def register(services):
    with services.store.read() as db:
        return facilities.all(db)


@pytest.mark.parametrize("made", [xlsx, cp949])
def test_a_file_is_shown_first_and_registered_by_a_second_yes(admin, services, made):
    before = register(services)
    there, page = looked_at(admin, made(CAFE, CLINIC, LIBRARY))
    assert register(services) == before
    assert re.findall(r'stat-value">(\d+)', page) == ["2", "1", "0"]
    assert "정원: <del>60</del> → <ins>80</ins>" in page
    done = admin.post(there)
    assert (done.status_code, done.headers["Location"]) == (303, "/admin")
    assert "시설 2곳을 등록하고 1곳의 정보를 고쳤습니다." in text(admin.get("/admin"))
    known = {one.facility_id: one for one in register(services)}
    assert (known["PV-001"].category, known["PV-001"].capacity, known["PV-001"].stage) == ("restaurant", 40, 2)
    assert (known["PV-002"].sensitive, known["PV-002"].capacity) == (True, None)
    assert (known["GP-001"].capacity, known["GP-001"].opens) == (80, before[0].opens)
    with services.store.read() as db:
        assert posters.current(db, "PV-001").epoch == 1
        [taken] = facility_files.taken(db, 9)
    assert (taken.name, taken.login, taken.added, taken.changed) == ("sites.xlsx", "admin", 2, 1)
    assert admin.post(there).headers["Location"] == "/admin/imports"
    assert "이미 등록한 파일입니다" in text(admin.get("/admin/imports"))
    assert len(register(services)) == 4


def test_what_the_file_does_not_speak_of_stays(admin, services):
    short = workbook_bytes([Sheet(title="시설", columns=HEAD[:6], rows=[LIBRARY[:6]])])
    _there, page = looked_at(admin, short)
    assert re.findall(r'stat-value">(\d+)', page) == ["0", "0", "1"]
    assert "모두 등록" not in page


def test_only_a_written_no_unveils_a_sensitive_facility_and_it_is_listed_first(admin, services):
    hall = ["GP-002", "군포시청", "public_office", "경기도 군포시 산본로 1", 37.361, 126.935, 90]
    there, _page = looked_at(admin, xlsx(LIBRARY, [*hall, " ", 1]))
    assert admin.post(there).status_code == 303
    known = {one.facility_id: one for one in register(services)}
    assert (known["GP-002"].sensitive, known["GP-002"].capacity) == (True, 90)
    _there, page = looked_at(admin, xlsx([*LIBRARY[:6], 81, "", 1], [*hall, "아니오", 1]))
    assert page.index("GP-002") < page.index("GP-001")
    assert "민감한 시설: <del>예</del> → <ins>아니오</ins>" in page


def test_one_wrong_row_and_nothing_is_registered_and_the_report_tells_how_to_mend_it(admin, services):
    before = register(services)
    wrong = [*CAFE[:4], 126.9, 126.935, "많이", "글쎄", 2]
    there, page = looked_at(admin, xlsx(CLINIC, wrong, CLINIC))
    assert "고칠 곳이 4건 있어 등록할 수 없습니다." in page
    assert "모두 등록" not in page
    assert admin.post(there).headers["Location"] == there
    assert register(services) == before
    answer = admin.get(f"{there}/report.csv")
    assert answer.data.startswith("\ufeff".encode())
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert head == ["행", "시설 번호", "결과", "열", "적힌 값", "내용", "고치는 방법"]
    told = {(row[0], row[3]): (row[4], row[6]) for row in rows}
    assert told == {
        ("3", "위도"): ("126.9", "위도는 33에서 39 사이의 수입니다. 예: 37.36188"),
        ("3", "정원"): ("많이", "정원은 1 이상의 정수입니다."),
        ("3", "민감한 시설"): ("글쎄", "예 또는 아니오로 적습니다."),
        ("4", "시설 번호"): ("PV-002", "2행과 겹칩니다. 한 행만 남깁니다."),
    }


def test_the_report_of_a_good_file_tells_what_becomes_of_each_row(admin):
    there, _page = looked_at(admin, cp949(LIBRARY, CAFE), "sites.csv")
    rows = list(csv.reader(io.StringIO(admin.get(f"{there}/report.csv").data.decode("utf-8-sig"))))[1:]
    assert [row[:3] for row in rows] == [["2", "GP-001", "정보 변경"], ["3", "PV-001", "새로 등록"]]
    assert rows[0][3:6] == ["정원", "80", "60 → 80"]


def test_a_telephone_number_belongs_to_one_facility(admin):
    head = [*HEAD, "안심콜"]
    rows = [[*CAFE, "080-123-4567"], [*CLINIC, "080-123-4567"]]
    _there, page = looked_at(admin, workbook_bytes([Sheet(title="시설", columns=head, rows=rows)]))
    assert "PV-001의 번호입니다." in page


def test_a_file_waits_a_day_and_then_is_forgotten(admin, services, clock):
    there, _page = looked_at(admin, xlsx(CAFE))
    clock.passes(hours=25)
    again = admin.client
    assert again.get(there).status_code == 303  # the sign-in has ended by then
    with services.store.read() as db:
        assert facility_files.find(db, there.rsplit("/")[-1]) is not None
    purge(services, Reading(wall=clock(), boot_id="the only run", boot_seconds=1.0))
    with services.store.read() as db:
        assert facility_files.find(db, there.rsplit("/")[-1]) is None


def test_nothing_chosen_and_what_is_no_table_are_told(admin):
    assert send(admin, b"").status_code == 422
    _there, page = looked_at(admin, b"\xff\xfe\x00\x81", "photo.png")
    assert "UTF-8이나 CP949" in page


def test_the_empty_table_has_every_column_and_is_read_by_the_reader(admin):
    content = admin.get("/admin/imports/template.xlsx").data
    assert sheet_rows(content)[0] == [names[0] for names in COLUMNS.values()]
    _there, page = looked_at(admin, content)
    assert "시설이 한 곳도 없습니다." in page


def test_a_citys_private_sites_are_looked_at_and_registered_in_seconds(admin, services):
    many = [[f"PV-{n:04}", f"모의 식당 {n:04}호", *CAFE[2:]] for n in range(1_700)]
    begun = process_time()
    there, page = looked_at(admin, xlsx(*many))
    assert "1,700" in page
    admin.post(there)
    assert process_time() - begun < 20  # seconds of processor time; about 2 on an idle machine
    assert len(register(services)) == 1_702


@pytest.mark.parametrize("opened", [phone, desktop])
def test_in_a_browser_a_wrong_file_is_mended_and_taken(app, browser, tmp_path, opened, services):
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_bytes(cp949([*CAFE[:4], 3.7, *CAFE[5:]]))
    right.write_bytes(cp949(CAFE, LIBRARY))
    with serving(app) as origin:
        page = opened(browser, origin)
        sign_in(page, app, "admin", path="/admin")
        page.get_by_role("link", name="일괄 등록").click()
        page.get_by_label("파일").set_input_files(wrong)
        page.get_by_role("button", name="확인하기").click()
        expect(page.get_by_role("row", name=re.compile("위도"))).to_contain_text("33에서 39 사이")
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.get_by_role("link", name="고친 파일 올리기").click()
        assert axe_violations(page) == []
        page.get_by_label("파일").set_input_files(right)
        page.get_by_role("button", name="확인하기").click()
        expect(page.get_by_role("button", name="모두 등록")).to_be_visible()
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.get_by_role("button", name="모두 등록").click()
        page.wait_for_url("**/admin")
        expect(page.get_by_text("시설 1곳을 등록하고 1곳의 정보를 고쳤습니다.")).to_be_visible()
        assert page.complaints == []
    assert len(register(services)) == 3
