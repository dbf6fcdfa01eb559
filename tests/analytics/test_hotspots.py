"""The whole run: three inputs in, one result folder out, as contract/results.json says, equal for equal input."""

import gzip
import hashlib
import io
import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from analytics.population import PopulationRefused
from analytics.refusals import InputRefused, NothingToJudge, OutputRefused
from tests.analytics.town import CODES, FIRST, NOW, make_town

ROOT = Path(__file__).resolve().parents[2]
TABLES = json.loads((ROOT / "contract" / "results.json").read_text(encoding="utf-8"))["tables"]
QUICK = {"replicates": 199, "gi_replicates": 999, "max_radius_m": 1_200.0}


def planted(seed: int = 11):
    """Return a town with a log, its visits with eight infected persons in one place, and where that is."""
    town = make_town(seed)
    town.people[2, 30:34] = np.nan
    facility = int(np.argsort(town.intensity.sum(axis=1))[len(town.unit) // 2])
    hour = int(np.flatnonzero(town.active[facility])[50])
    visits = town.cases(25) + [town.visit(100 + person, facility, hour) for person in range(8)]
    return town, visits, CODES[town.unit[facility]]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return one finished run: town, visits, planted dong, inputs, result folder, findings."""
    folder = tmp_path_factory.mktemp("run")
    town, visits, where = planted()
    inputs = town.write(folder, visits)
    out = folder / "results"
    found = find_hotspots(**inputs, out=out, created=NOW, parameters=Parameters(**QUICK))
    return town, visits, where, inputs, out, found


def check(field: dict, values: list, where: str) -> None:
    """Fail unless the texts of one column are what the contract says of it."""
    constraints = field.get("constraints", {})
    empty = [value for value in values if value == ""]
    assert not (empty and constraints.get("required")), where
    filled = [value for value in values if value != ""]
    if "enum" in constraints:
        assert set(values) <= set(constraints["enum"]), where
    if field["type"] == "integer":
        assert all(value.lstrip("-").isdigit() for value in filled), where
    if field["type"] == "number":
        assert all(np.isfinite(float(value)) for value in filled), where
    if field["type"] == "date":
        assert all(date.fromisoformat(value) for value in filled), where
    if field["type"] == "datetime":
        assert all(pd.Timestamp(value).isoformat() == value and value.endswith("+09:00") for value in filled), (
            where
        )


def test_every_table_conforms_to_the_contract_column_by_column(run):
    out = run[4]
    days = sorted((out / "unit_hours").glob("*.csv.gz"))
    assert [path.name[:10] for path in days] == [f"2020-08-{day:02d}" for day in range(3, 13)]
    plain = ("clusters", "coverage", "facility_risk", "blind_spots", "emerging")
    tables = [(name, pd.read_csv(out / f"{name}.csv", dtype=str, keep_default_na=False)) for name in plain]
    tables += [("unit_hours", pd.read_csv(path, dtype=str, keep_default_na=False)) for path in days]
    for name, table in tables:
        fields = TABLES[name]["schema"]["fields"]
        assert list(table.columns) == [field["name"] for field in fields]
        for field in fields:
            check(field, table[field["name"]].tolist(), f"{name}.{field['name']}")
        assert not table.duplicated(TABLES[name]["schema"].get("primaryKey", ["kind", "rank"])).any()


def test_hotspots_geojson_has_one_feature_a_unit_in_crs84_with_the_contracts_types(run):
    collection = json.loads((run[4] / "hotspots.geojson").read_text(encoding="utf-8"))
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:OGC:1.3:CRS84"
    fields = TABLES["hotspots"]["schema"]["fields"]
    kinds = {"string": str, "integer": int, "number": (int, float)}
    assert [feature["properties"]["unit_code"] for feature in collection["features"]] == CODES.tolist()
    for feature in collection["features"]:
        assert list(feature["properties"]) == [field["name"] for field in fields]
        for field in fields:
            value, constraints = feature["properties"][field["name"]], field.get("constraints", {})
            assert value is None or isinstance(value, kinds[field["type"]]), field["name"]
            assert value is not None or not constraints.get("required"), field["name"]
            assert "enum" not in constraints or value in constraints["enum"]
        lon, lat = np.array(feature["geometry"]["coordinates"][0]).T
        assert (lon > 126.9).all()
        assert (lat < 37.4).all()


def test_the_planted_dong_is_hot_and_the_summary_accounts_for_every_row(run):
    _, visits, where, _, out, _ = run
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert where in summary["findings"]["hot"]
    rows = summary["rows"]
    assert rows["read"] == len(visits)
    assert rows["kept"] + sum(rows["rejected"].values()) == rows["read"]
    assert (
        summary["units"]["total"] == sum(summary["units"][w] for w in ("hot", "not significant", "no data")) == 36
    )
    assert summary["facilities"]["sensitive"] > 0
    assert summary["population"]["joined"] == 36
    assert summary["population"]["lost"] == []
    assert summary["coverage"]["unit_hours_missing"]["masked"] == 4
    assert summary["parameters"] | QUICK == summary["parameters"]
    assert (summary["as_of"], summary["created"]) == ("2020-08-16T00:00:00+09:00", "2020-09-01T12:00:00+09:00")
    assert summary["seed"] == 1
    assert summary["profile"] == "log"


def test_the_package_vouches_for_every_file(run):
    out = run[4]
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    listed = {resource["path"]: resource for resource in package["resources"]}
    present = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert present == set(listed) | {"datapackage.json"}
    assert len({resource["name"] for resource in package["resources"]}) == len(listed)
    for path, resource in listed.items():
        content = (out / path).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    clusters = pd.read_csv(out / "clusters.csv")
    assert listed["clusters.csv"]["rows"] == len(clusters)
    assert listed["unit_hours/2020-08-03.csv.gz"]["rows"] == 36 * 24


def test_unit_hours_say_what_was_there_and_add_up(run):
    town, _, _, _, out, found = run
    table = pd.concat(
        pd.read_csv(io.BytesIO(gzip.decompress(path.read_bytes())), dtype={"unit_code": str})
        for path in sorted((out / "unit_hours").glob("*"))
    )
    missing = table["missing"].fillna("")
    assert table.loc[missing != "", ["observable", "index_visits"]].isna().all(axis=None)
    assert (missing[(table["unit_code"] == CODES[2])] == "masked").sum() == 4
    assert (missing[(table["unit_code"] == CODES[-1])] == "no_active_facility").all()
    seen = table.groupby("unit_code")["observable"].sum(min_count=1)
    units = gpd.read_file(out / "hotspots.geojson").set_index("unit_code")
    known = units["status"] != "no data"
    people = table[missing == ""].groupby("unit_code")["population"].sum()
    np.testing.assert_allclose(seen[known], (people * units["coverage"])[known], rtol=1e-5)
    entries = pd.to_numeric(table["entries"]).sum()
    assert entries == town.entries[town.active].sum()
    assert pd.to_numeric(table["index_visits"]).sum() == len(found.verdict.visits)  # each lasts one full hour


def test_the_same_input_and_seed_give_the_same_bytes_and_another_seed_other_p_values(run, tmp_path):
    inputs, out = run[3], run[4]
    find_hotspots(**inputs, out=tmp_path / "again", created=NOW, parameters=Parameters(**QUICK))
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / path.relative_to(out)).read_bytes() == path.read_bytes(), path.name
    other = find_hotspots(**inputs, created=NOW, parameters=Parameters(seed=2, **QUICK))
    assert other.verdict.clusters["p"].tolist() != run[5].verdict.clusters["p"].tolist()
    assert other.verdict.units["expected"].equals(run[5].verdict.units["expected"])


def test_a_replay_knows_only_what_was_known(run):
    inputs, visits = run[3], pd.DataFrame(run[1])
    day = date(2020, 8, 9)
    found = find_hotspots(**inputs, created=NOW, parameters=Parameters(known_by=day, **QUICK))
    end = pd.Timestamp("2020-08-10", tz="Asia/Seoul")
    later = visits["known_at"] >= end
    assert found.summary["rows"]["rejected"][f"known after {day}"] == later.sum() > 0
    assert found.study.visits.loc[found.verdict.visits.index, "known_at"].max() < end
    assert found.study.days[-1] == day
    assert found.summary["as_of"] == "2020-08-09T23:59:59+09:00"
    with pytest.raises(NothingToJudge, match="nothing was known by 2020-07-31"):
        find_hotspots(**inputs, created=NOW, parameters=Parameters(known_by=date(2020, 7, 31), **QUICK))


def test_a_replay_of_the_extracts_own_day_keeps_what_was_registered_in_its_last_second(run, tmp_path):
    town, visits = run[0], run[1]
    as_of = FIRST + pd.Timedelta(days=town.days + 3)
    last = [visits[0] | {"known_at": as_of}, *visits[1:]]
    parameters = Parameters(known_by=as_of.date(), **QUICK)
    found = find_hotspots(**town.write(tmp_path, last), created=NOW, parameters=parameters)
    assert not [reason for reason in found.summary["rows"]["rejected"] if reason.startswith("known after")]
    assert found.study.as_of == as_of


def test_an_excluded_category_leaves_numerator_and_denominator(run):
    town, _, _, inputs, _, whole = run
    found = find_hotspots(**inputs, created=NOW, parameters=Parameters(exclude_categories=("kind0",), **QUICK))
    left = found.summary["rows"]["rejected"]["excluded category: kind0"]
    assert left > 0
    assert found.summary["facilities"]["rejected"]["excluded category: kind0"] == (town.category == "kind0").sum()
    only = np.setdiff1d(town.unit[town.category == "kind0"], town.unit[town.category != "kind0"])
    assert (found.verdict.units.loc[CODES[only], "status"] == "no data").all()
    seen = [one.summary["coverage"]["observable_person_hours"] for one in (found, whole)]
    assert seen[0] < seen[1]


def test_routes_take_coverage_as_one_by_day_and_repeat_without_hospitals(tmp_path):
    town = make_town(21)
    town.category = np.full(len(town.unit), "etc", dtype=object)
    hospital, shop = 3, int(np.flatnonzero(town.unit != town.unit[3])[-1])
    town.category[hospital] = "hospital"
    rows = [visit for visit in town.cases(12) if visit["facility_id"] != f"f{hospital:03d}"]
    rows += [town.visit(200 + n, hospital, 60) for n in range(9)] + [
        town.visit(300 + n, shop, 84) for n in range(9)
    ]
    for visit in rows:
        visit["start"] = visit["start"].normalize()
        visit["end"] = visit["start"] + pd.Timedelta(days=1)
    inputs = town.write(tmp_path, rows, profile="routes")
    parameters = Parameters(**QUICK | {"max_radius_m": 0.0})
    found = find_hotspots(**inputs, out=tmp_path / "out", created=NOW, parameters=parameters)
    summary, (at_hospital, at_shop) = found.summary, (CODES[town.unit[n]] for n in (hospital, shop))
    assert {at_hospital, at_shop} <= set(summary["findings"]["hot"])
    assert at_hospital in summary["repeat"]["no_longer_hot"]
    assert at_shop in summary["repeat"]["hot"]
    assert (found.verdict.units["coverage"] == 1).all()
    assert summary["coverage"]["assumed"] is True
    assert summary["rows"]["known_only_by_date"] == len(found.verdict.visits)
    codes = [warning["code"] for warning in summary["warnings"]]
    assert codes == ["coverage_assumed", "without_hospital", "date_only"]
    day = pd.read_csv(tmp_path / "out" / "unit_hours" / "2020-08-05.csv.gz", dtype={"unit_code": str})
    assert day.loc[day["unit_code"] == at_hospital, "index_visits"].isna().all()  # no hour is invented
    assert day["entries"].isna().all()


def test_places_outside_all_units_are_left_out_and_counted(run, tmp_path):
    town, visits, *_ = run
    inputs = town.write(tmp_path, visits)
    units = gpd.read_file(inputs["units"])
    units[units["unit_code"] != CODES[town.unit[0]]].to_file(tmp_path / "fewer.geojson", driver="GeoJSON")
    found = find_hotspots(
        **inputs | {"units": tmp_path / "fewer.geojson"}, created=NOW, parameters=Parameters(**QUICK)
    )
    inside = {f"f{n:03d}" for n in np.flatnonzero(town.unit == town.unit[0])}
    gone = sum(visit["facility_id"] in inside for visit in visits)
    assert found.summary["rows"]["rejected"]["outside all units"] == gone > 0
    assert found.summary["facilities"]["rejected"]["outside all units"] == len(inside)
    assert found.summary["population"]["lost"] == [CODES[town.unit[0]]]


def test_days_without_population_are_stood_in_for_and_said(run, tmp_path):
    town, visits, *_ = run
    inputs = town.write(tmp_path, visits)
    lines = inputs["population"][0].read_text("cp949").splitlines()
    kept = [line for line in lines if '"20200812"' not in line]
    inputs["population"][0].write_text("\n".join(kept), "cp949")
    found = find_hotspots(**inputs, created=NOW, parameters=Parameters(**QUICK))
    assert list(found.summary["population"]["days"]["stood_in"]) == ["2020-08-12"]
    assert "population_stand_in" in [warning["code"] for warning in found.summary["warnings"]]
    np.testing.assert_allclose(found.study.exposure.population[5, -24:], town.people[5, 48:72], rtol=1e-5)


def test_a_folder_appears_whole_replaces_only_our_own_and_keeps_the_old_one_on_failure(run, tmp_path, monkeypatch):
    _, _, _, inputs, _, found = run
    from analytics import results
    from analytics.outputs import map_png

    out = tmp_path / "results"
    results.write_results(out, found)
    before = (out / "summary.json").read_bytes()
    results.write_results(out, found)
    assert (out / "summary.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    assert out.stat().st_mode & 0o777 == 0o700

    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr(map_png, "write_png", fails)
    with pytest.raises(OSError, match="disk full"):
        results.write_results(out, found)
    assert (out / "summary.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("only copy")
    with pytest.raises(OutputRefused, match="holds something else than results"):
        find_hotspots(**inputs, out=theirs, created=NOW)
    assert (theirs / "thesis.txt").read_text() == "only copy"


def test_what_cannot_be_used_is_refused_in_one_sentence(run, tmp_path):
    inputs = run[3]
    with pytest.raises(PopulationRefused):
        find_hotspots(**inputs | {"population": [inputs["units"]]}, created=NOW)
    with pytest.raises(InputRefused, match="field alpha: must be between 0 and 1, not 5"):
        Parameters(alpha=5)
    town = run[0]
    elsewhen = town.write(tmp_path, [])
    text = elsewhen["population"][0].read_text("cp949").replace('"202008', '"201908')
    days = [line for line in text.splitlines() if "20190803" in line or "기준일" in line]
    elsewhen["population"][0].write_text("\n".join(days), "cp949")
    found = find_hotspots(**elsewhen, created=NOW, parameters=Parameters(**QUICK))
    assert found.summary["population"]["days"]["not_covered"]
    assert FIRST.date() in found.study.days
