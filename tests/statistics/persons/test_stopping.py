"""Draws that stop once nothing can be hot any more: the same draws, the same verdict."""

import numpy as np
import pandas as pd
import pytest

from analytics.statistics.persons.person_scan import person_scan
from tests.statistics.persons.test_person_scan import even, visit


@pytest.mark.parametrize("together", [2, 9])
def test_stopping_early_keeps_the_draws_and_never_changes_what_is_hot(cells, together):
    rng = np.random.default_rng(together)
    units = cells.index.to_numpy()
    visits = [visit(person, rng.choice(units), int(rng.integers(10))) for person in range(30)]
    visits += [visit(person, units[4], 3) for person in range(together)]
    asked = {"max_days": 3, "replicates": 399, "seed": 5}
    whole = person_scan(pd.DataFrame(visits), even(cells, 10), cells, **asked)
    short = person_scan(
        pd.DataFrame(visits), even(cells, 10), cells, **asked, stop_after=20
    )  # 0.05 × 399, and one
    done = len(short.maxima)
    np.testing.assert_array_equal(short.maxima, whole.maxima[:done])
    assert (short.clusters["p"] <= 0.05).equals(whole.clusters["p"] <= 0.05)
    assert (done < 399) == (together == 2)
    assert short.clusters.drop(columns="p").equals(whole.clusters.drop(columns="p"))
