"""What spares the scan a logarithm spares it no window: the bound holds for every little table."""

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.scan import scan
from analytics.statistics.scan.ratios import EXPECTED, POPULATION, at_most, log_ratio


def tables(largest: int):
    """Yield every (cases inside, persons inside, cases, persons) with more cases inside than expected."""
    for everyone in range(3, largest + 1):
        for total in range(1, everyone):
            for b in range(1, everyone):
                for c in range(max(1, total + b - everyone), min(b, total) + 1):
                    if c * everyone > b * total:
                        yield c, float(b), float(total), float(everyone)


def test_no_ratio_is_above_its_bound():
    for c, b, total, everyone in tables(24):
        ratio = log_ratio(POPULATION, c, b, total, everyone)
        assert ratio <= at_most(POPULATION, c, b, total, everyone) * (1 + 1e-12), (c, b, total, everyone)
        e = b * total / everyone
        ratio = log_ratio(EXPECTED, c, e, total, total)
        assert ratio <= at_most(EXPECTED, c, e, total, total) * (1 + 1e-12), (c, e, total)


def test_few_controls_outside_do_not_hide_the_strongest_window():
    """A bound with the controls seen outside, instead of those expected, passed over this window."""
    codes = [f"u{number}" for number in range(6)]
    places = pd.DataFrame({"x": [0.09, 1.11, 2.51, 4.38, 6.31, 8.17], "y": np.zeros(6)}, index=codes)
    cases = pd.DataFrame({"all": [6, 4, 6, 7, 4, 2]}, index=codes)
    persons = pd.DataFrame({"all": [6, 5, 7, 7, 5, 4]}, index=codes)
    asked = {"model": "bernoulli", "analysis": "spatial", "max_share": 0.9, "replicates": 19, "seed": 1}
    found = scan(cases, persons, places, **asked).iloc[0]
    assert found["llr"] == pytest.approx(1.6724112811880048, rel=1e-12)
    assert set(found["members"]) == {"u0", "u1", "u2", "u3", "u4"}
