"""Plans of other results: below dong level, without a log, as of an earlier day, with nothing hot."""

import shutil

import pytest

from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.planning import PlanParameters, make_plan
from analytics.planning.model import DISINFECT, VISIT
from tests.analytics.planning.conftest import BEGIN, rewrite, sensitive
from tests.analytics.town import CODES, NOW, make_town

QUICK = {"replicates": 99, "gi_replicates": 99, "max_radius_m": 600.0}


def finest(results, folder):
    """Return a copy of the results that says its units are cells."""
    shutil.copytree(results, folder)
    rewrite(folder, "summary.json", lambda summary: summary["population"].update(unit_kind="cell"))
    return folder


def test_below_dong_level_a_neighbour_of_a_sensitive_facility_is_ranked_by_its_unit(world, planned, tmp_path):
    cells = finest(world.results, tmp_path / "cells")
    asked = {"begin": BEGIN, "iterations": 20}
    plan = make_plan(cells, world.extract, tmp_path / "plan", PlanParameters(**asked), created=NOW)
    unit = {f"f{n:03d}": str(CODES[place]) for n, place in enumerate(world.town.unit)}
    beside = {unit[facility] for facility in unit if sensitive(facility)}
    own = {stop.facility_id: stop.footfall for stop in planned[0].stops if stop.kind == DISINFECT}
    stops = [stop for stop in plan.stops if stop.kind == DISINFECT]
    hidden = [stop for stop in stops if stop.unit_code in beside]
    assert 0 < len(hidden) < len(stops)
    for stop in stops:
        told = next(part.ko for part in stop.reason if part.part == "footfall")
        assert ("출입 기록" in told) == (stop not in hidden)
        assert (stop.footfall == own[stop.facility_id]) == (stop not in hidden)


def test_below_dong_level_sensitive_facilities_are_one_count_unless_dongs_are_given(world, planned, tmp_path):
    cells = finest(world.results, tmp_path / "cells")
    whole = make_plan(cells, world.extract, tmp_path / "whole", PlanParameters(begin=BEGIN), created=NOW)
    assert [(count.dong, count.name) for count in whole.sensitive] == [(None, None)]
    asked = PlanParameters(begin=BEGIN, dongs=world.extract.parent / "units.geojson")
    by_dong = make_plan(cells, world.extract, tmp_path / "dongs", asked, created=NOW)
    assert by_dong.sensitive == planned[0].sensitive
    assert sum(count.facilities for count in by_dong.sensitive) == whole.sensitive[0].facilities


@pytest.fixture(scope="module")
def equal_risk(tmp_path_factory):
    """Return a town without a hot spot: its inputs, with a log and as published routes."""
    town = make_town(21, days=14)
    visits = town.cases(6)
    folder = tmp_path_factory.mktemp("equal")
    inputs = town.write(folder, visits)
    routes = town.write(folder / "routes", visits, profile="routes")
    return visits, inputs, routes


def test_published_routes_are_planned_by_the_population_of_the_units(equal_risk, tmp_path):
    visits, _, routes = equal_risk
    find_hotspots(**routes, out=tmp_path / "results", created=NOW, parameters=Parameters(**QUICK))
    plan = make_plan(
        tmp_path / "results", routes["extract"], tmp_path / "plan", PlanParameters(iterations=50), created=NOW
    )
    stops = [stop for stop in plan.stops if stop.kind == DISINFECT]
    assert {stop.facility_id for stop in stops} == {
        visit["facility_id"] for visit in visits if not sensitive(visit["facility_id"])
    }
    assert {stop.opening for stop in stops} == {"unknown"}
    assert all(stop.footfall > 0 for stop in stops)
    assert any("민감시설" in warning.ko for warning in plan.warnings) == bool(plan.sensitive)


def test_a_replay_knows_only_what_was_known_then_and_nothing_hot_is_no_visit(equal_risk, tmp_path):
    visits, inputs, _ = equal_risk
    known_by = BEGIN.date().replace(day=10)
    parameters = Parameters(known_by=known_by, **QUICK)
    find_hotspots(**inputs, out=tmp_path / "results", created=NOW, parameters=parameters)
    out = tmp_path / "plan"
    plan = make_plan(tmp_path / "results", inputs["extract"], out, PlanParameters(iterations=50), created=NOW)
    known = {visit["facility_id"] for visit in visits if visit["known_at"].date() <= known_by}
    assert {stop.facility_id for stop in plan.stops} == {facility for facility in known if not sensitive(facility)}
    assert [stop for stop in plan.stops if stop.kind == VISIT] == []
    assert plan.parameters["begin"] == "2020-08-11T09:00:00+09:00"
    exposed = plan.bound.exposed_person_hours
    assert 0 < plan.bound.reached <= plan.bound.bound <= exposed * (1 + 1e-9)
