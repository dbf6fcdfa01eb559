"""What the map tells first: where it is hot; and of facilities a rank only where a case was."""

import pytest

from entry_service.store.sites import facilities
from tests.demo.result_fixture import write_results

from .conftest import facility

API = "/api/v1/results/latest"


@pytest.fixture
def run(settings):
    return write_results(settings.results_dir / "run-1")


def test_a_facility_where_no_case_was_has_no_rank(person, services, run):
    for name in ("GP-901", "GP-902"):
        services.store.write(lambda db, name=name: facilities.add(db, facility(name, f"모의 식당 {name}")))
    (run / "facility_risk.csv").write_text(
        "facility_id,unit_code,rank,relative_hazard,infectious_person_hours\n"
        "GP-901,다사51002850,1,9.1,2.5\nGP-902,다사51002825,2,0,0\n"
    )
    told = person("officer").get(f"{API}/facilities.json").get_json()
    ranks = {one["facility_id"]: one["rank"] for one in told}
    assert (ranks["GP-901"], ranks["GP-902"]) == (1, None)
    assert told[0]["facility_id"] == "GP-901"


def test_the_head_of_the_map_names_the_hot_places_and_says_why_and_how_sure(person, run):
    page = person("officer").get("/officer").get_data(as_text=True)
    head = page.split('data-run-part="head"')[1].split('id="live"')[0]
    assert head.count('class="hot-line"') == page.count('class="card cluster-hot"') > 0
    assert "우연만으로는 1,000번에 한 번 있을까 말까 한 일입니다." in head
