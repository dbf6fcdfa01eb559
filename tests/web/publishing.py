"""An officer with a case, and what the tests of publication do with it: draft, publish, ask the public list."""

import re
from datetime import timedelta

import pytest

from entry_service.core.times import KST
from entry_service.usecases.cases.register_case import PlaceTold, register_case

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = "군포-37-비밀"
SENSITIVE = "군포시청"


@pytest.fixture
def case(services, clock):
    """Register a case that was at the library, at the town hall (sensitive), and at the library again."""
    now = clock()
    places = [
        PlaceTold(facility_id="GP-001", start=now - 6 * HOUR, end=now - 4 * HOUR),
        PlaceTold(facility_id="GP-002", start=now - 9 * HOUR, end=now - 8 * HOUR),
        PlaceTold.on("GP-001", (now - DAY).astimezone(KST).date()),
    ]
    return register(services, NUMBER, now, places)


def register(services, number, now, places):
    day = now.astimezone(KST).date()
    facts = {"onset": None, "specimen_date": day, "places": places, "passes": [], "now": now}
    return register_case(services, number=number, **facts).case


@pytest.fixture
def officer(person, case):
    return person("officer")


def boxes(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


def draft(officer, case) -> list[str]:
    """Tick everything that the case's page offers; return the numbers of the drafts."""
    path = f"/officer/cases/{case.case_id}/places"
    ticks = boxes(officer.get(path).get_data(as_text=True), "visit")
    assert officer.post(path, {"visit": ticks}).status_code == 303
    return boxes(officer.get("/officer/places").get_data(as_text=True), "place")


def publish(officer, case) -> list[str]:
    drafts = draft(officer, case)
    assert officer.post("/officer/places/publish", {"place": drafts}).status_code == 303
    return drafts


def told(person) -> list[dict]:
    return person().get("/api/v1/places").json["places"]


def form(**changes: str) -> dict[str, str]:
    """Return the form of the row of today: 12:00 to 14:00 in Korea."""
    usual = {"start": "2020-08-25T12:00", "end": "2020-08-25T14:00", "remark": "", "disinfected_at": ""}
    return {**usual, **changes}


def today(officer, drafts: list[str]) -> str:
    """Return the number of the row that is known to the minute."""
    pages = {number: officer.get(f"/officer/places/{number}").get_data(as_text=True) for number in drafts}
    return next(number for number, page in pages.items() if 'name="start"' in page)
