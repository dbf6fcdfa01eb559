"""The official risk score: six answers, their sum everywhere, who answered when, limits that are audited."""

import csv
import re
from datetime import timedelta
from io import BytesIO

import pytest
from playwright.sync_api import expect

from entry_service.core.risk import ITEMS, Answers, Thresholds
from entry_service.core.times import day_start, kst_day
from entry_service.store.sites import risk_scores
from entry_service.usecases.hotspots.extract import write_extract
from entry_service.usecases.sites import import_facilities, risk

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import ROLES
from .forms import text
from .sign_in import sign_in

PLACE = "/admin/facilities/GP-001/risk"
KARAOKE = dict(zip(ITEMS, "221212", strict=True))


@pytest.fixture
def admin(person):
    return person("admin")


def score_of(services):
    return services.facility("GP-001").risk_score


def test_the_sum_is_the_score_and_every_scoring_is_kept(admin, services, clock):
    assert score_of(services) is None
    assert admin.post(PLACE, KARAOKE).status_code == 303
    assert score_of(services) == 10
    clock.passes(minutes=5)
    admin.post(PLACE, {**KARAOKE, "enclosure": "0"})
    assert score_of(services) == 8
    page = text(admin.get(PLACE))
    assert "지금 점수: 8점(12점 만점)" in page
    assert len(re.findall(r"<td>admin</td>", page)) == 2
    with services.store.read() as db:
        newest, first = risk_scores.history(db, "GP-001", 9)
    assert (newest.answers.score, first.answers) == (8, Answers(**{item: int(n) for item, n in KARAOKE.items()}))
    assert newest.scored_at - first.scored_at == timedelta(minutes=5)


def test_a_question_without_answer_is_named_and_the_others_stay(admin, services):
    answer = admin.post(PLACE, {**KARAOKE, "activity": "", "control": "3"})
    page = text(answer)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(\w+)-error"', page)) == {"activity", "control"}
    assert re.search(r'id="enclosure-2"[^>]* checked', page)
    assert score_of(services) is None
    assert admin.get("/admin/facilities/GP-404/risk").status_code == 404


def test_the_extract_has_the_computed_score(services, clock, tmp_path):
    risk.score_facility(services, "GP-001", Answers(**dict.fromkeys(ITEMS, 2)), by="A-admin", now=clock())
    folder = tmp_path / "extract"
    today = kst_day(clock())
    day = {"start": day_start(today - timedelta(days=1)), "end": day_start(today)}
    write_extract(services, folder, as_of=clock(), **day)
    with (folder / "facilities.csv").open(encoding="utf-8") as file:
        assert {row["facility_id"]: row["risk_score"] for row in csv.DictReader(file)}["GP-001"] == "12"


def test_neither_the_form_of_a_facility_nor_a_file_changes_a_computed_score(admin, services, clock):
    risk.score_facility(services, "GP-001", Answers(**dict.fromkeys(ITEMS, 1)), by="A-admin", now=clock())
    known = services.facility("GP-001")
    form = {"name": known.name, "category": "library", "address": known.address, "lat": "37.361", "lon": "126.935"}
    admin.post("/admin/facilities/GP-001", {**form, "coord_quality": "simulated", "stage": "1", "risk_score": "0"})
    assert score_of(services) == 6
    head = "facility_id,name,category,address,lat,lon,risk_score"
    row = f"GP-001,{known.name},library,{known.address},37.361,126.935"
    [problem] = import_facilities.preview(services, f"{head}\n{row},3".encode()).problems
    assert (problem.row, problem.column, problem.found) == (2, "risk_score", "3")
    assert import_facilities.preview(services, f"{head}\n{row},6".encode()).problems == ()


def test_the_grades_begin_at_the_limits():
    limits = Thresholds()
    assert [limits.grade(score) for score in (0, 4, 5, 8, 9, 12)] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
    ]


def test_limits_are_set_by_an_administrator_and_written_into_the_audit(admin, services, clock):
    assert "공식 기준이 공개되지 않아" in text(admin.get("/admin/risk"))
    assert admin.post("/admin/risk", {"high_from": "8", "medium_from": "8"}).status_code == 422
    assert admin.post("/admin/risk", {"high_from": "13", "medium_from": "x"}).status_code == 422
    assert admin.post("/admin/risk", {"high_from": "8", "medium_from": "4"}).status_code == 303
    with services.store.read() as db:
        limits = risk_scores.thresholds(db)
    assert (limits.high_from, limits.medium_from, limits.set_by, limits.since) == (8, 4, "admin", clock())
    day = timedelta(days=1)
    [row] = services.vault.audit.entries(clock() - day, clock() + day, action="risk_limits_set")
    assert (row.account_id, row.outcome) == ("A-admin", "high_8_medium_4")
    assert "공식 기준이 공개되지 않아" not in text(admin.get("/admin/risk"))


def test_only_administrators_score(person, services):
    for role in set(ROLES) - {"admin"}:
        someone = person(role)
        assert someone.get("/admin/risk").status_code == someone.get(PLACE).status_code == 403
        assert someone.post(PLACE, KARAOKE).status_code == 403
    assert score_of(services) is None


@pytest.mark.parametrize("opened", [phone, desktop])
def test_in_a_browser_a_facility_is_scored(app, browser, services, opened):
    with serving(app) as origin:
        page = opened(browser, origin)
        sign_in(page, app, "admin", path="/admin/risk")
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.get_by_role("link", name="산본도서관").click()
        for name in ("밀폐도", "밀집도", "군집도", "활동도", "지속도", "관리도"):
            page.get_by_role("group", name=re.compile(name)).get_by_role("radio").nth(2).check()
        page.get_by_role("button", name="저장").click()
        expect(page.get_by_text("지금 점수: 12점(12점 만점)")).to_be_visible()
        assert axe_violations(page) == []
        assert not too_wide(page)
        assert page.complaints == []
    assert score_of(services) == 12


TABLE = """시설번호,시설이름,밀폐도,밀집도,군집도,활동도,지속도,관리도
GP-001,산본도서관,2,2,1,2,1,2
GP-002,군포시청,0,0,1,0,1,0
"""


def send(admin, content: bytes):
    file = {"file": (BytesIO(content), "risk.csv")}
    token = {"csrf_token": admin.token("/admin/risk/file")}
    return admin.client.post("/admin/risk/file", data=token | file, content_type="multipart/form-data")


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_file_scores_many_facilities_as_the_six_questions_do(admin, services, encoding):
    assert send(admin, TABLE.encode(encoding)).status_code == 303
    assert (score_of(services), services.facility("GP-002").risk_score) == (10, 2)
    with services.store.read() as db:
        [told] = risk_scores.history(db, "GP-001", 9)
    assert (told.answers, told.login) == (Answers(**{name: int(text) for name, text in KARAOKE.items()}), "admin")


def test_one_wrong_row_and_nothing_is_kept_and_every_problem_is_named(admin, services):
    wrong = TABLE + "GP-001,산본도서관,0,0,0,0,0,0\nPV-9,없는 곳,3,,0,0,0,0\n"
    answer = send(admin, wrong.encode())
    page = text(answer)
    assert answer.status_code == 422
    assert score_of(services) is None
    for told in (
        "2행과 겹칩니다",
        "등록되지 않은 시설 번호입니다",
        "0, 1, 2 가운데 하나를 적습니다",
        "비어 있습니다",
    ):
        assert told in page
    assert "고칠 곳이 4건" in page
    no_column = send(admin, TABLE.replace("관리도", "관리").encode())
    assert "control 열이 없습니다" in text(no_column)
    assert send(admin, b"").status_code == 422
    assert send(admin, b"\x00\x01").status_code == 422


def test_the_page_that_takes_a_file_is_readable(app, browser, services):
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "admin", path="/admin/risk/file")
        wrong = TABLE.replace("2,2,1", "2,7,1").encode()
        page.get_by_label("파일", exact=True).set_input_files(
            {"name": "a.csv", "mimeType": "text/csv", "buffer": wrong}
        )
        page.get_by_role("button", name="모두 저장").click()
        expect(page.get_by_role("heading", name="고칠 곳")).to_be_visible()
        assert axe_violations(page) == []
        assert not too_wide(page)
