"""Places through the web: what an officer ticks the public reads, and nothing else."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.publication import Stay
from entry_service.store.cases import published_places
from entry_service.store.sites import facilities
from entry_service.usecases.cases.register_case import PlaceTold
from entry_service.vault.checkpoints import AuditUnavailable
from tests.workbooks import sheet_rows

from .conftest import facility
from .publishing import (
    DAY,
    HOUR,
    NUMBER,
    SENSITIVE,
    boxes,
    case,
    draft,
    form,
    officer,
    publish,
    register,
    today,
    told,
)
from .routes import address, rules

__all__ = ["case", "officer"]


def test_from_a_case_to_the_public_list(officer, case, person, services, clock):
    drafts = draft(officer, case)
    assert len(drafts) == 2
    assert told(person) == []
    assert "지금 공개하는 장소가 없습니다" in person().get("/places").get_data(as_text=True)
    assert officer.post("/officer/places/publish", {"place": drafts}).status_code == 303
    rows = told(person)
    assert [(row["name"], row["by_date"]) for row in rows] == [("산본도서관", True), ("산본도서관", False)]
    page = person().get("/places").get_data(as_text=True)
    assert "2020. 8. 25.(화) 12:00~14:00" in page
    assert "2020. 8. 24.(월) 시각 확인 중" in page
    assert "2020. 9. 8.(화) 14:00까지" in page
    rows = services.vault.audit.entries(clock() - DAY, clock() + DAY, action="place_published")
    assert [(row.rows, row.outcome) for row in rows] == [(2, "done")]


def test_the_same_visit_is_drafted_once_and_a_second_case_makes_the_row_longer(officer, case, services, clock):
    now = clock()
    other = register(
        services, "군포-38", now, [PlaceTold(facility_id="GP-001", start=now - 5 * HOUR, end=now - 3 * HOUR)]
    )
    assert len(draft(officer, case)) == len(draft(officer, case)) == 2
    drafts = draft(officer, other)
    assert len(drafts) == 2
    page = officer.get(f"/officer/places/{today(officer, drafts)}").get_data(as_text=True)
    assert 'value="2020-08-25T12:00"' in page
    assert 'value="2020-08-25T15:00"' in page


def test_stays_of_several_cases_are_offered_as_one_place(officer, case, services, clock):
    now = clock()
    register(services, "군포-38", now, [PlaceTold(facility_id="GP-001", start=now - 5 * HOUR, end=now - 3 * HOUR)])
    page = officer.get("/officer/places/new").get_data(as_text=True)
    ticks = boxes(page, "visit")
    assert sorted(tick.count(".") for tick in ticks) == [0, 1]
    assert "군포-38" not in page
    assert NUMBER not in page
    officer.post("/officer/places/new", {"visit": ticks})
    assert len(boxes(officer.get("/officer/places").get_data(as_text=True), "place")) == 2


def test_a_published_row_and_a_later_draft_that_meets_it_are_one_row_for_the_public(
    officer, case, person, services, clock
):
    publish(officer, case)
    now = clock()
    other = register(
        services, "군포-38", now, [PlaceTold(facility_id="GP-001", start=now - 5 * HOUR, end=now - 3 * HOUR)]
    )
    publish(officer, other)
    timed = [row for row in told(person) if not row["by_date"]]
    assert [(row["start"][11:16], row["end"][11:16]) for row in timed] == [("03:00", "06:00")]


def test_a_row_is_gone_to_the_minute_after_fourteen_days_everywhere(officer, case, person, clock):
    publish(officer, case)
    clock.now += 14 * DAY - 4 * HOUR - timedelta(minutes=1)
    anybody = person()
    assert [row["by_date"] for row in told(person)] == [False]
    answer = anybody.get("/places")
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    clock.passes(seconds=45)
    assert person().get("/api/v1/places").headers["Cache-Control"] == "public, max-age=15"
    clock.passes(seconds=15)
    assert told(person) == []
    assert "산본도서관" not in anybody.get("/places").get_data(as_text=True)
    officer = person("officer")
    assert "산본도서관" not in officer.get("/officer/places.csv").get_data(as_text=True)
    assert "기한 지남" in officer.get("/officer/places").get_data(as_text=True)


def test_a_correction_is_public_at_once_and_a_withdrawal_too_and_both_say_who(
    officer, case, person, services, clock
):
    number = today(officer, publish(officer, case))
    changed = form(end="2020-08-25T13:30", remark="2층 열람실", disinfected_at="2020-08-25T15:00")
    assert officer.post(f"/officer/places/{number}", changed).status_code == 303
    row = next(row for row in told(person) if not row["by_date"])
    assert (row["end"][11:16], row["remark"], row["disinfected_at"][11:16]) == ("04:30", "2층 열람실", "06:00")
    assert "완료" in person().get("/places").get_data(as_text=True)
    assert officer.post(f"/officer/places/{number}", form(contacts_known="yes")).status_code == 303
    assert [row["by_date"] for row in told(person)] == [True]
    assert officer.post(f"/officer/places/{number}", form()).status_code == 303
    assert officer.post(f"/officer/places/{number}/withdraw").status_code == 303
    assert [row["by_date"] for row in told(person)] == [True]
    page = officer.get(f"/officer/places/{number}").get_data(as_text=True)
    history = re.findall(r"<li><b>(.+?)</b> <span class=\"muted\">(.+?) · officer</span>", page)
    assert [act for act, _ in history] == ["초안 작성", "공개", "고침", "고침", "고침", "회수"]
    rows = services.vault.audit.entries(clock() - DAY, clock() + DAY, action="place_published")
    assert [row.outcome for row in rows] == ["withdrawn", "corrected", "corrected", "corrected", "done"]
    assert officer.post(f"/officer/places/{number}", form()).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"start": ""}, "start", "2020-08-25 14:00과 같이"),
        ({"start": "2020-08-25T14:00", "end": "2020-08-25T14:00"}, "end", "늦어야"),
        ({"end": "2020-08-25T19:00"}, "end", "미래"),
        ({"disinfected_at": "2020-08-25T13:00"}, "disinfected_at", "다녀간 뒤"),
        ({"disinfected_at": "2020-08-26T13:00"}, "disinfected_at", "미래"),
        ({"remark": "문의 010-0000-1234"}, "remark", "휴대전화번호는 공개할 수 없습니다"),
        ({"remark": "70대 이용"}, "remark", "나이와 연령대는"),
        ({"remark": f"관련 {NUMBER}"}, "remark", "확진자 번호는"),
        ({"remark": f"{SENSITIVE} 옆"}, "remark", "민감시설의 이름은"),
        ({"remark": "가" * 101}, "remark", "100자까지"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(officer, case, person, changes, field, words):
    number = today(officer, publish(officer, case))
    before = told(person)
    answer = officer.post(f"/officer/places/{number}", form(**changes, confirmed="yes"))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert words in re.search(rf'id="{field}-error">([^<]+)<', page)[1]
    assert told(person) == before


def test_a_doubtful_remark_needs_somebody_who_answers_for_it(officer, case, person):
    number = today(officer, publish(officer, case))
    answer = officer.post(f"/officer/places/{number}", form(remark="직원 식당"))
    assert answer.status_code == 422
    assert 'name="confirmed"' in answer.get_data(as_text=True)
    assert all(row["remark"] == "" for row in told(person))
    assert officer.post(f"/officer/places/{number}", form(remark="직원 식당", confirmed="yes")).status_code == 303
    assert "직원 식당" in {row["remark"] for row in told(person)}


def test_a_sensitive_place_is_counted_for_the_officer_and_refused_to_whoever_forges_the_form(
    officer, case, person, services, clock
):
    page = officer.get(f"/officer/cases/{case.case_id}/places").get_data(as_text=True)
    assert "민감시설의 방문 1건은 공개할 수 없어" in page
    assert SENSITIVE not in page.split("<main")[1]
    with services.store.read() as db:
        [hidden] = [one for one in published_places.candidates(db, clock() - DAY) if one.facility.sensitive]
    answer = officer.post("/officer/places/new", {"visit": str(hidden.visit_id)})
    assert answer.status_code == 422
    assert "민감시설로 등록된 곳은 공개하거나" in answer.get_data(as_text=True)
    assert boxes(officer.get("/officer/places").get_data(as_text=True), "place") == []


def test_a_place_that_becomes_sensitive_is_gone_from_everything_public_at_once(officer, case, person, services):
    drafts = publish(officer, case)
    services.store.write(
        lambda db: facilities.update_facility(db, facility("GP-001", "산본도서관", sensitive=True))
    )
    for path in ("/places", "/api/v1/places", "/", "/sign/unknown", "/pass", "/transparency"):
        assert "산본도서관" not in person().get(path).get_data(as_text=True)
    for path in ("/officer/places.csv", f"/officer/message?place={drafts[0]}"):
        assert "산본도서관" not in officer.get(path).get_data(as_text=True).split("<main")[-1]
    assert officer.get(f"/officer/message?place={drafts[0]}").status_code == 422
    assert officer.post("/officer/places/publish", {"place": drafts}).status_code == 422


def test_the_files_are_the_public_list_under_the_official_columns(officer, case, person):
    publish(officer, case)
    columns = ["지역", "방문장소(유형)", "상호명", "도로명(소재지)", "확진자 방문일시", "소독여부", "비고"]
    book = officer.get("/officer/places.xlsx")
    assert "attachment" in book.headers["Content-Disposition"]
    rows = sheet_rows(book.data)
    assert rows[0] == columns
    assert rows[2] == [
        *("경기도 군포시", "도서관", "산본도서관", "경기도 군포시 산본로 1"),
        *("2020. 8. 25.(화) 12:00~14:00", "확인 중"),
    ]
    text = officer.get("/officer/places.csv").data.decode("utf-8-sig").splitlines()
    assert text[0] == ",".join(f'"{name}"' for name in columns)
    assert len(text) == len(rows) == 3
    for answer in (book.data, "\n".join(text).encode()):
        assert NUMBER.encode() not in answer


def test_nothing_public_knows_a_case(officer, case, person):
    publish(officer, case)
    for path in ("/places", "/api/v1/places", "/places?lang=en", "/api/v1/openapi.json"):
        page = person().get(path).get_data(as_text=True)
        assert NUMBER not in page
        assert case.case_id not in page
        assert "A-officer" not in page


def test_only_officers_reach_the_pages(person, case):
    for role in ("staff", "manager", "admin"):
        assert person(role).get("/officer/places").status_code == 403
        assert person(role).get("/officer/message").status_code == 403
    assert person().get("/officer/places").status_code in {303, 401}


def test_a_number_that_no_row_has_is_not_found_however_long(officer):
    for number in ("7", "9" * 18, "9" * 40):
        assert officer.get(f"/officer/places/{number}").status_code == 404
    assert officer.post("/officer/places/publish", {"place": "7"}).status_code == 404
    assert officer.post("/officer/places/publish", {"place": "x"}).status_code == 422
    assert officer.post("/officer/places/publish").status_code == 422


def test_where_the_audit_cannot_be_written_nothing_becomes_public(officer, case, person, services, monkeypatch):
    drafts = draft(officer, case)

    def fails(*_args, **_facts):
        raise AuditUnavailable(reason="test")

    monkeypatch.setattr(services.vault.audit, "append", fails)
    assert officer.post("/officer/places/publish", {"place": drafts}).status_code == 503
    assert told(person) == []


def test_no_public_route_tells_of_a_sensitive_place_even_if_its_row_is_published(
    app, person, case, services, clock
):
    """Every open GET of the router is asked, in each language; the row is forced into the table by hand."""
    now = clock()
    stay = Stay(facility_id="GP-002", start=now - 9 * HOUR, end=now - 8 * HOUR)

    def force(db: object) -> None:
        named = facility("GP-002", "갸온누뤼 상담소", sensitive=True, address="경기도 군포시 갸온로 7")
        facilities.update_facility(db, named)
        place_id = published_places.add(db, stay, by="A-officer", now=now)
        row = published_places.get(db, place_id)
        published_places.change(db, replace(row, state="published", published_at=now), "published")

    services.store.write(force)
    asked = 0
    for rule in rules(app):
        if "GET" not in rule.methods or not app.view_functions[rule.endpoint].access.open:
            continue
        for language in ("ko", "en"):
            page = person().get(f"{address(rule)}?lang={language}").get_data()
            assert "갸온" not in page.decode(errors="replace"), rule.rule
            asked += 1
    assert asked > 20
    told_to_officer = person("officer").get("/officer/places").get_data(as_text=True)
    assert "목록에 나타나지 않음: 민감시설" in told_to_officer
