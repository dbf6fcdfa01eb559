"""Testing sites with numbers: who comes in each hour, how many teams that takes, and what too few mean."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from analytics.planning import PlanParameters, sites
from analytics.planning.ground import make_ground
from analytics.planning.queue import hours_at, teams_for
from analytics.planning.reading import read_inputs
from analytics.refusals import InputRefused
from tests.analytics.planning.conftest import BEGIN


def people_of(site) -> list[float]:
    return [hour.people for hour in site.hours]


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    return world.plan(tmp_path_factory.mktemp("staff") / "plan", tests=400)


def test_who_is_expected_comes_to_the_sites_by_what_each_reaches_in_the_hours_it_is_open(made):
    assert sum(site.people for site in made.sites) == pytest.approx(400)
    reached = sum(site.reach_person_hours for site in made.sites)
    for site in made.sites:
        assert site.people == pytest.approx(400 * site.reach_person_hours / reached)
        assert sum(people_of(site)) == pytest.approx(site.people)
        assert [hour.start for hour in site.hours][0] == site.start
        assert len(site.hours) == 6
        assert site.hours[-1].start < site.until


def test_the_teams_are_those_of_the_busiest_hour_and_nobody_waits_longer_than_asked(made):
    for site in made.sites:
        assert site.teams == max(teams_for(people, 6.0, 15.0) for people in people_of(site))
        assert site.staff == 4 * site.teams
        assert site.wait_minutes == max(hour.wait_minutes for hour in site.hours) <= 15
        assert [hour.waiting for hour in site.hours] == [0] * 6
    assert all("기다립니다" not in warning.ko for warning in made.warnings)


def test_too_few_teams_are_shared_out_and_the_plan_says_who_still_waits(world, made, tmp_path):
    few = world.plan(tmp_path / "few", tests=400, site_teams=3)
    assert sum(site.teams for site in few.sites) == 3
    for site in few.sites:
        told = hours_at(people_of(site), 6.0, site.teams, 15.0)
        assert [hour.waiting for hour in site.hours] == [hour.waiting for hour in told]
    left = sum(site.hours[-1].waiting for site in few.sites)
    assert left > 100
    assert any(f"약 {left:.0f}명이 아직 기다립니다" in warning.ko for warning in few.warnings)
    assert len(world.plan(tmp_path / "one", tests=400, site_teams=1).sites) == 1  # no site without a team


def test_without_a_number_one_in_a_hundred_exposed_person_hours_is_a_test(world, planned):
    plan, out = planned
    for site in plan.sites:
        assert site.people == pytest.approx(0.01 * site.reach_person_hours)
    told = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert told["parameters"]["tests"] is None
    first = told["sites"][0]
    assert set(first["hours"][0]) == {"start", "people", "teams_needed", "wait_minutes", "waiting"}
    assert first["hours"][0]["start"] == first["from"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tests", -1),
        ("test_share", 1.5),
        ("tests_per_hour", 0),
        ("team_staff", 0),
        ("wait_minutes", 0),
        ("site_teams", 0),
    ],
)
def test_numbers_that_mean_nothing_are_refused_by_their_name(world, tmp_path, field, value):
    with pytest.raises(InputRefused, match=field):
        world.plan(tmp_path / "x", **{field: value})


def test_a_site_that_opens_tomorrow_is_staffed_by_a_day_of_tomorrow_s_kind(world):
    results, _ = read_inputs(world.results, world.extract)
    evening = BEGIN.replace(hour=20)
    ground = make_ground(results, evening)
    np.testing.assert_array_equal(ground.tomorrow, make_ground(results, BEGIN + timedelta(days=1)).people)
    late = np.zeros_like(ground.people)
    late[:, 18:22] = 1.0
    exposed = np.ones(len(late))
    asked = PlanParameters(begin=evening, sites=1, site_hours=4)
    [site], _ = sites.testing_sites(exposed, replace(ground, tomorrow=late), asked)
    assert site.start == evening.replace(hour=18) + timedelta(days=1)
    [site], _ = sites.testing_sites(exposed, replace(ground, people=late, begin=BEGIN), asked)
    assert site.start == BEGIN.replace(hour=18)
