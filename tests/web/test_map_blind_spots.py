"""Blind spots stand in the order of the run, which ranks them by what extending the log would add."""

import csv
import json

import pytest

from tests.demo.layer_fixture import add_layers
from tests.demo.result_fixture import HOT, columns, write_results

TABLE = "/api/v1/results/latest/tables/blind_spots.json"
QUIET = "다사49752925"
NAMES = columns("blind_spots")


def spot(rank: int, code: str, people: float, gain: float) -> dict:
    told = dict.fromkeys(NAMES, "") | {"rank": rank, "unit_code": code, "hours": 40, "gain_person_hours": gain}
    told |= {"person_hours": people, "share_seen": 0.01, "relative_share": 0.5, "masked_hours": 0}
    return told | {"unseen_person_hours": people * 0.99, "facilities": 1, "busiest_hour": 18}


@pytest.fixture
def write(settings):
    folder = add_layers(write_results(settings.results_dir / "run-1"))

    def write_spots(*rows, names=tuple(NAMES)):
        with open(folder / "blind_spots.csv", "w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, names, extrasaction="ignore")
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


def test_the_map_ranks_as_the_file_does(person, write):
    folder = write(spot(1, QUIET, 5_000, 100), spot(2, HOT[1], 8_000, 40), spot(3, HOT[0], 10_000, 0))
    assert told(person, folder) == ([QUIET, HOT[1], HOT[0]], [100, 40, 0])


def test_a_run_that_does_not_say_what_would_be_gained_keeps_its_order(person, write):
    earlier = [name for name in NAMES if name != "gain_person_hours"]
    folder = write(spot(1, HOT[0], 10_000, 0), spot(2, QUIET, 5_000, 0), names=earlier)
    assert told(person, folder) == ([HOT[0], QUIET], [None, None])
