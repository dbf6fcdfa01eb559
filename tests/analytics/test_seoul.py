"""Real input: the living population of Seoul, March 2020, and the routes known by the 14th, as documented."""

from datetime import date

import pytest

from analytics.hotspots import find_hotspots
from analytics.import_routes import import_routes
from analytics.parameters import Parameters
from tests.analytics.town import NOW

GURO, JINGWAN = {"11530530", "11530560"}, "11380690"


@pytest.fixture(scope="module")
def seoul(reference_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("seoul")
    told = import_routes(
        reference_data / "outbreak", folder / "extract", known_by=date(2020, 3, 14), province="Seoul", created=NOW,
        code_version="0",
        seed=1,
    )  # fmt: skip
    found = find_hotspots(
        folder / "extract",
        [reference_data / "population" / "seoul_living_population_202003.csv.gz"],
        reference_data / "boundaries" / "seoul_admin_dong.geojson",
        folder / "results",
        created=NOW,
        parameters=Parameters(replicates=199, gi_replicates=999),
    )
    return told, found, folder / "results"


def test_all_424_dongs_join_and_every_row_is_accounted_for(seoul):
    told, found, out = seoul
    summary = found.summary
    assert (summary["population"]["joined"], summary["population"]["lost"]) == (424, [])
    assert summary["rows"]["read"] == told["visits"]
    assert summary["rows"]["kept"] + sum(summary["rows"]["rejected"].values()) == told["visits"]
    assert summary["units"]["total"] == 424
    assert summary["profile"] == "routes"
    assert summary["coverage"]["coverage"] == 1
    assert len(summary["population"]["days"]["stood_in"]) == 40  # January and February, before the file begins
    assert (out / "map.html").is_file()


def test_the_call_centre_outbreak_of_guro_is_the_strongest_cluster_with_and_without_hospitals(seoul):
    found = seoul[1]
    first = found.verdict.clusters.iloc[0]
    assert first["kind"] == "person"
    assert set(first["members"]) >= GURO
    assert date(2020, 3, 1) <= first["start"] < first["end"] <= date(2020, 3, 14)
    assert first["distinct_persons"] > 5 * first["expected"]
    assert set(found.summary["findings"]["hot"]) >= GURO
    assert set(found.summary["repeat"]["hot"]) >= GURO
    assert JINGWAN in found.summary["repeat"]["no_longer_hot"]  # a hospital cluster
    assert len(found.summary["findings"]["hot"]) < 30
