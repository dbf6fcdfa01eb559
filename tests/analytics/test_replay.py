"""A replay knows on each day what was known by then, tells how late it marked, and names nobody."""

import csv
import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analytics.commands import main
from analytics.coverage import full_coverage
from analytics.geography import centres, locate
from analytics.import_routes import read_route_visits
from analytics.parameters import Parameters
from analytics.refusals import InputRefused
from analytics.replay import replay
from analytics.verdict import scan_persons
from tests.analytics.town import CODES, FIRST, NOW, make_town, squares

PLACE, WARD = 8, 27  # units of the planted outbreak and of the hospital
DAYS = {"first": date(2020, 8, 7), "last": date(2020, 8, 11)}
QUICK = Parameters(replicates=99)


def rows_of(patient: int, unit: int, day: int, confirmed: int, category: str = "cafe", metres: float = 0.0):
    """Return a line of either file; days are days of August."""
    middle = squares().geometry.centroid.iloc[[unit]].translate(metres).to_crs("EPSG:4326").iloc[0]
    name = f"99{patient:08d}"
    place = (name, f"2020-08-{day:02d}", "Gyeonggi-do", category, f"{middle.y:.6f}", f"{middle.x:.6f}")
    return (name, f"2020-08-{confirmed:02d}"), place


def routes() -> list:
    """Return a background of 25 persons, eight in one place on the 5th, six in a hospital on the 6th."""
    rng = np.random.default_rng(5)
    some = [
        rows_of(patient, int(rng.integers(len(CODES))), int(rng.integers(3, 7)), int(rng.integers(7, 11)))
        for patient in range(25)
    ]
    some += [rows_of(100 + patient, PLACE, 5, 8 + patient // 4) for patient in range(8)]
    return some + [rows_of(200 + patient, WARD, 6, 8, "hospital") for patient in range(6)]


def write(folder, rows):
    folder.mkdir(parents=True)
    headers = (
        ("patient_id", "confirmed_date"),
        ("patient_id", "date", "province", "type", "latitude", "longitude"),
    )
    for name, header, lines in zip(
        ("PatientInfo.csv", "PatientRoute.csv"), headers, zip(*rows, strict=True), strict=True
    ):
        with open(folder / name, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *dict.fromkeys(lines)])
    return folder


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder, simulated = tmp_path_factory.mktemp("town"), make_town(3)
    return {
        "routes": write(folder / "list", routes()),
        "population": [simulated.write_population(folder / "population.csv")],
        "units": simulated.write_boundaries(folder / "units.geojson"),
    }


@pytest.fixture(scope="module")
def told(town):
    return replay(**town, **DAYS, days=7, parameters=QUICK)


def test_an_outbreak_is_marked_once_enough_of_it_is_known_and_the_delay_is_told(told):
    assert [day["as_of"] for day in told["days"]] == [f"2020-08-{day:02d}" for day in range(7, 12)]
    (mark,) = [mark for mark in told["marked"] if CODES[PLACE] in mark["all_units"]]
    assert (mark["first_confirmed"], mark["last_marked"], mark["most_persons"]) == ("2020-08-08", "2020-08-11", 8)
    first = date.fromisoformat(mark["first_marked"])
    assert mark["delay_days"] == (first - date(2020, 8, 8)).days
    assert first in (date(2020, 8, 8), date(2020, 8, 9))
    last = next(one for one in told["days"][-1]["clusters"] if CODES[PLACE] in one["units"])
    assert (last["first_marked"], last["delay_days"]) == (mark["first_marked"], 3)
    assert (last["start"], last["end"], last["distinct_persons"]) == ("2020-08-05", "2020-08-06", 8)
    assert last["names"][last["units"].index(CODES[PLACE])] == f"모의 {PLACE + 1}동"


def test_hospital_visits_make_no_cluster_and_are_shown_beside(told):
    day = told["days"][-1]
    assert all(CODES[WARD] not in one["units"] or one["distinct_persons"] < 6 for one in day["clusters"])
    (ward,) = [one for one in day["beside"] if CODES[WARD] in one["units"]]
    assert (ward["categories"], ward["significant"]) == ({"hospital": 6}, True)
    assert day["left_out"] == {"hospital": 6}
    ordinary = {place[0] for _, place in routes() if place[3] == "cafe" and place[1] >= "2020-08-05"}
    assert (day["visits"], day["persons"]) == (len(ordinary), len(ordinary))


def test_every_cluster_is_listed_significant_or_not_and_none_shares_a_unit(told):
    for day in told["days"]:
        units = [unit for one in day["clusters"] for unit in one["units"]]
        assert len(units) == len(set(units))
    listed = told["days"][-1]["clusters"]
    assert {one["significant"] for one in listed} == {True, False}
    assert max(len(one["units"]) for one in listed) > 1
    assert [one["statistic"] for one in listed] == sorted((one["statistic"] for one in listed), reverse=True)


def test_what_comes_later_changes_nothing_of_a_day(told, town, tmp_path):
    early = [pair for pair in routes() if pair[0][1] <= "2020-08-09"]
    days = {"first": DAYS["first"], "last": date(2020, 8, 9)}
    again = replay(**town | {"routes": write(tmp_path / "early", early)}, **days, days=7, parameters=QUICK)
    assert again["days"] == told["days"][:3]


def test_a_day_is_the_scan_that_decides_hot_on_the_hours_of_its_days(told, town):
    simulated = make_town(3)
    people, why = simulated.population()
    week = slice(FIRST + pd.Timedelta(days=2), FIRST + pd.Timedelta(days=8, hours=23))
    listed = read_route_visits(town["routes"], known_by=DAYS["last"])
    table = listed.visits[(listed.visits["category"] == "cafe") & (listed.visits["start"] >= week.start)]
    units = squares()
    visits = table.rename(columns={"ordinal": "person"}).assign(unit=locate(table, units))
    scan = scan_persons(visits, full_coverage(people.loc[:, week], why.loc[:, week]), centres(units), QUICK)
    listed = told["days"][-1]["clusters"]
    assert [one["units"] for one in listed] == [list(members) for members in scan.clusters["members"]]
    np.testing.assert_allclose([one["expected"] for one in listed], scan.clusters["expected"], rtol=1e-6)


def test_no_patient_is_named_and_the_sources_of_infection_are_not_asked_for(told):
    text = json.dumps(told)
    assert "9900000" not in text
    assert "infection_case" not in text
    assert told["routes"]["rows_read"] == len(set(routes()))


def test_days_without_population_are_told(town):
    days = {"first": date(2020, 8, 13), "last": date(2020, 8, 13)}
    told = replay(**town, **days, days=9, parameters=QUICK)
    assert told["population"]["days"]["stood_in"].keys() == {"2020-08-13"}
    assert any("footfall, not knowledge about cases" in note for note in told["notes"])


def test_impossible_days_are_refused(town):
    with pytest.raises(InputRefused, match=r"^field to: must not be before the first day 2020-08-11"):
        replay(**town, first=DAYS["last"], last=DAYS["first"])
    with pytest.raises(InputRefused, match=r"^field days: must be at least 1"):
        replay(**town, **DAYS, days=0)


def test_the_command_writes_the_file_and_prints_the_marks(town, tmp_path):
    out = tmp_path / "new" / "replay.json"
    asked = ["replay", "--routes", str(town["routes"]), "--population", *map(str, town["population"])]
    asked += ["--units", str(town["units"]), "--from", "2020-08-09", "--to", "2020-08-10", "--days", "7"]
    result = CliRunner().invoke(
        main, [*asked, "--json", str(out), "--replicates", "99"], obj=NOW, catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "2 days, 2020-08-09 to 2020-08-10" in result.output
    assert f"모의 {PLACE + 1}동".split()[-1] in result.output
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["seed"], told["parameters"]["max_days"], len(told["days"])) == (1, 7, 2)
    refused = CliRunner().invoke(main, [*asked, "--json", str(out), "--province", "Moon"], obj=NOW)
    assert (refused.exit_code, "'Moon' is none of Gyeonggi-do" in refused.output) == (2, True)
