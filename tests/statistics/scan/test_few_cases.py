"""The sparse search and the dense one are two ways to one answer."""

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.scan import count_scan, scan

DAYS = pd.date_range("2020-08-01", periods=12, freq="D")


def study(seed: int, model: str, places: int = 40) -> dict:
    """Return cases and baseline on a crooked grid: ties, two places at one spot, one without anybody."""
    rng = np.random.default_rng(seed)
    codes = [f"u{number:02d}" for number in range(places)]
    places_at = pd.DataFrame({"x": rng.integers(0, 7, places), "y": rng.integers(0, 7, places)}, codes)
    people = rng.integers(3, 40, (places, len(DAYS))) * (1 + 3 * (rng.random((places, 1)) < 0.2))
    people[3] = 0
    cases = rng.multinomial(30, (people / people.sum()).ravel()).reshape(people.shape)
    cases[5, 4:6] += 3
    people[5] += 4
    cases = np.minimum(cases, people)
    table = pd.DataFrame(cases, codes, DAYS)
    base = None if model == "permutation" else pd.DataFrame(people, codes, DAYS)
    return {"cases": table, "baseline": base, "coordinates": places_at, "model": model}


SETTINGS = [
    {"analysis": "spatial"},
    {"analysis": "spatial", "max_radius": 2.0, "min_cases": 3},
    {"analysis": "space-time"},
    {"analysis": "space-time", "max_length": 3, "max_share": 0.04, "smallest": True},
    {"analysis": "space-time", "max_length": 7, "max_share": 0.04},
    {"analysis": "prospective", "max_length": 4},
    {"analysis": "prospective", "max_length": 4, "first_look": DAYS[-5]},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda told: "-".join(map(str, told.values())))
@pytest.mark.parametrize("model", ["poisson", "bernoulli", "permutation"])
def test_few_cases_are_searched_as_many_are(model, settings, monkeypatch):
    if model == "permutation" and settings["analysis"] == "spatial":
        pytest.skip("the permutation model asks about place and time together")
    for seed in range(4):
        found = []
        for few in (True, False):
            monkeypatch.setattr(count_scan, "cases_are_few", lambda study, runs, few=few: few)
            found.append(scan(**study(seed, model), **settings, replicates=99, seed=seed))
        sparse, dense = found
        pd.testing.assert_frame_equal(sparse, dense, rtol=1e-10)
        np.testing.assert_allclose(sparse.attrs["maxima"], dense.attrs["maxima"], rtol=1e-10)
        assert sparse.attrs["circles"] == dense.attrs["circles"]
