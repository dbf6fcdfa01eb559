"""A small plan folder as contract/plan.json describes it, for the pages that show plans."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from entry_service.core.times import KST

DAY = date(2020, 8, 25)
START = (126.9352, 37.3616)
AGENT = {
    "agent": "hypochlorite",
    "ko": "차아염소산나트륨 1,000 ppm 이상",
    "en": "sodium hypochlorite, 1,000 ppm or more",
    "rule": "next_day",
    "ko_rule": "소독한 다음 날까지 이용을 금지하고 환기합니다.",
    "en_rule": "Closed until the day after; ventilate.",
}


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of the day in Korea."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=KST)


def stop(name: str, number: int, day: date = DAY, **facts: object) -> dict[str, object]:
    """Return a planned stop of team 1, a facility to disinfect at ``10 + number`` o'clock."""
    arrive = at(day, min(10 + number, 23))
    usual = {
        "stop_id": f"d-{name}",
        "kind": "disinfect",
        "status": "planned",
        "rank": number,
        "team": 1,
        "order": number,
        "arrive": arrive.isoformat(),
        "leave": (arrive + timedelta(minutes=40)).isoformat(),
        "facility_id": name,
        "unit_code": "41410580",
        "lon": START[0] + 0.002 * number,
        "lat": START[1] + 0.0015 * number,
        "score": 100.0 / number,
        "risk": 80.0 / number,
        "last_case_visit": at(day - timedelta(days=1), 14).isoformat(),
        "days_since": 1,
        "footfall": 1_200.4,
        "surge": 152.0,
        "surge_hour": 9,
        "open_from": at(day, 9).isoformat(),
        "open_until": at(day, 22).isoformat(),
        "opening": "learned",
        "service_minutes": 40,
        "off_street_m": None,
        "reason": [
            {
                "ko": "확진자가 어제 다녀갔습니다: 25점.",
                "en": "A case was here yesterday: 25 points.",
                "points": 25.0,
            }
        ],
    }
    return usual | facts


def idle(name: str, status: str, number: int, day: date = DAY, **facts: object) -> dict[str, object]:
    """Return a stop that is in no way: left over, or not needed."""
    nowhere = {"team": None, "order": None, "arrive": None, "leave": None, "status": status}
    rank = number if status == "left over" else None
    return stop(name, number, day, **nowhere, **{"rank": rank, **facts})


def plan_of(plan_id: str, stops: list[dict], *, day: date = DAY, teams: int = 2) -> dict[str, object]:
    """Return a plan of these stops; a team's line leads from the start through its stops and back."""
    ways = {number: [one for one in stops if one["team"] == number] for number in range(1, teams + 1)}
    begin, reopen = at(day, 9), (day + timedelta(days=1)).isoformat()
    site = {"rank": 1, "lon": START[0], "lat": START[1], "unit_code": "41410580"}
    reach = {"reach_person_hours": 2_390.4, "share": 0.25}
    span = {"from": at(day, 16).isoformat(), "until": at(day, 22).isoformat()}
    return {
        "id": plan_id,
        "as_of": at(day, 0).isoformat(),
        "created": at(day, 8).isoformat(),
        "seed": 1,
        "result": "run-1",
        "code_version": "test",
        "parameters": {
            "begin": begin.isoformat(),
            "teams": teams,
            "hours": 8.0,
            "start": list(START),
            "speed_kmh": 25.0,
            "detour": 1.3,
            "sites": 1,
            "agent": "hypochlorite",
            "seed": 1,
        },
        "agent": AGENT | {"reopen": reopen},
        "warnings": [{"ko": "남은 곳이 있습니다.", "en": "Some places are left over."}],
        "stops": stops,
        "teams": [
            {
                "team": number,
                "start": begin.isoformat(),
                "end": at(day, 17).isoformat(),
                "kilometres": 6.2,
                "minutes": 480,
                "stops": [one["stop_id"] for one in way],
                "line": [list(START), *([one["lon"], one["lat"]] for one in way), list(START)],
            }
            for number, way in ways.items()
        ],
        "sites": [site | reach | span | {"why": {"ko": "걸어서 닿습니다.", "en": "Within walking distance."}}],
        "site_bound": None,
        "sensitive": [{"dong": "41410580", "name": "산본1동", "facilities": 2}],
    }


def usual_stops(day: date = DAY) -> list[dict[str, object]]:
    """Return two stops of team 1, one visit of team 2, one place left over and one that needs nothing."""
    visit = {"stop_id": "v-41410590", "kind": "visit", "facility_id": None, "unit_code": "41410590"}
    return [
        stop("GP-001", 1, day),
        stop("GP-003", 2, day),
        stop("none", 3, day, **visit, team=2, order=1),
        idle("GP-004", "left over", 4, day),
        idle("GP-005", "not needed", 5, day, days_since=9),
    ]


def write_plan(var: Path, plan: dict[str, object]) -> Path:
    """Write the plan where the service looks for it, and return its file."""
    folder = var / "plans" / str(plan["id"])
    folder.mkdir(parents=True)
    file = folder / "plan.json"
    file.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    return file
