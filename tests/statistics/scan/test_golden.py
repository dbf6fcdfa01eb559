"""The scan of counts against SaTScan's own output: New York, North Humberside and Carolina."""

import re

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.scan import scan

NUMBER = r"([\d.]+)"
LABELS = {
    "radius": r"Coordinates / radius\.\.:.*\) /",
    "observed": r"Number of cases\.+:",
    "expected": r"Expected cases\.+:",
    "relative_risk": r"Relative risk\.+:",
    "llr": r"Log likelihood ratio\.+:",
    "p": r"P-value\.+:",
}


def satscan_clusters(text: str) -> list[dict]:
    """Read the clusters of a SaTScan result file; numbers with the decimals printed."""
    found = []
    for block in re.split(r"\n(?=\d+\.Location IDs included)", text.split("CLUSTERS DETECTED")[1])[1:]:
        listed = re.search(r"included\.: ([\d,\s]+?)\n\s+(?:Overlap|Coordinates)", block)[1]
        row: dict = {"members": re.findall(r"\d+", listed)}
        for name, label in LABELS.items():
            row[name] = re.search(label + " " + NUMBER, block)[1]
        found.append(row)
    return found


def as_printed(value: float, printed: str) -> bool:
    """Tell whether a value is the one printed, to the last decimal printed."""
    decimals = len(printed.partition(".")[2])
    return abs(value - float(printed)) <= 0.5000001 * 10**-decimals


def spatial(cases: pd.Series, baseline: pd.Series, places: pd.DataFrame, model: str = "poisson", **options):
    return scan(
        cases.to_frame("all"), baseline.to_frame("all"), places, model=model, analysis="spatial", seed=7, **options
    )


@pytest.mark.parametrize(
    ("file", "options", "clusters"),
    [
        ("scan_test_ny_poisson_circular_cartesian.txt", {}, 6),
        ("scan_test_ny_poisson_circular_longlat.txt", {"distance": "great_circle"}, 6),
        ("scan_test_ny_poisson_circular_cartesian_ubpop_10percent.txt", {"max_share": 0.1}, 7),
    ],
    ids=["cartesian", "great circle", "10 percent"],
)
def test_new_york_equals_satscan(reference_data, new_york, file, options, clusters):
    truth = satscan_clusters((reference_data / "golden" / file).read_text())
    places = new_york[["lon", "lat"]]
    unit = 1000.0  # SaTScan prints kilometres
    if "distance" not in options:  # SaTScan's first coordinate is x: here latitude, as given to it
        places, unit = new_york[["lat", "lon"]].set_axis(["x", "y"], axis=1), 1.0
    found = spatial(new_york["cases"], new_york["population"], places, **options)
    assert len(truth) == clusters
    for ours, theirs in zip(found.head(clusters).to_dict("records"), truth, strict=True):
        assert [str(code) for code in ours["members"]] == theirs["members"]
        for name in ("llr", "observed", "expected", "relative_risk"):
            assert as_printed(ours[name], theirs[name]), name
        assert as_printed(ours["radius"] / unit, theirs["radius"])
        p = float(theirs["p"])
        noise = 5 * np.sqrt(2 * p * (1 - p) / 1000) + 0.002
        assert ours["p"] == pytest.approx(p, abs=noise)
        assert ours["p_gumbel"] == pytest.approx(p, abs=noise + 0.02)


def test_humberside_equals_satscan_also_in_where_it_stops(reference_data):
    truth = satscan_clusters((reference_data / "golden" / "NHumberside.txt").read_text())
    classical = reference_data / "classical"
    read = {"sep": r"\s+", "header": None, "dtype": {0: str}, "index_col": 0, "engine": "python"}
    cases, controls = (pd.read_csv(classical / f"NHumberside.{kind}", **read)[1] for kind in ("cas", "ctl"))
    places = pd.read_csv(classical / "NHumberside.geo", **read).set_axis(["x", "y"], axis=1)
    found = spatial(
        cases, cases + controls.reindex(cases.index), places.reindex(cases.index), "bernoulli", stop_after=50
    )
    assert len(truth) == 6
    for ours, theirs in zip(found.head(6).to_dict("records"), truth, strict=True):
        for name in ("llr", "observed", "expected", "relative_risk"):
            assert as_printed(ours[name], theirs[name]), name
    # clusters 1 and 2, 3 and 4, 5 and 6 are tied: the same ones in either order
    for pair in (0, 2):
        assert {frozenset(row) for row in found["members"][pair : pair + 2]} == {
            frozenset(theirs["members"]) for theirs in truth[pair : pair + 2]
        }
    assert found.attrs["replicates"] < 999
    assert found["p"][1] == pytest.approx(50 / found.attrs["replicates"])
    assert found["p"][3] == pytest.approx(float(truth[2]["p"]), abs=0.15)


EASTERN = 39


@pytest.mark.parametrize(
    ("period", "truth"),
    [
        (
            ["74"],
            [
                ("Carteret", EASTERN, 317, "246.55", "1.54", "15.487584"),
                ("Anson", 1, 15, "3.17", None, "11.577076"),
            ],
        ),
        (["79"], [("Robeson", 5, 70, "38.80", "1.88", "10.720305")]),
        (
            ["74", "79"],
            [
                ("Robeson", 5, 139, "72.67", "2.01", "25.380685"),
                ("Northampton", 3, 59, "28.74", "2.10", "12.484724"),
                ("Anson", 1, None, None, None, "7.225956"),
            ],
        ),
    ],
    ids=["1974-78", "1979-84", "both"],
)
def test_north_carolina_equals_the_reference(north_carolina, period, truth):
    cases = north_carolina[[f"SID{years}" for years in period]].sum(axis=1)
    births = north_carolina[[f"BIR{years}" for years in period]].sum(axis=1)
    found = spatial(cases, births, north_carolina[["lon", "lat"]], distance="great_circle")
    for ours, (centre, members, observed, expected, risk, llr) in zip(
        found.to_dict("records"), truth, strict=False
    ):
        assert ours["centre"] == centre
        assert len(ours["members"]) == members
        assert as_printed(ours["llr"], llr)
        assert observed is None or ours["observed"] == observed
        assert expected is None or as_printed(ours["expected"], expected)
        assert risk is None or as_printed(ours["relative_risk"], risk)
    if truth[0][0] == "Robeson":
        assert set(found["members"][1]) == {"Robeson", "Bladen", "Columbus", "Hoke", "Scotland"}
    if len(truth) == 3:
        assert set(found["members"][2]) == {"Northampton", "Halifax", "Hertford"}
