"""Blind spots on the map are ranked by what extending the log would add, not by crowds."""

import csv
import json

import pytest

from tests.demo.layer_fixture import add_layers
from tests.demo.result_fixture import HOT, columns, write_results

TABLE = "/api/v1/results/latest/tables/blind_spots.json"
QUIET = "다사49752925"


def spot(rank: int, code: str, people: float, share: float, town: float | None = 0.02) -> dict:
    told = dict.fromkeys(columns("blind_spots"), "") | {"rank": rank, "unit_code": code, "hours": 40}
    relative = "" if town is None else share / town
    told |= {"person_hours": people, "share_seen": share, "relative_share": relative, "masked_hours": 0}
    return told | {"unseen_person_hours": people * (1 - share), "facilities": 1, "busiest_hour": 18}


@pytest.fixture
def write(settings):
    folder = add_layers(write_results(settings.results_dir / "run-1"))

    def write_spots(*rows):
        with open(folder / "blind_spots.csv", "w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, columns("blind_spots"))
            writer.writeheader()
            writer.writerows(rows)
        return folder

    return write_spots


def told(person, folder):
    officer = person("officer")
    units = (folder / "map" / "index.json").read_text(encoding="utf-8")
    codes = json.loads(units)["unit_codes"]
    found = officer.get(TABLE).get_json()
    return [codes[at] for at in found["unit"]], found["columns"]["gain_person_hours"]


def test_a_crowd_that_is_well_seen_comes_after_a_smaller_one_that_is_not(person, write):
    folder = write(spot(1, HOT[0], 10_000, 0.03), spot(2, HOT[1], 8_000, 0.015), spot(3, QUIET, 5_000, 0.0))
    codes, gains = told(person, folder)
    assert codes == [QUIET, HOT[1], HOT[0]]
    assert gains == [pytest.approx(100), pytest.approx(40), 0]  # 5,000 × 2 %, 8,000 × 0.5 %, nothing


def test_a_run_that_does_not_say_the_share_of_the_town_keeps_its_order(person, write):
    folder = write(spot(1, HOT[0], 10_000, 0.03, None), spot(2, QUIET, 5_000, 0.0, None))
    assert told(person, folder) == ([HOT[0], QUIET], [None, None])
