"""Simulated towns: quiet where risk is equal, found where an outbreak was planted, scored as documented."""

import json
from datetime import date
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analytics.commands import main
from analytics.geography import centres
from analytics.parameters import Parameters
from analytics.simulation import rivals
from analytics.simulation.judge import Call, draw, hot, interval, most_alarms, score
from analytics.simulation.model import ALARM, Planted
from analytics.simulation.scenarios import NULLS, OUTBREAKS, SCENARIOS, chosen
from analytics.simulation.town import squares
from tests.analytics.town import NOW

QUICK = Parameters(replicates=99)
SLICE = 20


def alarms(name: str, runs: int) -> int:
    return sum(bool(hot(draw(SCENARIOS[name], 1, run), QUICK).units) for run in range(runs))


@pytest.mark.parametrize("name", [scenario.name for scenario in NULLS])
def test_equal_risk_leaves_the_map_quiet(name):
    assert alarms(name, SLICE) <= most_alarms(SLICE, QUICK.alpha)


def test_planted_outbreaks_are_found_and_busy_people_are_not():
    counts = {scenario.name: alarms(scenario.name, 5) for scenario in OUTBREAKS}
    assert counts.pop("three-people") <= 1
    del counts["three-together"]  # a limit, shown as it is
    assert min(counts.values()) >= 4


def test_the_bound_of_the_issue_is_67_of_1000_and_intervals_are_exact():
    assert most_alarms(1_000, 0.05) == 67
    assert interval(0, 10) == pytest.approx((0, 0.30849710781876083))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_town_depends_on_seed_and_number_alone(name):
    one, again, other = (draw(SCENARIOS[name], seed, 3) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.visits, again.visits)
    np.testing.assert_array_equal(one.exposure.observable, again.exposure.observable)
    assert len(other.visits) != len(one.visits) or not other.visits["start"].equals(one.visits["start"])
    assert set(one.visits["unit"]) <= set(one.units.index)
    assert (one.visits["end"] > one.visits["start"]).all()
    assert (one.planted is None) == (SCENARIOS[name] in NULLS)


def test_the_log_of_a_town_covers_units_many_fold_differently_and_is_estimated_from_it():
    exposure = draw(SCENARIOS["coverage"], 1, 0).exposure
    coverage = exposure.coverage().dropna()
    assert coverage.quantile(0.9) > 5 * coverage.quantile(0.1)
    assert exposure.logged is not None


def test_a_score_counts_alarms_hits_and_errors():
    places = centres(squares())
    truth = Planted(("u00", "u01"), date(2020, 8, 3), date(2020, 8, 5))
    hit = Call(("u01", "u02"), tuple(places.loc["u01"]), (date(2020, 8, 4), date(2020, 8, 7)))
    told = score(SCENARIOS["street"], "hot", [truth, truth], [hit, Call(())], places)
    assert (told.runs, told.alarms, told.expected) == (2, 1, ALARM)
    assert (told.found, told.units_found, told.units_right) == (0.5, 0.5, 0.5)
    assert told.distance_m == pytest.approx(250)
    assert told.days_overlap == pytest.approx(1 / 4)


def test_a_threshold_is_passed_by_one_map_in_twenty():
    maps = [np.array([number, 0.0]) for number in range(100)]
    assert sum(values.max() > rivals.threshold(maps) for values in maps) == 5


def test_a_density_map_peaks_where_the_visits_are():
    sample = draw(SCENARIOS["single-place"], 1, 0)
    values = rivals.density(sample)
    assert values.shape == (len(sample.units),)
    assert (values > 0).all()


@pytest.mark.skipif(find_spec("esda") is None, reason="esda is not installed")
def test_the_rival_is_gi_star_with_the_unit_itself():
    sample = draw(SCENARIOS["single-place"], 1, 0)
    values = rivals.counts(sample)
    grid = np.pad(values.reshape(6, 6), 1)
    ones = np.pad(np.ones((6, 6)), 1)
    near = sum(np.roll(grid, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1))[1:-1, 1:-1].ravel()
    size = sum(np.roll(ones, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1))[1:-1, 1:-1].ravel()
    n = len(values)
    z = (near - values.mean() * size) / (values.std() * np.sqrt((n * size - size**2) / (n - 1)))
    np.testing.assert_allclose(rivals.gi_star_z(sample, values), z)


def test_the_command_lists_scenarios_refuses_unknown_ones_and_says_what_is_not_installed(tmp_path, monkeypatch):
    listed = CliRunner().invoke(main, ["simulate", "--list"], obj=NOW).output
    assert [line.split()[0] for line in listed.splitlines()] == list(SCENARIOS)
    refused = CliRunner().invoke(main, ["simulate", "--scenario", "moon"], obj=NOW)
    assert (refused.exit_code, "'moon' is none of uniform" in refused.output) == (2, True)
    assert chosen(["all"]) == list(SCENARIOS.values())
    monkeypatch.setattr(rivals, "esda_is_there", lambda: False)
    monkeypatch.setattr("analytics.simulation.contest.CALIBRATION_RUNS", 20)
    out = tmp_path / "scores.json"
    asked = ["simulate", "--scenario", "street", "--runs", "2", "--replicates", "99", "--json", str(out)]
    told = CliRunner().invoke(main, asked, obj=NOW, catch_exceptions=False)
    assert told.exit_code == 0
    assert rivals.NO_ESDA in told.output
    rows = json.loads(out.read_text(encoding="utf-8"))["scores"]
    assert [row["method"] for row in rows] == ["hot", "visits", "density, calibrated"]
