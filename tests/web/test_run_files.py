"""What the map fetches of a run: addresses that last, units in few bytes, layers by hour, tables, facilities."""

import dataclasses
import json

import numpy as np
import pytest

from entry_service.web.officer.result_folders import newest
from entry_service.web.officer.run_addresses import version_of
from tests.demo.layer_fixture import BLIND, EMERGING, MASKED, MISSING, SURGING, add_layers
from tests.demo.result_fixture import DAYS, HOT, write_results

from .test_map_data import page_data, rewrite_summary

RESULTS = "/api/v1/results"
API = f"{RESULTS}/latest"
DAY = DAYS[0]


@pytest.fixture
def results(settings):
    return settings.results_dir


@pytest.fixture
def run(results):
    return write_results(results / "run-1")


def codes_of(run):
    features = json.loads((run / "hotspots.geojson").read_text())["features"]
    return sorted(feature["properties"]["unit_code"] for feature in features)


def whole(answer):
    return np.frombuffer(answer.data, "<i2").reshape(24, -1)


def test_the_version_of_a_run_is_kept_for_a_day_and_gone_when_the_run_is_replaced(person, run, results):
    officer, version = person("officer"), version_of(newest(results))
    kept = officer.get(f"{RESULTS}/{version}/units.json")
    assert kept.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert officer.get(f"{RESULTS}/run-1/units.json").headers["Cache-Control"] == "private, no-cache"
    assert officer.get(f"{RESULTS}/{version}/facilities.json").headers["Cache-Control"] == "private, no-cache"
    rewrite_summary(run, created="2020-08-29T02:00:00+09:00")
    assert officer.get(f"{RESULTS}/{version}/units.json").status_code == 404
    assert officer.get(f"{RESULTS}/run-1/units.json").data == kept.data


@pytest.mark.parametrize("name", ["run-2", "..", ".run-1", "run-1@0123456789ab", "%2e%2e", "request.json"])
def test_an_address_leads_to_no_other_folder(person, run, results, name):
    (results / "request.json").write_text("{}")
    assert person("officer").get(f"{RESULTS}/{name}/units.json").status_code == 404


def test_units_lie_on_a_grid_of_few_bytes(person, run):
    sent = person("officer").get(f"{API}/units.json").get_json()
    shapes = sent["shapes"]
    assert (shapes["kind"], shapes["size"], "codes" in sent) == ("cells", 250, False)
    assert len(json.dumps(shapes)) < 3_000
    features = json.loads((run / "hotspots.geojson").read_text())["features"]
    features.sort(key=lambda feature: feature["properties"]["unit_code"])
    grid = [(column, row + step) for column, row, count in shapes["runs"] for step in range(count)]
    assert len(grid) == len(features)
    for feature, at in list(zip(features, grid, strict=True))[::29]:
        x, y = np.array(at) - np.array(shapes["home"])
        place = np.array(shapes["centre"]) + np.array(shapes["to_degrees"]) @ [1, x, y, x * x, x * y, y * y]
        corner = np.min(feature["geometry"]["coordinates"][0], axis=0)
        assert np.abs(place - corner).max() < 3e-5  # 3 m of a cell of 250 m; the grid is turned a little


def test_units_that_are_no_cells_are_sent_as_outlines(person, run):
    file = run / "hotspots.geojson"
    collection = json.loads(file.read_text())
    collection["features"][0]["properties"]["unit_code"] = "4141051000"
    file.write_text(json.dumps(collection))
    shapes = person("officer").get(f"{API}/units.json").get_json()["shapes"]
    assert (shapes["kind"], shapes["codes"][0]) == ("outlines", "4141051000")
    lon, lat, *steps = shapes["rings"][0][0]
    first = collection["features"][0]["geometry"]["coordinates"][0]
    assert [lon / 1e6, lat / 1e6] == pytest.approx(first[0], abs=1e-6)
    assert len(steps) == 2 * (len(first) - 1)


def test_an_older_run_still_has_its_people_by_hour_and_says_what_it_lacks(person, run):
    officer = person("officer")
    sent = whole(officer.get(f"{API}/layers/population/{DAY}.i16"))
    told = officer.get(f"{API}/unit_hours/{DAY}.json").get_json()
    data = page_data(officer.get("/officer").get_data(as_text=True))
    codes = codes_of(run)
    scale = data["layers"]["population"]["scale"]
    for code, people in zip(told["unit_codes"][::41], told["population"][::41], strict=True):
        row = sent[:, codes.index(code)]
        assert [value == MASKED for value in row] == [value is None for value in people]
        known = [(value / scale, told) for value, told in zip(row, people, strict=True) if told is not None]
        assert [value for value, _ in known] == pytest.approx([value for _, value in known], abs=0.51 / scale)
    assert data["absent"] == ["surge", "difference", "blind_spots", "emerging"]
    assert officer.get(f"{API}/layers/surge/{DAY}.i16").status_code == 404
    assert officer.get(f"{API}/tables/emerging.json").get_json() == {"unit": [], "columns": {}}


def test_layers_by_hour_are_sent_as_they_lie_in_the_order_of_the_units(person, run):
    add_layers(run)
    officer = person("officer")
    codes = json.loads((run / "map" / "index.json").read_text())["unit_codes"]
    small = officer.get(f"{API}/layers/surge/{DAY}.i16", headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.data == (run / "map" / str(DAY) / "surge.i16.gz").read_bytes()
    plain = officer.get(f"{API}/layers/surge/{DAY}.i16")
    surge = whole(plain)
    assert surge[19, codes.index(SURGING)] == 5_000
    assert set(surge[0]) <= {MISSING, MASKED}
    units = officer.get(f"{API}/units.json").get_json()
    assert [units["status"][codes.index(code)] for code in HOT] == [0, 0]
    assert [units["agreements"][units["agreement"][codes.index(code)]] for code in HOT] == ["both", "both"]
    emerging = officer.get(f"{API}/tables/emerging.json").get_json()
    found = dict(zip([codes[at] for at in emerging["unit"]], emerging["columns"]["category"], strict=True))
    assert found == EMERGING
    blind = officer.get(f"{API}/tables/blind_spots.json").get_json()
    assert [codes[at] for at in blind["unit"]] == [BLIND]
    assert page_data(officer.get("/officer").get_data(as_text=True))["absent"] == []


def test_events_are_the_unit_hours_in_which_something_was_logged(person, run):
    officer = person("officer")
    codes = codes_of(run)
    told = officer.get(f"{API}/events/{DAY}.json").get_json()
    assert [[codes[at], hour, count] for at, hour, count in told["index_visits"]] == [
        [HOT[0], 19, 7],
        [HOT[0], 20, 7],
    ]
    assert {count for _, _, count in told["entries"]} == {3}
    assert officer.get(f"{API}/events/2020-08-12.json").status_code == 404


def test_tiles_widen_the_policy_of_the_map_alone_and_only_for_pictures(person, run, app):
    def policies():
        officer = person("officer")
        return [officer.get(path).headers["Content-Security-Policy"] for path in ("/officer", "/officer/cases")]

    assert policies()[0] == policies()[1]
    changed = dataclasses.replace(app.extensions["settings"], map_tiles="https://tiles.example/{z}/{x}/{y}.png")
    app.extensions["settings"] = changed
    on_map, elsewhere = policies()
    assert on_map.replace(" https://tiles.example", "") == elsewhere
    assert "img-src 'self' https://tiles.example data:" in on_map
