"""What an officer must know before acting is said, with figures; what need not be said is not."""

import json

import pytest

from analytics.hotspots import find_hotspots
from analytics.parameters import Parameters
from tests.analytics.town import NOW, make_town

QUICK = Parameters(replicates=99, gi_replicates=99, max_radius_m=600.0)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    town = make_town(31, days=7)
    return town.write(tmp_path_factory.mktemp("limits"), town.cases(10))


def codes(found) -> list[str]:
    return [warning["code"] for warning in found.summary["warnings"]]


def test_rows_of_the_population_that_could_not_be_used_are_said_with_the_first_place(inputs, tmp_path):
    whole = find_hotspots(**inputs, created=NOW, parameters=QUICK)
    assert "population_rows_rejected" not in codes(whole)
    lines = inputs["population"][0].read_text("cp949").splitlines()
    lines[7] = lines[7].rsplit(",", 1)[0] + ',"many"'
    lines[9] = lines[9].rsplit(",", 1)[0] + ',"-1"'
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(lines), "cp949")
    found = find_hotspots(**inputs | {"population": [broken]}, created=NOW, parameters=QUICK)
    (said,) = [one for one in found.summary["warnings"] if one["code"] == "population_rows_rejected"]
    assert "2행" in said["ko"]
    assert "2 row(s)" in said["en"]
    for text in (said["ko"], said["en"]):
        assert "broken.csv, line 8" in text
        assert "'many'" in text
    listed = found.summary["population"]["sources"][0]["rejected"]
    assert [line for line, _ in listed] == [8, 10]
    assert json.dumps(found.summary)


def test_an_excluded_category_that_no_facility_has_is_named(inputs):
    asked = Parameters(replicates=99, gi_replicates=99, max_radius_m=600.0, exclude_categories=("librarie",))
    found = find_hotspots(**inputs, created=NOW, parameters=asked)
    (said,) = [one for one in found.summary["warnings"] if one["code"] == "excluded_category_unknown"]
    assert "librarie" in said["ko"]
    assert "librarie" in said["en"]
