"""The whole plan: nothing lost, nothing sensitive, equal for equal input, as the contract says."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.planning.model import DISINFECT, LEFT_OVER, NOT_NEEDED, PLANNED, VISIT
from analytics.planning.writing import contract, write_plan
from analytics.refusals import OutputRefused
from tests.analytics.planning.conftest import BEGIN, sensitive

ROOT = Path(__file__).resolve().parents[3]
FILES = ["datapackage.json", "plan.csv", "plan.geojson", "plan.json"]


def test_no_facility_that_a_case_visited_is_silently_missing(world, planned):
    plan, _ = planned
    listed = [stop.facility_id for stop in plan.stops if stop.kind == DISINFECT]
    wanted = {facility for facility in world.visited if not sensitive(facility)}
    assert sorted(listed) == sorted(wanted)
    counts = {
        status: sum(stop.status == status for stop in plan.stops) for status in (PLANNED, NOT_NEEDED, LEFT_OVER)
    }
    assert set(counts) <= {PLANNED, NOT_NEEDED, LEFT_OVER}
    assert min(counts[PLANNED], counts[NOT_NEEDED]) > 0
    in_teams = [stop for team in plan.teams for stop in team.stops]
    assert sorted(in_teams) == sorted(stop.stop_id for stop in plan.stops if stop.status == PLANNED)


def test_more_than_seven_days_since_the_last_case_need_no_disinfection_and_say_so(world, planned):
    plan, _ = planned
    for stop in plan.stops:
        if stop.kind != DISINFECT:
            continue
        ends = max(visit["end"] for visit in world.visits if visit["facility_id"] == stop.facility_id)
        days = (BEGIN.date() - (ends - timedelta(microseconds=1)).date()).days
        assert stop.days_since == days
        assert (stop.status == NOT_NEEDED) == (days > 7)
        if days > 7:
            assert (
                stop.reason[0].ko == f"확진자가 다녀간 지 {days}일이 지나(7일 초과) 별도 소독이 필요하지 않습니다."
            )
            assert (stop.rank, stop.team, stop.arrive) == (None, None, None)
    assert {stop.days_since for stop in plan.stops} > {8}


def test_every_stop_shows_what_its_score_rests_on(planned):
    plan, _ = planned
    for stop in plan.stops:
        points = [part.points for part in stop.reason if part.points is not None]
        assert stop.risk == pytest.approx(sum(points))
        assert all(f"{part.points:g}점" in part.ko for part in stop.reason if part.points is not None)
        assert {"verdict", "recency", "surge", "footfall"} <= {part.part for part in stop.reason}
        if stop.footfall is not None:
            assert stop.score == pytest.approx(stop.risk / 100 * stop.footfall)
    ranked = [stop for stop in plan.stops if stop.rank]
    assert [stop.rank for stop in ranked] == list(range(1, len(ranked) + 1))
    assert [stop.score for stop in ranked] == sorted((stop.score for stop in ranked), reverse=True)


def test_the_hot_dong_is_visited_and_its_facility_stands_first_by_risk(world, planned):
    plan, _ = planned
    visits = [stop for stop in plan.stops if stop.kind == VISIT]
    assert world.hot in {stop.unit_code for stop in visits}
    assert all("핫스팟 안에" in stop.reason[0].ko for stop in visits)
    riskiest = max(plan.stops, key=lambda stop: stop.risk)
    assert riskiest.unit_code in {stop.unit_code for stop in visits}


def test_teams_keep_their_hours_and_every_opening_time(planned):
    plan, _ = planned
    by_id = {stop.stop_id: stop for stop in plan.stops}
    for team in plan.teams:
        assert BEGIN <= team.start <= team.end <= BEGIN + timedelta(hours=6)
        at = team.start
        for order, name in enumerate(team.stops, start=1):
            stop = by_id[name]
            assert (stop.team, stop.order) == (team.team, order)
            assert stop.arrive >= at
            assert stop.leave - stop.arrive == timedelta(minutes=stop.service_minutes)
            if stop.open_from:
                assert stop.open_from <= stop.arrive
                assert stop.leave <= stop.open_until
            at = stop.leave
        assert at <= team.end


def test_sensitive_facilities_are_counted_by_dong_and_in_no_file(world, planned):
    plan, out = planned
    hidden = {facility for facility in world.visited if sensitive(facility)}
    assert hidden
    content = b"".join((out / name).read_bytes() for name in FILES)
    assert [facility for facility in hidden if facility.encode() in content] == []
    recent = {
        visit["facility_id"]
        for visit in world.visits
        if visit["facility_id"] in hidden and (BEGIN.date() - visit["start"].date()).days <= 7
    }
    assert sum(count.facilities for count in plan.sensitive) == len(recent) > 0
    assert all(count.dong for count in plan.sensitive)
    assert any("민감시설" in warning.ko for warning in plan.warnings)


def test_the_folder_is_as_the_contract_says(planned):
    plan, out = planned
    assert sorted(path.name for path in out.iterdir()) == FILES
    told = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert list(told) == list(contract()["document"])
    assert told["id"] == out.name
    for table in ("stops", "teams", "sites", "sensitive"):
        names = [field["name"] for field in contract()["tables"][table]["schema"]["fields"]]
        assert told[table]
        assert all(list(row) == names for row in told[table])
        for field in contract()["tables"][table]["schema"]["fields"]:
            values = [row[field["name"]] for row in told[table]]
            limits = field.get("constraints", {})
            assert not limits.get("required") or None not in values
            assert "enum" not in limits or set(values) <= set(limits["enum"])
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    for entry in package["resources"]:
        content = (out / entry["path"]).read_bytes()
        assert entry["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    text = (out / "plan.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row["stop_id"] for row in rows][: len(plan.teams[0].stops)] == list(plan.teams[0].stops)
    assert len(rows) == len(plan.stops)
    layers = [f["properties"]["layer"] for f in json.loads((out / "plan.geojson").read_text("utf-8"))["features"]]
    assert {"stop", "team", "site"} == set(layers)


def test_every_column_and_key_of_the_contract_is_in_the_document():
    page = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
    names = {field["name"] for table in contract()["tables"].values() for field in table["schema"]["fields"]}
    assert [name for name in sorted(names | set(contract()["document"])) if f"`{name}`" not in page] == []


def test_the_same_seed_gives_the_same_bytes_whatever_was_there(world, planned, tmp_path):
    _, first = planned
    again = tmp_path / first.name
    for _ in range(2):
        world.plan(again)
        assert [(again / name).read_bytes() for name in FILES] == [(first / name).read_bytes() for name in FILES]
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_a_folder_of_something_else_is_not_replaced(world, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(OutputRefused, match="holds something else than a plan"):
        world.plan(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_fewer_hours_leave_places_over_and_say_why(world, tmp_path):
    plan = world.plan(tmp_path / "short", hours=1.5, teams=1)
    left = [stop for stop in plan.stops if stop.status == LEFT_OVER]
    assert len(left) > 5
    assert all(stop.reason[-1].part == "left over" for stop in left)
    assert any("남았습니다" in warning.ko for warning in plan.warnings)


def test_a_cell_that_a_spreadsheet_would_run_is_text(planned, tmp_path):
    plan, _ = planned
    stops = (replace(plan.stops[0], facility_id="=1+1"), *plan.stops[1:])
    write_plan(tmp_path / "plan", replace(plan, stops=stops))
    rows = csv.DictReader(io.StringIO((tmp_path / "plan" / "plan.csv").read_text("utf-8-sig")))
    assert "'=1+1" in {row["facility_id"] for row in rows}


def test_the_agent_says_when_a_place_may_open_again(world, planned, tmp_path):
    plan, _ = planned
    assert (plan.agent["rule"], plan.agent["reopen"]) == ("next_day", "2020-08-21")
    other = world.plan(tmp_path / "other", agent="quat")
    assert (other.agent["rule"], other.agent["reopen"]) == ("agreement", None)
    assert "협의" in other.agent["ko_rule"]


def test_what_was_done_that_day_is_not_planned_again(world, planned, tmp_path):
    first = planned[0].teams[0].stops[0]
    plan = world.plan(tmp_path / "later", done=(first,))
    stop = next(stop for stop in plan.stops if stop.stop_id == first)
    assert (stop.status, stop.reason[0].ko, stop.team) == (NOT_NEEDED, "이날 이미 마쳤습니다.", None)
    assert len(plan.stops) == len(planned[0].stops)
