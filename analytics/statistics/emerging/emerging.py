"""Emerging hot spots: which places are becoming hot, stay hot, or were hot until lately."""

import numpy as np
import pandas as pd
from scipy import sparse

from .categories import classify
from .cube import Cube
from .mann_kendall import mann_kendall
from .space_time_gi import space_time_gi

FEWEST_BINS = 10
"""As Esri's tool asks: with fewer bins of time neither 90 % nor a trend means anything."""
NO_FIGURES, TOO_FEW_BINS = "no_data", "too_few_bins"


def emerging_hot_spots(
    cube: Cube, weights: sparse.csr_array, *, alpha: float = 0.05, steps_back: int = 1
) -> pd.DataFrame:
    """Return the category of every unit, and what it rests on.

    Question: how did the clustering of the rate around this unit develop over the bins of time?
    Null hypothesis: of the bins, space_time_gi (more or fewer than places drawn by observable person-hours); of
    the trend, mann_kendall (the z of the unit's bins are exchangeable over time). The trend is that of Gi* without
    the bins before: neighbourhoods that share a bin rise and fall together, and one in seven units would have a
    "significant" trend where there is none.

    Parameters
    ----------
    weights : binary neighbours in space, as space_time_gi takes them
    alpha : float
        Level of q for a hot or cold bin (false discovery rate over all bins of the cube), and of the trend's p
        (two-sided, of one unit).
    steps_back : int
        Bins before its own in a bin's neighbourhood.

    Returns
    -------
    DataFrame, index unit_code: `category` (one of CATEGORIES, "" where not judged), `reason` ("" if judged),
    `bins` with figures, `hot_bins`, `cold_bins`, `first_hot`, `last_hot` (labels of bins, NaT if none), `last_bin`
    with a figure, `z` and `q` in that bin, `tau` and `trend_p` of Gi* without the bins before.
    """
    found = space_time_gi(cube, weights, steps_back=steps_back)
    side, q, z = found.side.to_numpy(), found.q.to_numpy(), found.z.to_numpy()
    known = np.isfinite(q)
    marks = np.where(known, np.where(q <= alpha, side, 0.0), np.nan)
    apart = space_time_gi(cube, weights, steps_back=0).z if steps_back else found.z
    trend = mann_kendall(apart)
    slope = np.where(trend["p"].to_numpy() <= alpha, np.sign(trend["s"].to_numpy()), 0)
    bins = known.sum(axis=1)
    reason = np.select([bins == 0, bins < FEWEST_BINS], [NO_FIGURES, TOO_FEW_BINS], "")
    labels = cube.counts.columns.to_numpy()
    hot, row = marks == 1, np.arange(len(marks))
    last = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return pd.DataFrame(
        {
            "category": np.where(reason == "", classify(marks, slope), ""),
            "reason": reason,
            "bins": bins,
            "hot_bins": hot.sum(axis=1),
            "cold_bins": (marks == -1).sum(axis=1),
            "first_hot": _label(labels, hot.argmax(axis=1), hot.any(axis=1)),
            "last_hot": _label(labels, hot.shape[1] - 1 - hot[:, ::-1].argmax(axis=1), hot.any(axis=1)),
            "last_bin": _label(labels, last, bins > 0),
            "z": z[row, last],
            "q": q[row, last],
            "tau": trend["tau"].to_numpy(),
            "trend_p": trend["p"].to_numpy(),
        },
        index=cube.counts.index,
    )


def _label(labels: np.ndarray, at: np.ndarray, there: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.where(there, labels[at], np.datetime64("NaT")))
