"""Kulldorff's spatial scan against SaTScan's own output, and against a brute force on little maps."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.statistics.refusals import BadCounts, MissingValue, StatisticRefused
from analytics.statistics.scan.spatial import poisson_scan

NUMBER = r"([\d.]+)"


def satscan_clusters(text: str) -> list[dict]:
    """Read the clusters of a SaTScan result file."""
    found = []
    for block in re.split(r"\n(?=\d+\.Location IDs included)", text.split("CLUSTERS DETECTED")[1])[1:]:
        listed = re.search(r"included\.: ([\d,\s]+?)\n\s+(?:Overlap|Coordinates)", block)[1]
        row = {"members": re.findall(r"\d+", listed)}
        for name, label in (
            ("observed", r"Number of cases\.+"),
            ("expected", r"Expected cases\.+"),
            ("relative_risk", r"Relative risk\.+"),
            ("llr", r"Log likelihood ratio\.+"),
            ("population", r"Population\.+"),
            ("p", r"P-value\.+"),
        ):
            row[name] = float(re.search(label + r": " + NUMBER, block)[1])
        found.append(row)
    return found


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
    if "distance" not in options:  # SaTScan's first coordinate is x: here latitude, as given to it
        places = new_york[["lat", "lon"]].set_axis(["x", "y"], axis=1)
    found = poisson_scan(new_york["cases"], new_york["population"], places, seed=20200825, **options)
    assert len(truth) == clusters
    for ours, theirs in zip(found.head(clusters).to_dict("records"), truth, strict=True):
        assert [str(code) for code in ours["members"]] == theirs["members"]
        assert ours["llr"] == pytest.approx(theirs["llr"], abs=1e-6)
        assert ours["observed"] == theirs["observed"]
        assert ours["population"] == theirs["population"]
        assert ours["expected"] == pytest.approx(theirs["expected"], abs=0.005001)
        assert ours["relative_risk"] == pytest.approx(theirs["relative_risk"], abs=0.005001)
        noise = 5 * np.sqrt(2 * theirs["p"] * (1 - theirs["p"]) / 1000) + 0.002
        assert ours["p"] == pytest.approx(theirs["p"], abs=noise)


EASTERN = 39


@pytest.mark.parametrize(
    ("period", "truth"),
    [
        (["74"], [("Carteret", EASTERN, 317, 246.55, 1.54, 15.487584), ("Anson", 1, 15, 3.17, None, 11.577076)]),
        (["79"], [("Robeson", 5, 70, 38.80, 1.88, 10.720305)]),
        (
            ["74", "79"],
            [
                ("Robeson", 5, 139, 72.67, 2.01, 25.380685),
                ("Northampton", 3, 59, 28.74, 2.10, 12.484724),
                ("Anson", 1, None, None, None, 7.225956),
            ],
        ),
    ],
    ids=["1974-78", "1979-84", "both"],
)
def test_north_carolina_equals_the_reference(north_carolina, period, truth):
    cases = north_carolina[[f"SID{years}" for years in period]].sum(axis=1)
    births = north_carolina[[f"BIR{years}" for years in period]].sum(axis=1)
    found = poisson_scan(cases, births, north_carolina[["lon", "lat"]], distance="great_circle", seed=7)
    assert len(found) >= len(truth)
    for ours, (centre, members, observed, expected, risk, llr) in zip(
        found.to_dict("records"), truth, strict=False
    ):
        assert ours["centre"] == centre
        assert len(ours["members"]) == members
        assert ours["llr"] == pytest.approx(llr, abs=1e-6)
        assert observed is None or ours["observed"] == observed
        assert expected is None or ours["expected"] == pytest.approx(expected, abs=0.005001)
        assert risk is None or ours["relative_risk"] == pytest.approx(risk, abs=0.005001)
    if truth[0][0] == "Robeson":
        assert set(found["members"][1]) == {"Robeson", "Bladen", "Columbus", "Hoke", "Scotland"}
    if len(truth) == 3:
        assert set(found["members"][2]) == {"Northampton", "Halifax", "Hertford"}


def brute_force(cases, population, xy, max_share):
    """Return the largest LLR over all circles, written from the formula alone."""
    total, people, best = cases.sum(), population.sum(), 0.0
    for centre in range(len(xy)):
        away = np.hypot(*(xy - xy[centre]).T)
        for radius in away:
            inside = away <= radius + 1e-6
            c, e = cases[inside].sum(), total * population[inside].sum() / people
            if c < 2 or c <= e or population[inside].sum() > max_share * people + 1e-9:
                continue
            rest = (total - c) * np.log((total - c) / (total - e)) if c < total else 0.0
            best = max(best, c * np.log(c / e) + rest)
    return best


@given(
    cases=st.lists(st.integers(0, 6), min_size=4, max_size=12),
    seed=st.integers(0, 10_000),
    max_share=st.sampled_from([0.2, 0.5, 1.0]),
)
@settings(max_examples=60)
def test_equals_a_brute_force_on_little_maps_with_ties(cases, seed, max_share):
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 4, (len(cases), 2)) * 100.0  # few places: many ties, several units at one point
    population = pd.Series(rng.integers(1, 50, len(cases)))
    counted = pd.Series(cases)
    found = poisson_scan(
        counted, population, pd.DataFrame(xy, columns=["x", "y"]), max_share=max_share, replicates=19, seed=1
    )
    truth = brute_force(counted.to_numpy(), population.to_numpy(), xy, max_share)
    assert found["llr"].max() == pytest.approx(truth, abs=1e-9) if truth > 0 else found.empty
    listed = [unit for members in found["members"] for unit in members]
    assert len(listed) == len(set(listed))


def test_units_at_equal_distance_enter_together(cells):
    """All cases in a cell's left neighbour: a circle around the cell takes its four neighbours or none."""
    cases = pd.Series(0, index=cells.index)
    cases["c026"] = 5
    found = poisson_scan(cases, pd.Series(1, index=cells.index), cells, replicates=19, seed=1)
    assert found["members"][1] == ("c026",)
    wide = found.attrs["circles"]
    assert (
        wide == poisson_scan(cases, pd.Series(9, index=cells.index), cells, replicates=19, seed=1).attrs["circles"]
    )


def test_the_radius_cap_counts_units_at_exactly_that_distance(cells):
    cases = pd.Series(0, index=cells.index)
    cases[["c027", "c026", "c028", "c019", "c035"]] = 4
    found = poisson_scan(cases, pd.Series(1, index=cells.index), cells, max_radius=250, replicates=19, seed=1)
    assert set(found["members"][1]) == {"c027", "c026", "c028", "c019", "c035"}
    assert found["radius"][1] == 250
    narrow = poisson_scan(cases, pd.Series(1, index=cells.index), cells, max_radius=249, replicates=19, seed=1)
    assert narrow["members"].map(len).max() == 1


def test_impossible_inputs_are_refused_with_the_code(cells):
    people = pd.Series(1.0, index=cells.index)
    cases = pd.Series(1, index=cells.index)
    with pytest.raises(BadCounts, match="c005"):
        poisson_scan(cases, people.where(people.index != "c005", 0.0), cells, seed=1)
    with pytest.raises(MissingValue, match="c005"):
        poisson_scan(cases, people.where(people.index != "c005"), cells, seed=1)
    with pytest.raises(StatisticRefused, match="replicates"):
        poisson_scan(cases, people, cells, replicates=9, seed=1)
    with pytest.raises(StatisticRefused, match="max_share"):
        poisson_scan(cases, people, cells, max_share=0, seed=1)
    with pytest.raises(StatisticRefused, match="lon and lat"):
        poisson_scan(cases, people, cells, distance="great_circle", seed=1)
