"""A demonstration whose days are past shows its lists as of the end of its history, and says so."""

import json
import re
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest

from entry_service.core.model import Case, IndexVisit
from entry_service.core.times import KST
from entry_service.demo.state import State, databases, folder
from entry_service.store.cases import cases

LATER = datetime(2026, 11, 28, 13, tzinfo=KST)
VISIT = datetime(2020, 8, 23, 19, tzinfo=KST)
LISTS = ("/officer/places", "/officer/places/new", "/officer/message", "/places")
NOTICE = "2020. 8. 29.(토)을(를) 오늘로 보고 보여 드립니다"


def register(services, start: datetime) -> None:
    known = {"onset": None, "specimen_date": start.date(), "registered_at": start + timedelta(days=2)}
    case = Case(case_id=f"C-{start:%y%m%d}", number=f"시험-{start:%y%m%d}", isolated_on=None, **known)
    end = start + timedelta(hours=1)
    seen = IndexVisit(
        case_id=case.case_id, facility_id="GP-001", start=start, end=end, known_at=known["registered_at"]
    )

    def write(db):
        cases.add_case(db, case)
        cases.add_index_visits(db, [seen], "place")

    services.store.write(write)


@pytest.fixture
def past(settings, services, clock):
    """The history of a demonstration, seen six years later."""
    register(services, VISIT)
    state = State(state="complete", seed=1, scale=1, days=28, databases=databases(settings))
    folder(settings).mkdir(parents=True)
    (folder(settings) / "state.json").write_text(json.dumps(asdict(state)))
    clock.now = LATER


def test_the_lists_of_a_past_demonstration_go_by_the_end_of_its_history(person, past):
    officer = person("officer")
    for path in LISTS:
        assert NOTICE in officer.get(path).get_data(as_text=True), path
    offered = officer.get("/officer/places/new").get_data(as_text=True)
    [visit] = re.findall(r'name="visit" value="([^"]+)"', offered)
    officer.post("/officer/places/new", {"visit": visit})
    drafted = officer.get("/officer/places").get_data(as_text=True)
    [place] = re.findall(r'name="place" value="([^"]+)"', drafted)
    officer.post("/officer/places/publish", {"place": place})
    assert "산본도서관" in person().get("/places").get_data(as_text=True)
    assert "산본도서관" in officer.get("/officer/message").get_data(as_text=True)


def test_the_report_of_a_past_demonstration_begins_with_its_last_day(person, past):
    officer = person("officer")
    begun = officer.get("/officer/report").get_data(as_text=True)
    assert "모의 도시의 마지막 날을 보여 드립니다" in begun
    assert 'value="2020-08-28"' in begun
    chosen = officer.get("/officer/report?day=2020-08-23").get_data(as_text=True)
    assert "모의 도시의 마지막 날" not in chosen


def test_a_case_of_this_fortnight_brings_the_lists_back_to_today(person, services, past):
    register(services, LATER - timedelta(days=3))
    page = person("officer").get("/officer/places/new").get_data(as_text=True)
    assert "오늘로 보고" not in page
    assert "산본도서관" in page


def test_a_service_that_is_no_demonstration_of_the_past_goes_by_the_clock(person, services, clock):
    register(services, VISIT)
    clock.now = LATER
    officer = person("officer")
    for path in LISTS:
        assert "오늘로 보고" not in officer.get(path).get_data(as_text=True)
    assert 'value="2026-11-28"' in officer.get("/officer/report").get_data(as_text=True)
