"""The command on the data sets with known answers (SaTScan's own output; hotspots of Kulldorff 1997)."""

import numpy as np
import pandas as pd
import pytest

EASTERN = (317, 246.55, 1.54, 15.487584)
ANSON = (15, 3.17, 4.81, 11.577076)


def found(answer: dict, most: int) -> list[tuple]:
    """Return observed, expected, relative risk and ratio of the first clusters, as SaTScan prints them."""
    return [
        (one["observed"], round(one["expected"], 2), round(one["relative_risk"], 2), round(one["llr"], 6))
        for one in answer["clusters"][:most]
    ]


@pytest.fixture(scope="module")
def ny8(reference_data) -> pd.DataFrame:
    table = pd.read_csv(reference_data / "classical" / "ny8.csv")
    return table.assign(count=np.floor(table["cases"]).astype(int), id=range(1, len(table) + 1))


@pytest.fixture
def new_york(ny8, written):
    return written(
        cas=ny8[["id", "count"]].to_numpy().tolist(),
        geo=ny8[["id", "latitude", "longitude"]].astype({"id": object}).to_numpy().tolist(),
        pop=[(row.id, 2000, row.population) for row in ny8.itertuples()],
    )


def test_new_york_in_degrees(new_york):
    answer = new_york.scan("--start", "2000", "--end", "2000")
    assert found(answer, 6) == [
        (106, 62.13, 1.87, 14.780276),
        (42, 21.24, 2.06, 8.287056),
        (44, 23.83, 1.92, 7.199672),
        (25, 12.82, 1.99, 4.651839),
        (10, 3.65, 2.78, 3.773422),
        (11, 4.61, 2.41, 3.209485),
    ]
    first = answer["clusters"][0]
    assert (first["centre"], round(first["radius"], 2)) == ("52", 7.70)
    assert first["members"][:9] == ["52", "50", "53", "38", "49", "48", "15", "39", "37"]
    assert (first["start"], first["end"]) == ("2000-01-01", "2000-12-31")
    assert (answer["cases"], answer["places"]) == (552, 281)


def test_new_york_on_a_plane(new_york):
    answer = new_york.scan("--coordinates-type", "cartesian")
    assert found(answer, 6) == [
        (100, 58.28, 1.87, 14.083511),
        (38, 17.79, 2.22, 9.019716),
        (64, 40.85, 1.64, 6.11414),
        (25, 12.82, 1.99, 4.651839),
        (12, 5.14, 2.37, 3.363518),
        (11, 4.61, 2.41, 3.209485),
    ]
    assert answer["clusters"][1]["members"] == ["89", "88", "87", "84", "90", "86", "92", "85"]
    assert answer["clusters"][0]["start"] is None


def test_new_york_with_circles_of_a_tenth(new_york):
    answer = new_york.scan("--coordinates-type", "cartesian", "--max-population", "0.1")
    assert found(answer, 2) == [(85, 49.71, 1.84, 11.577255), (38, 17.79, 2.22, 9.019716)]
    assert " ".join(answer["clusters"][0]["members"]) == (
        "49 48 50 47 1 15 51 2 13 14 3 35 16 52 36 37 12 11 5 17 10 4 6 38 18 9"
    )


def test_north_humberside_with_the_files_as_they_are(reference_data, files):
    folder = reference_data / "classical"
    for ending in ("cas", "ctl", "geo"):
        files.write(**{ending: (folder / f"NHumberside.{ending}").read_bytes()})
    answer = files.scan("--model", "bernoulli", "--coordinates-type", "cartesian")
    assert found(answer, 6) == [
        (4, 1.22, 3.43, 4.836516),
        (4, 1.22, 3.43, 4.836516),
        (5, 1.83, 2.88, 3.712697),
        (5, 1.83, 2.88, 3.712697),
        (3, 0.92, 3.39, 3.609718),
        (3, 0.92, 3.39, 3.609718),
    ]
    members = [set(one["members"]) for one in answer["clusters"][:2]]
    assert {"170", "173", "172", "169"} in members
    assert {"18", "19", "14", "26"} in members


@pytest.mark.parametrize(
    ("years", "strongest"),
    [
        (("74",), [EASTERN, ANSON]),
        (("79",), [(70, 38.80, 1.88, 10.720305)]),
        (("74", "79"), [(139, 72.67, 2.01, 25.380685), (59, 28.74, 2.10, 12.484724)]),
    ],
)
def test_sudden_deaths_of_north_carolina(reference_data, written, years, strongest):
    table = pd.read_csv(reference_data / "classical" / "spData_nc.sids.csv")
    names = [f'"{name} county"' for name in table["name"]]
    runner = written(
        cas=[row for year in years for row in zip(names, table[f"SID{year}"], strict=True)],
        geo=zip(names, table["lat"], table["lon"], strict=True),
        pop=[
            (name, 1976, births) for year in years for name, births in zip(names, table[f"BIR{year}"], strict=True)
        ],
    )
    answer = runner.scan()
    assert found(answer, len(strongest)) == strongest
    robeson = {f"{name} county" for name in ("Robeson", "Bladen", "Columbus", "Hoke", "Scotland")}
    assert years == ("74",) or set(answer["clusters"][0]["members"]) == robeson
