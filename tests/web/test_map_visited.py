"""Which facilities the cases visited: on the map's panel, in the words of a cluster, and what is never told."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from entry_service.core.model import Case, IndexVisit
from entry_service.core.times import KST
from entry_service.store.cases import cases
from entry_service.store.plans import field_checks
from entry_service.store.sites import facilities
from tests.demo.layer_fixture import add_layers
from tests.demo.result_fixture import HOT, write_results
from tests.field_notes import check

from .browser import axe_violations
from .conftest import facility
from .test_map_page import visit  # noqa: F401 (fixture)

API = "/api/v1/results/latest/facilities.json"
GYM, CAFE, SHELTER = "GP-901", "GP-902", "GP-903"
IN_HOT = {"lon": 126.9481, "lat": 37.3554}  # in HOT[0]
EVENING = datetime(2020, 8, 13, 19, tzinfo=KST)
KNOWN = datetime(2020, 8, 20, 9, tzinfo=KST)


def came(case: int, place: str, start: datetime = EVENING, known_at: datetime = KNOWN) -> IndexVisit:
    end = start + timedelta(hours=1)
    return IndexVisit(case_id=f"C-{case}", facility_id=place, start=start, end=end, known_at=known_at)


@pytest.fixture
def run(settings, services):
    """A run that lists the gym and not the café beside a shelter; of three cases one is known too late for it."""
    folder = add_layers(write_results(settings.results_dir / "run-1"))
    (folder / "facility_risk.csv").write_text(
        f"facility_id,unit_code,rank,relative_hazard,infectious_person_hours\n{GYM},{HOT[0]},1,9.1,2.5\n"
    )

    def furnish(db):
        facilities.add(db, facility(GYM, "모의 체육관", **IN_HOT))
        facilities.add(db, facility(CAFE, "모의 찻집", **IN_HOT))
        facilities.add(db, facility(SHELTER, "가온 상담쉼터", sensitive=True, **IN_HOT))
        for case in range(3):
            registered = {"registered_at": KNOWN, "onset": None, "specimen_date": EVENING.date()}
            cases.add_case(db, Case(case_id=f"C-{case}", number=f"시험-{case}", isolated_on=None, **registered))
        later = EVENING + timedelta(days=1)
        visits = [came(0, GYM), came(1, GYM), came(0, GYM, later), came(1, CAFE), came(0, SHELTER)]
        cases.add_index_visits(db, [*visits, came(2, GYM, known_at=KNOWN + timedelta(days=30))], "place")

    services.store.write(furnish)
    return folder


def disinfect(services, at: datetime, place: str = GYM) -> None:
    done = check(f"check-{at:%d}", stop_id=f"d-{place}", day=at.date(), started_at=at, ended_at=at, judged_at=at)
    services.store.write(lambda db: field_checks.append(db, done))


def told(officer, place: str) -> dict:
    return next(one for one in officer.get(API).get_json() if one["facility_id"] == place)["cases"]


def test_a_facility_tells_how_many_cases_the_run_knew_how_often_they_came_and_when(person, run):
    found = told(person("officer"), GYM)
    assert (found["persons"], found["visits"]) == (2, 3)
    assert found["when"] == "2020. 8. 13.(목) – 2020. 8. 14.(금)"


def test_beside_a_sensitive_facility_no_numbers_are_told_and_the_sensitive_one_is_nowhere(person, run):
    officer = person("officer")
    found = told(officer, CAFE)
    assert (found["persons"], found["visits"]) == (None, None)
    assert found["when"] == "2020. 8. 13.(목) 19:00–20:00"
    for path in (API, "/officer"):
        assert "가온 상담쉼터" not in officer.get(path).get_data(as_text=True)


def test_beside_one_that_became_sensitive_after_the_run_no_numbers_are_told_either(person, services, run):
    with (run / "facility_risk.csv").open("a") as listed:
        listed.write(f"{CAFE},{HOT[0]},2,1.1,0.5\n")
    officer = person("officer")
    assert told(officer, GYM)["persons"] == 2
    became = facility(CAFE, "모의 찻집", sensitive=True, **IN_HOT)
    services.store.write(lambda db: facilities.update_facility(db, became))
    found = told(officer, GYM)
    assert (found["persons"], found["visits"]) == (None, None)
    assert "모의 체육관 2명" not in officer.get("/officer").get_data(as_text=True)


def test_only_what_was_disinfected_after_the_last_visit_counts_as_disinfected(person, services, run):
    officer = person("officer")
    assert told(officer, GYM)["disinfected"] is None
    disinfect(services, EVENING + timedelta(hours=3))  # before the visit of the 14th
    assert told(officer, GYM)["disinfected"] is None
    disinfect(services, EVENING + timedelta(days=2))
    assert told(officer, GYM)["disinfected"] == "2020. 8. 15.(토) 19:00"
    assert told(officer, CAFE)["disinfected"] is None


def test_a_cluster_names_where_its_cases_were_in_its_days(person, run):
    page = person("officer").get("/officer").get_data(as_text=True)
    assert "모의 체육관 2명" in page.split('data-run-part="clusters"')[1]
    assert "모의 찻집" not in page


def test_the_panel_names_the_facilities_and_what_is_still_to_be_disinfected(visit, services, run):  # noqa: F811
    page = visit()
    box = page.locator("#unit-visited")
    lines = box.locator("li")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("모의 체육관")
    expect(lines.first).to_contain_text(
        "확진자 2명 · 3번 · 2020. 8. 13.(목) – 2020. 8. 14.(금) · 그 뒤 소독 기록 없음"
    )
    expect(box).to_contain_text("시설별 수를 나타내지 않습니다")  # of the café
    expect(page.locator("#unit-next")).to_contain_text("소독할 곳: 모의 체육관, 모의 찻집.")
    disinfect(services, EVENING + timedelta(days=2))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when the page is looked at again
    expect(lines.first.locator(".done")).to_have_text("2020. 8. 15.(토) 19:00 소독함")
    expect(page.locator("#unit-next")).to_contain_text("소독할 곳: 모의 찻집.")
    page.locator("#unit-grounds summary").click()
    page.locator("#unit-facilities summary").click()
    assert axe_violations(page) == []
