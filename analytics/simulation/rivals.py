"""What else is used to mark hotspots: Gi* as esda gives it, a kernel density map, and a scan that counts visits.

None of them looks at days or persons. Gi* and density are judged twice where a habit and a fair rule differ: by
their usual rule, and by a threshold that leaves 5 % false alarms on towns of equal risk *and equal crowds*.
"""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from scipy.stats import gaussian_kde

from ..geography import centres
from ..statistics.weights import contiguity
from .judge import Call
from .model import Sample
from .town import SIDE, SOUTH, STEP_M, UNITS, WEST

NO_ESDA = "Gi* is left out: esda and libpysal, of the tests group of pyproject.toml, are not installed."
FINE = 4  # points a side of a unit, where the density is read
PERMUTATIONS, LEVEL = 999, 0.05


def esda_is_there() -> bool:
    """Return whether Gi* of esda can be asked."""
    return find_spec("esda") is not None and find_spec("libpysal") is not None


def counts(sample: Sample) -> np.ndarray:
    """Return visits by unit."""
    return sample.visits["unit"].value_counts().reindex(sample.units.index, fill_value=0).to_numpy(float)


def rates(sample: Sample) -> np.ndarray:
    """Return visits per person-hour of the floating population, raw, as a user without a log would."""
    return counts(sample) / np.nansum(sample.exposure.population, axis=1)


def gi_star_z(sample: Sample, values: np.ndarray) -> np.ndarray:
    """Return z of Gi* (Ord & Getis 1995) as esda computes it from these values."""
    return _esda(sample, values, 0, None).Zs


def gi_star_default(sample: Sample, values: np.ndarray, seed: int) -> Call:
    """Return what a user of esda's defaults marks: z above 0 with p_sim ≤ 0.05, unit by unit."""
    found = _esda(sample, values, PERMUTATIONS, seed)
    return call(sample, found.Zs, (found.Zs > 0) & (found.p_sim <= LEVEL))


def density(sample: Sample) -> np.ndarray:
    """Return by unit the highest kernel density of the visits (Gaussian, Scott's bandwidth)."""
    steps = (np.arange(FINE * SIDE) + 0.5) * STEP_M / FINE
    x, y = np.meshgrid(WEST + steps, SOUTH + steps)
    kernel = gaussian_kde(sample.visits[["x", "y"]].to_numpy().T)
    values = kernel(np.vstack([x.ravel(), y.ravel()])).reshape(SIDE, FINE, SIDE, FINE)
    return values.max(axis=(1, 3)).reshape(UNITS)


def threshold(scores: Sequence[np.ndarray]) -> float:
    """Return the value that the highest score of a map exceeds in at most 5 % of these maps."""
    highest = np.sort([values.max() for values in scores])
    return float(highest[len(highest) - 1 - int(LEVEL * len(highest))])


def call(sample: Sample, values: np.ndarray, marked: np.ndarray) -> Call:
    """Return the marked units as a call that peaks at the highest value."""
    if not marked.any():
        return Call(())
    places = centres(sample.units)
    top = places.iloc[int(np.argmax(np.where(marked, values, -np.inf)))]
    return Call(tuple(sample.units.index[marked]), (float(top["x"]), float(top["y"])))


def _esda(sample: Sample, values: np.ndarray, permutations: int, seed: int | None):
    from esda import G_Local  # optional, and slow to load
    from libpysal.weights import W

    near = contiguity(sample.units)
    rows = [near.indices[near.indptr[row] : near.indptr[row + 1]].tolist() for row in range(near.shape[0])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # esda warns about its own defaults, which are what is asked here
        weights = W(dict(enumerate(rows)), silence_warnings=True)
        return G_Local(values, weights, star=True, permutations=permutations, n_jobs=1, seed=seed)
