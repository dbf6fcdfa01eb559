"""A small TOML file makes any table of people by place and hour readable; what is wrong with it is said by key."""

import pytest

from analytics.population import PopulationRefused, read_population

from .ugly import text, write

CELLS = """
name = "donghae"
unit_kind = "cell"
day = "CRT_YMD"
hour = "TIME"
unit = "GRID_ID"
population = ["LOCAL", "VISIT"]
split_by = "SEX"
"""
HEADER = ("GRID_ID", "CRT_YMD", "TIME", "SEX", "LOCAL", "VISIT")


def test_columns_are_read_as_the_mapping_says(tmp_path):
    rows = [
        ("가-1", "2020-03-02", "7", "F", "1,000", "2"),
        ("가-1", "2020-03-02", "7", "M", "3", "*"),
        ("", "2020-03-02", "7", "M", "3", "4"),
    ]
    found = read_population(
        [write(tmp_path / "a.csv", text(HEADER, rows))], mapping=write(tmp_path / "m.toml", CELLS, "utf-8")
    )
    assert (found.unit_kind, found.sources[0].format, found.sources[0].rejected_counts) == (
        "cell",
        "donghae",
        {"code": 1},
    )
    assert found.table[["unit_code", "missing", "low", "high"]].values.tolist() == [["가-1", "masked", 1005, 1008]]


def test_a_month_wide_hours_and_coordinates_can_be_mapped(tmp_path):
    hours = [f"H{n}" for n in range(24)]
    told = f'unit_kind = "cell"\nmonth = "YM"\nhours = {hours}\nx = "X"\ny = "Y"\n'
    row = ("2020.02", "952500", "1953250", *map(str, range(24)))
    path = write(tmp_path / "a.csv", text(("ym", "x", "y", *hours), [row]))
    found = read_population([path], mapping=write(tmp_path / "own.toml", told, "utf-8"))
    assert (found.monthly, found.sources[0].format, len(found.table)) == (True, "own", 24 * 29)
    assert found.table["unit_code"].unique().tolist() == ["다사52505325"]
    assert (found.table["population"] == found.table["hour"].dt.hour).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("name", "nome"), "m.toml, field nome: unknown; known are day, hour"),
        (('"cell"', '"village"'), "field unit_kind: must be one of cell, block, dong, gu"),
        (('day = "CRT_YMD"', ""), "field day: exactly one of day and month must be there"),
        (('hour = "TIME"', 'hours = ["A"]'), "field hours: must name 24 columns, not 1"),
        (('population = ["LOCAL", "VISIT"]', ""), "field population: exactly one of population and hours"),
        (('unit = "GRID_ID"', 'x = "X"'), "field y: must name one column"),
        (('"TIME"', "7"), "field hour: must be the name of a column, or a list of them"),
        (('"TIME"', '["A", "B"]'), "field hour: must name one column"),
        (("= ", "=="), "m.toml: not a TOML file in UTF-8"),
        (('"GRID_ID"', '"TILE"'), "a.csv, line 1, field TILE: no known layout; nearest is donghae"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_by_key(tmp_path, change, says):
    mapping = write(tmp_path / "m.toml", CELLS.replace(*change), "utf-8")
    with pytest.raises(PopulationRefused) as refusal:
        read_population([write(tmp_path / "a.csv", text(HEADER, []))], mapping=mapping)
    assert says in str(refusal.value)


def test_a_mapping_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PopulationRefused, match=r"none\.toml: cannot be opened"):
        read_population([tmp_path / "a.csv"], mapping=tmp_path / "none.toml")
