"""What a replay rests on: masked and missing figures, the categories left out, the caps of its windows."""

import inspect
import json
from datetime import date

import numpy as np
import pytest
from click.testing import CliRunner

from analytics.commands import main
from analytics.commands.replay import replay as command
from analytics.hotspots import find_hotspots
from analytics.import_routes import import_routes
from analytics.parameters import Parameters
from analytics.replay import BESIDE, replay
from tests.analytics.test_replay import PLACE, QUICK, WARD, routes, rows_of, write
from tests.analytics.town import CODES, NOW, make_town

LAST = date(2020, 8, 11)
WINDOW = {"first": LAST, "last": LAST, "days": 7}


def inputs(folder, rows, town=None) -> dict:
    town = town or make_town(3)
    return {
        "routes": write(folder / "list", rows),
        "population": [town.write_population(folder / "population.csv")],
        "units": town.write_boundaries(folder / "units.geojson"),
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return inputs(tmp_path_factory.mktemp("whole"), routes())


def of_place(told: dict) -> list[dict]:
    return [one for one in told["days"][-1]["clusters"] if CODES[PLACE] in one["units"]]


def test_an_outbreak_where_every_figure_is_masked_is_told_and_printed(tmp_path):
    town = make_town(3)
    town.people[PLACE] = np.nan
    masked = inputs(tmp_path, routes(), town)
    out = tmp_path / "replay.json"
    paths = [str(path) for path in (masked["routes"], masked["population"][0], masked["units"], out)]
    names = ["--routes", "--population", "--units", "--json"]
    asked = [text for pair in zip(names, paths, strict=True) for text in pair]
    asked += ["--from", "2020-08-10", "--to", "2020-08-11", "--days", "7", "--replicates", "99"]
    printed = CliRunner().invoke(main, ["replay", *asked], obj=NOW, catch_exceptions=False)
    told = json.loads(out.read_text(encoding="utf-8"))
    day = told["days"][-1]
    assert not of_place(told)
    assert day["left_out"]["no observable person-hours in the unit at that time"] >= 8
    assert day["masked"]["unit_hours"] == 7 * 24
    assert CODES[PLACE] in day["masked"]["newly_marked"]
    assert CODES[PLACE] in day["masked"]["marked"]
    assert day["masked"]["visits"] >= day["visits"] + 8
    assert any("masked (*) figures" in note and "2020-08-10, 2020-08-11" in note for note in told["notes"])
    assert f"2020-08-11, masked figures at most: newly marked {CODES[PLACE]}" in printed.output


def test_a_mark_that_rests_on_masked_figures_is_told_apart(tmp_path):
    """Next to nobody is known to be there; with 3 people in each masked hour three cases are not strange."""
    town = make_town(3)
    night = np.arange(town.people.shape[1]) % 24 < 10
    town.people[PLACE] = 0.01
    town.people[PLACE, night] = np.nan
    town.people[np.arange(len(CODES)) != PLACE] = 0.5
    rows = [pair for pair in routes() if int(pair[0][0][2:]) < 100]
    rows += [rows_of(100 + patient, PLACE, 5, 8) for patient in range(3)]
    told = replay(**inputs(tmp_path, rows, town), **WINDOW, parameters=QUICK)
    (cluster,) = of_place(told)
    assert (cluster["significant"], cluster["depends_on_masked"]) == (True, True)
    assert CODES[PLACE] in told["days"][-1]["masked"]["no_longer_marked"]
    (mark,) = [mark for mark in told["marked"] if CODES[PLACE] in mark["all_units"]]
    assert mark["depends_on_masked"] is True
    assert told["population"]["unit_days"] == {"estimated": 7, "too_few_hours": 0}


def test_where_nothing_is_masked_nothing_depends_on_it(whole):
    told = replay(**whole, **WINDOW, parameters=QUICK)
    assert told["days"][-1]["masked"] is None
    assert {one["depends_on_masked"] for one in told["days"][-1]["clusters"]} == {False}
    assert told["population"]["unit_days"] == {"estimated": 0, "too_few_hours": 0}
    assert not any("masked" in note or "rhythm" in note for note in told["notes"])


def test_hours_that_the_file_lacks_do_not_make_an_outbreak_stranger(whole, tmp_path):
    """The dong of the outbreak has no rows for six hours of every day: its expectation hardly changes."""
    full = whole["population"][0].read_text("cp949").splitlines()
    lacking = [f'"{hour:02d}","{CODES[PLACE]}"' for hour in range(6)]
    part = tmp_path / "part.csv"
    part.write_text("\r\n".join(row for row in full if not any(text in row for text in lacking)) + "\r\n", "cp949")
    import_routes(whole["routes"], tmp_path / "extract", created=NOW, code_version="0", seed=1)
    expected, said = {}, {}
    for name, file in (("whole", whole["population"][0]), ("part", part)):
        told = replay(**whole | {"population": [file]}, **WINDOW, parameters=QUICK)
        parameters = Parameters(replicates=99, gi_replicates=99)
        found = find_hotspots(tmp_path / "extract", [file], whole["units"], created=NOW, parameters=parameters)
        persons = found.verdict.clusters.query("kind == 'person'")
        (row,) = [row for row in persons.itertuples() if CODES[PLACE] in row.members]
        expected[name] = of_place(told)[0]["expected"], row.expected
        said[name] = told["notes"], [one["en"] for one in found.summary["warnings"] if one["code"] == "date_only"]
    assert expected["part"] == pytest.approx(expected["whole"], rel=0.25)
    notes, (warning,) = said["part"]
    assert any("on 7 unit-days; 0 more" in note for note in notes)
    assert "estimated by the day's rhythm" in warning
    assert "rhythm" not in said["whole"][1][0]


def test_the_visit_based_statistic_is_beside_the_persons(whole):
    told = replay(**whole, **WINDOW, parameters=QUICK)
    cluster, day = of_place(told)[0], told["days"][-1]
    n, e, total = cluster["visits"], cluster["visit_expected"], day["visits"]
    assert 0 < e < n < total
    inside, outside = n / e, (total - n) / (total - e)
    assert cluster["visit_llr"] == pytest.approx(n * np.log(inside) + (total - n) * np.log(outside))
    assert cluster["visit_relative_risk"] == pytest.approx(inside / outside)


def test_an_infinite_relative_risk_is_null(tmp_path):
    rows = [rows_of(patient, PLACE, 5, 8) for patient in range(4)]
    told = replay(**inputs(tmp_path, rows), **WINDOW, parameters=QUICK)
    assert [one["visit_relative_risk"] for one in told["days"][-1]["clusters"]] == [None]


@pytest.mark.parametrize("category", ["hospital", "pharmacy", "airport"])
def test_each_category_of_the_ill_is_beside(category, tmp_path):
    rows = [pair for pair in routes() if pair[1][3] != "hospital"]
    rows += [rows_of(200 + patient, WARD, 6, 8, category) for patient in range(6)]
    day = replay(**inputs(tmp_path, rows), **WINDOW, parameters=QUICK)["days"][-1]
    assert all(CODES[WARD] not in one["units"] or one["distinct_persons"] < 6 for one in day["clusters"])
    assert [one["categories"] for one in day["beside"] if CODES[WARD] in one["units"]] == [{category: 6}]
    assert day["left_out"] == {category: 6}
    assert category in BESIDE


def test_a_look_judges_the_last_28_days_by_default(tmp_path):
    rows = [rows_of(1, PLACE, 3, 8), rows_of(2, PLACE, 4, 8), rows_of(3, PLACE, 5, 8)]
    told = replay(**inputs(tmp_path, rows), first=date(2020, 8, 31), last=date(2020, 8, 31), parameters=QUICK)
    assert (told["days"][0]["visits"], told["parameters"]["days"]) == (2, 28)  # 4 to 31 August
    (option,) = [option for option in command.params if option.name == "days"]
    assert option.default == inspect.signature(replay).parameters["days"].default == 28


def test_a_replay_honours_the_largest_radius(tmp_path):
    rows = [pair for pair in routes() if int(pair[0][0][2:]) < 100]
    rows += [rows_of(100 + patient, PLACE + patient % 2, 5, 8) for patient in range(8)]
    paths = inputs(tmp_path, rows)
    wide, narrow = (
        replay(**paths, **WINDOW, parameters=Parameters(replicates=99, max_radius_m=radius))["days"][-1][
            "clusters"
        ]
        for radius in (1_500, 499)
    )
    assert {CODES[PLACE], CODES[PLACE + 1]} <= set(wide[0]["units"])
    assert {len(one["units"]) for one in narrow} == {1}
    assert {one["radius_m"] for one in narrow} == {0.0}


def test_rows_and_codes_that_are_lost_are_told_and_so_is_a_time_without_visits(whole, tmp_path):
    lines = whole["population"][0].read_text("cp949").splitlines()
    other = f"{CODES[0][:-3]}999"
    spoilt = [lines[0], *(row.replace(f'"{CODES[0]}"', f'"{other}"') for row in lines[1:])]
    spoilt[5] = spoilt[5].rsplit(",", 1)[0] + ',"many"'
    path = tmp_path / "spoilt.csv"
    path.write_text("\r\n".join(spoilt) + "\r\n", "cp949")
    told = replay(**whole | {"population": [path]}, **WINDOW, parameters=QUICK)
    assert told["population"]["lost"] == [other]
    assert told["population"]["units"] == len(CODES)
    assert sum(told["population"]["sources"][0]["rejected_counts"].values()) == 1
    assert any("1 codes of the population reach none" in note for note in told["notes"])
    assert any("1 rows of the population could not be used" in note for note in told["notes"])
    assert not any("No visit" in note for note in told["notes"])
    later = date(2020, 12, 1)
    nothing = replay(**whole, first=later, last=later, days=7, parameters=QUICK)
    assert any("No visit of the list" in note for note in nothing["notes"])
