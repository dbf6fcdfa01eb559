"""The case register's pages: what an officer may enter, what comes of it, and that nothing typed is lost."""

import html
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from entry_service.store.cases import cases
from entry_service.store.sites import facilities

from .camera import phone_with_pass
from .conftest import ROLES, facility

SEARCH = "/api/v1/facilities"
PLACE = {
    "place-0-facility": "산본도서관 (GP-001)",
    "place-0-start": "2020-08-24T14:00",
    "place-0-end": "2020-08-24T15:30",
}
CASE = {"number": "군포-37", "onset": "2020-08-24"}


@pytest.fixture
def officer(person):
    return person("officer")


@pytest.fixture
def register(officer):
    """Return a function that sends the form: the good one, with changes."""

    def send(**changes):
        form = {**CASE, **PLACE, **{name.replace("_at_", "-"): value for name, value in changes.items()}}
        return officer.post("/officer/cases", form)

    return send


def errors(page):
    """Return field → sentence of every error on the page."""
    found = re.findall(r'<p class="error" id="([\w-]+)-error">([^<]+)</p>', page.get_data(as_text=True))
    return {name: html.unescape(sentence) for name, sentence in found}


def values(page):
    """Return what the fields of the page hold."""
    text = page.get_data(as_text=True)
    fields = dict(re.findall(r'<input id="([\w-]+)"[^>]*? value="([^"]*)"', text, re.S))
    passes = re.search(r"<textarea.*?>\n?(.*?)</textarea>", text, re.S)[1]
    return {name: html.unescape(value) for name, value in {**fields, "passes": passes}.items() if value}


def kept(services):
    with services.store.read() as db:
        [summary] = cases.all_cases(db)
        return summary.case, cases.visits_of(db, summary.case.case_id)


def follow(officer, answer):
    assert answer.status_code == 303, errors(answer)
    return officer.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_place_with_times_becomes_an_index_visit_known_from_now(officer, register, services, clock):
    page = follow(officer, register())
    case, [(visit, origin)] = kept(services)
    assert (case.number, str(case.onset), case.specimen_date) == ("군포-37", "2020-08-24", None)
    assert (visit.facility_id, origin, visit.known_at) == ("GP-001", "place", clock())
    assert visit.start == datetime(2020, 8, 24, 5, 0, tzinfo=UTC)  # 14:00 in Korea
    assert visit.end == datetime(2020, 8, 24, 6, 30, tzinfo=UTC)
    assert "산본도서관" in page
    assert "2020. 8. 24.(월)" in page
    assert "14:00–15:30" in page
    assert "진술 1건" in page


def test_a_place_known_by_date_is_the_whole_day_and_says_so(officer, register, services):
    only_day = {"place_at_0_at_start": "", "place_at_0_at_end": "", "place_at_0_at_day": "2020-08-24"}
    page = follow(officer, register(**only_day))
    _, [(visit, _)] = kept(services)
    assert visit.by_date
    assert visit.end - visit.start == timedelta(days=1)
    assert "시각 모름" in page


def test_a_pass_finds_its_visits_in_the_log_and_names_nobody(app, officer, register, services, clock, device):
    visitor = phone_with_pass(services, clock())
    scan = {"scan_id": str(UUID(int=1)), "text": visitor.code(clock()), "direction": "in"}
    sent = app.test_client().post(
        "/api/v1/scans", json={**scan, "scanned_at": clock().isoformat()}, headers=device
    )
    assert sent.status_code == 200
    clock.passes(minutes=50)
    page = follow(officer, register(passes=f"  {visitor.code(clock())}\r\n\r\n", place_at_0_at_facility="GP-002"))
    _, visits = kept(services)
    assert [(visit.facility_id, origin) for visit, origin in visits] == [("GP-002", "place"), ("GP-001", "pass")]
    assert "출입 기록에서 찾은 방문 1건, 진술 1건" in page
    assert visitor.code(clock()) not in page


def test_what_lies_outside_the_window_is_counted_and_left_out(officer, register, services):
    old = {"place_at_1_at_facility": "GP-002", "place_at_1_at_day": "2020-08-20"}
    page = follow(officer, register(**old))
    assert "노출 기간 밖의 방문 1건은 제외했습니다" in page
    assert len(kept(services)[1]) == 1


def test_a_pass_without_visits_is_said(officer, register, services, clock):
    page = follow(officer, register(passes=phone_with_pass(services, clock()).code(clock())))
    assert "출입 기록이 없는 출입증이 1개" in page


def test_the_register_lists_cases_with_their_visits(officer, register):
    follow(officer, register())
    page = officer.get("/officer/cases").get_data(as_text=True)
    assert re.search(r'<a class="nowrap" href="/officer/cases/[0-9a-f]{16}">군포-37</a>', page)
    assert "아직 등록한 확진자가 없습니다" not in page


def test_the_same_number_again_is_refused_beside_its_field(register):
    register()
    again = register()
    assert (again.status_code, list(errors(again))) == (409, ["number"])
    assert values(again)["place-0-start"] == PLACE["place-0-start"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "이름뿐"}, "number"),
        ({"number": "7" * 60}, "number"),
        ({"onset": ""}, "onset"),
        ({"onset": "어제"}, "onset"),
        ({"onset": "2020-08-26"}, "onset"),
        ({"onset": "0001-01-01"}, "onset"),
        ({"specimen_date": "0001-01-02"}, "specimen_date"),
        ({"specimen_date": "9999-12-31"}, "specimen_date"),
        ({"specimen_date": "2020-13-01"}, "specimen_date"),
        ({"place_at_0_at_facility": ""}, "place-0-facility"),
        ({"place_at_0_at_facility": "산본"}, "place-0-facility"),
        ({"place_at_0_at_facility": "없는 곳"}, "place-0-facility"),
        ({"place_at_0_at_facility": "군포시청 (GP-001)"}, "place-0-facility"),
        ({"place_at_0_at_facility": "%"}, "place-0-facility"),
        ({"place_at_0_at_start": ""}, "place-0-start"),
        ({"place_at_0_at_start": "2020-08-24 25:00"}, "place-0-start"),
        ({"place_at_0_at_start": "2020-08-25T19:00", "place_at_0_at_end": "2020-08-25T20:00"}, "place-0-start"),
        ({"place_at_0_at_end": ""}, "place-0-end"),
        ({"place_at_0_at_end": "2020-08-24T13:00"}, "place-0-end"),
        ({"place_at_0_at_start": "0202-08-24T14:00"}, "place-0-end"),
        ({"place_at_0_at_day": "2020-08-24"}, "place-0-day"),
        ({"place_at_0_at_start": "", "place_at_0_at_end": ""}, "place-0-start"),
        ({"place_at_3_at_facility": "GP-002", "place_at_3_at_day": "2020-08-26"}, "place-3-day"),
        ({"place_at_3_at_facility": "GP-002", "place_at_3_at_day": "08/24"}, "place-3-day"),
        ({"place_at_3_at_facility": "GP-002", "place_at_3_at_day": "0001-01-01"}, "place-3-day"),
        ({"place_at_3_at_facility": "GP-002", "place_at_3_at_day": "9999-12-31"}, "place-3-day"),
        ({"place_at_2_at_facility": "GP-001", "place_at_2_at_day": "2020-08-24"}, "place-2-day"),
        ({"isolated_on": "2020-08-21"}, "isolated_on"),
        ({"isolated_on": "2020-08-26"}, "isolated_on"),
        ({"phone": "031-390-0114"}, "phone"),
        ({"passes": "EPC1 이것은 출입증이 아닙니다"}, "passes"),
        ({"passes": "\n".join(["EPC1"] * 51)}, "passes"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(register, services, changes, field):
    page = register(**changes)
    assert page.status_code == 422
    assert list(errors(page)) == [field]
    text = page.get_data(as_text=True)
    assert f'<a href="#{field}">' in text
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*{field}-error"', text) or (
        field == "passes" and 'aria-describedby="passes-hint passes-error" aria-invalid="true"' in text
    )
    sent = {**CASE, **PLACE, **{name.replace("_at_", "-"): value for name, value in changes.items()}}
    assert values(page) == {name: value for name, value in sent.items() if value}
    with services.store.read() as db:
        assert cases.all_cases(db) == []


def test_all_wrong_fields_are_told_at_once(register):
    page = register(number="", onset="", place_at_0_at_facility="", place_at_0_at_end="")
    assert list(errors(page)) == ["number", "onset", "place-0-facility", "place-0-end"]


def test_a_facility_that_could_be_several_is_offered_by_name_and_number(register, services):
    services.store.write(lambda db: facilities.add(db, facility("GP-003", "산본도서관")))
    page = register(place_at_0_at_facility="산본도서관")
    assert "산본도서관 (GP-001), 산본도서관 (GP-003)" in errors(page)["place-0-facility"]
    assert register(place_at_0_at_facility="산본도서관 (GP-003)").status_code == 303


def test_a_case_without_place_or_pass_is_refused(officer):
    page = officer.post("/officer/cases", CASE)
    assert (page.status_code, list(errors(page))) == (422, ["phone"])


def test_another_row_comes_without_javascript_and_without_judging_or_losing_anything(officer):
    typed = {"number": "", "place-0-facility": "산본", "place-1-day": "2020-08-24", "passes": "EPC1X"}
    page = officer.post("/officer/cases", {**typed, "more": "1"})
    assert page.status_code == 200
    assert errors(page) == {}
    assert values(page) == {name: value for name, value in typed.items() if value}
    assert 'id="place-2-facility"' in page.get_data(as_text=True)


def test_foreign_field_names_make_no_rows(officer):
    strange = ["place-99-day", "place-1000000-day", "place--1-day", "place-٣-day", "place-", "place-0", "x-7-day"]
    page = officer.post("/officer/cases", dict.fromkeys(strange, "2020-08-24") | {"more": "1"})
    assert page.get_data(as_text=True).count("<fieldset") <= 3


def test_markup_in_a_number_stays_text(officer, register):
    page = follow(officer, register(number="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_only_officers_enter_or_read_cases(officer, register, person):
    address = register().headers["Location"]
    for role in set(ROLES) - {"officer"}:
        someone = person(role)
        for path in ("/officer/cases", address, f"{SEARCH}?q=GP"):
            assert someone.get(path, headers={"Accept": "application/json"}).status_code == 403, (role, path)
        assert someone.post("/officer/cases", {**CASE, **PLACE, "number": "38"}).status_code == 403
    assert person().get(address).headers["Location"].startswith("/login?next=")
    assert person().get(f"{SEARCH}?q=GP").status_code == 401


def test_an_unknown_case_is_not_found(officer):
    assert officer.get("/officer/cases/0123456789abcdef").status_code == 404


def test_the_officer_who_registered_is_kept_with_the_case(register, services):
    from sqlalchemy import select

    from entry_service.store.schema import tables

    register()
    with services.store.read() as db:
        assert db.execute(select(tables.cases.c.registered_by)).scalar_one() == "A-officer"


def found(officer, text):
    answer = officer.get(SEARCH, query_string={"q": text})
    assert answer.status_code == 200
    return [one["facility_id"] for one in answer.json["facilities"]]


def test_facilities_are_found_by_parts_of_name_and_id_spaces_and_case_aside(officer, services):
    services.store.write(lambda db: facilities.add(db, facility("GP-003", "Sanbon 100% 도서관")))
    assert found(officer, "도서관") == ["GP-003", "GP-001"]
    assert found(officer, "산본 도서") == ["GP-001"]
    assert found(officer, "gp-00") == ["GP-003", "GP-001"]
    assert found(officer, "100%") == ["GP-003"]
    assert found(officer, "%") == ["GP-003"]
    assert found(officer, "_") == []


def test_a_name_typed_in_decomposed_letters_is_the_same_name(officer):
    from unicodedata import normalize

    assert found(officer, normalize("NFD", "산본도서관")) == ["GP-001"]


@pytest.mark.parametrize(("text", "seen"), [("군포", []), ("GP-00", ["GP-001"]), ("군포시청", ["GP-002"])])
def test_a_sensitive_facility_is_never_listed_and_found_only_by_whoever_knows_it(officer, text, seen):
    assert found(officer, text) == seen
    assert found(officer, "gp-002") == ["GP-002"]


def test_a_search_answers_with_a_label_that_the_form_takes_and_without_coordinates(officer, register):
    [one] = officer.get(f"{SEARCH}?q=산본도서관").json["facilities"]
    assert one == {
        "facility_id": "GP-001",
        "name": "산본도서관",
        "address": "경기도 군포시 산본로 1",
        "label": "산본도서관 (GP-001)",
    }
    assert register(place_at_0_at_facility=one["label"]).status_code == 303


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=" + "x" * 81, "?text=GP"])
def test_a_search_without_a_text_is_refused_with_its_field(officer, query):
    refused = officer.get(SEARCH + query)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (422, "bad_input", "q")


def test_a_search_answers_at_most_twenty(officer, services):
    many = [facility(f"GP-1{number:02}", f"도서관 {number}") for number in range(30)]
    services.store.write(lambda db: facilities.add_many(db, many))
    assert len(found(officer, "도서관")) == 20
