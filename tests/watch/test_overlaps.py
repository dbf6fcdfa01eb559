"""Files that overlap: a part replaces a part, nothing that only an older file has is lost, and few files stay."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.population import read_population
from analytics.watch.extent import Extent

from .box import Box
from .watching import town_folders

ROW_HOUR = 1  # the second field: "시간대구분"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return town_folders(tmp_path_factory.mktemp("town"))


@pytest.fixture
def box(tmp_path) -> Box:
    return Box(tmp_path)


def rows_of(file) -> tuple[str, list[str]]:
    head, *rows = file.read_text("cp949").splitlines()
    return head, rows


def drop(box: Box, name: str, head: str, rows: list[str]) -> None:
    (box.folder / name).write_text("\r\n".join([head, *rows]) + "\r\n", "cp949", newline="")
    box.settle()


def test_a_newer_file_replaces_older_ones_of_which_it_has_everything_and_no_others(box, town):
    head, first = rows_of(town.days[0])
    _, second = rows_of(town.days[1])
    drop(box, "first.csv", head, first)
    drop(box, "second.csv", head, second)
    drop(box, "corrected.csv", head, first[::-1])
    assert box.stored() == ["corrected.csv", "second.csv"]
    drop(box, "both.csv", head, [*first, *second])
    assert box.stored() == ["both.csv"]


@pytest.mark.parametrize("part", ["hour", "half of the city"])
def test_a_part_of_a_day_leaves_the_rest_of_it_and_counts_where_both_have_figures(box, town, part):
    head, rows = rows_of(town.days[0])
    chosen = [row for row in rows if hour(row) == 5] if part == "hour" else rows[: len(rows) // 2]
    drop(box, "day.csv", head, rows)
    drop(box, "part.csv", head, [with_people(row, 77) for row in chosen])
    assert box.stored() == ["day.csv", "part.csv"]
    table = read_population(box.store.paths()).table
    assert len(table) == len(rows)
    assert (table["population"] == 77).sum() == len(chosen)


def test_hours_come_one_by_one_and_each_again_and_no_more_files_stay_than_hours(box, town):
    head, rows = rows_of(town.days[0])
    for turn in (1, 2):
        for number in range(3):
            told = [with_people(row, 10 * number + turn) for row in rows if hour(row) == number]
            drop(box, f"{turn}-{number}.csv", head, told)
    assert box.stored() == ["2-0.csv", "2-1.csv", "2-2.csv"]
    drop(box, "day.csv", head, rows)
    assert box.stored() == ["day.csv"]


def test_a_day_goes_once_its_hours_have_all_come_again(box, town):
    head, rows = rows_of(town.days[0])
    some = [row for row in rows if hour(row) < 2]
    drop(box, "some.csv", head, some)
    drop(box, "0.csv", head, [with_people(row, 7) for row in some if hour(row) == 0])
    assert box.stored() == ["0.csv", "some.csv"]
    drop(box, "1.csv", head, [with_people(row, 7) for row in some if hour(row) == 1])
    assert box.stored() == ["0.csv", "1.csv"]


def test_an_extent_is_read_back_and_one_that_is_damaged_is_none(tmp_path):
    hours = [datetime(2020, 8, 3, hour, tzinfo=ZoneInfo("Asia/Seoul")) for hour in (0, 0, 1)]
    table = pd.DataFrame({"hour": pd.DatetimeIndex(hours), "unit_code": pd.Categorical(["01", "2", "01"])})
    extent = Extent.of(table)
    extent.save(tmp_path)
    again = Extent.load(tmp_path)
    assert again.units.tolist() == ["01", "2"]
    assert again.there.tolist() == [[True, True], [True, False]]
    first = datetime(2020, 8, 2, 15, tzinfo=UTC).timestamp() / 3600
    assert again.hours.tolist() == [first, first + 1]
    (tmp_path / ".extent.npz").write_bytes(b"PK\x03\x04 no zip")
    assert Extent.load(tmp_path) is None
    assert Extent.load(tmp_path / "nowhere") is None


def hour(row: str) -> int:
    return int(row.split(",")[ROW_HOUR].strip('"'))


def with_people(row: str, people: int) -> str:
    fields = row.split(",")
    return ",".join([*fields[:3], f'"{people}"', *fields[4:]])
