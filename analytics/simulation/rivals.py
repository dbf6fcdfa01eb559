"""What else is used to mark hotspots: Gi* as esda gives it, a kernel density map, and a scan that counts visits.

None of them knows persons. Gi* is judged by its usual rule and, like the density map that has none, by a threshold
that leaves 5 % false alarms on towns of equal risk *and equal crowds*.
"""

import warnings
from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
import pandas as pd
from scipy.stats import gaussian_kde

from ..geography import centres
from ..parameters import Parameters
from ..statistics.weights import contiguity
from ..verdict import visit_scan
from .judge import Call, centre_of
from .model import Sample
from .town import SIDE, SOUTH, STEP_M, UNITS, WEST

NO_ESDA = "Gi* is left out: esda and libpysal, of the tests group of pyproject.toml, are not installed."
FINE = 4  # points a side of a unit, where the density is read
PERMUTATIONS, LEVEL = 999, 0.05


def esda_is_there() -> bool:
    """Return whether Gi* of esda can be asked."""
    return find_spec("esda") is not None and find_spec("libpysal") is not None


def visits(sample: Sample, parameters: Parameters) -> Call:
    """Return the units of significant clusters of Kulldorff's scan, which counts visits, in our windows."""
    observable, places = sample.exposure.frame(), centres(sample.units)
    known = (observable.sum(axis=1) > 0).to_numpy()
    judged = sample.visits[sample.visits["unit"].isin(observable.index[known])]
    found = visit_scan(judged, observable[known], places[known], parameters)
    found = found[found["p"] <= parameters.alpha]
    if found.empty:
        return Call(())
    first = found.iloc[0]
    units = sorted({unit for members in found["members"] for unit in members})
    days = (pd.Timestamp(first["start"]).date(), pd.Timestamp(first["end"]).date())
    return Call(tuple(units), centre_of(places, first["members"]), days)


def counts(sample: Sample) -> np.ndarray:
    """Return visits by unit."""
    return sample.visits["unit"].value_counts().reindex(sample.units.index, fill_value=0).to_numpy(float)


def rates(sample: Sample) -> np.ndarray:
    """Return visits per person-hour of the floating population, raw, as a user without a log would."""
    return counts(sample) / np.nansum(sample.exposure.population, axis=1)


def gi_star_z(sample: Sample, values: np.ndarray) -> np.ndarray:
    """Return z of Gi* (Ord & Getis 1995) of these values by esda, with binary weights.

    Its default, row-standardised weights, gives another z than the formula (measured: up to 2.4 off).
    """
    return _esda(sample, values, "B", 0, None).Zs


def gi_star_default(sample: Sample, values: np.ndarray, seed: int) -> Call:
    """Return what a user of esda's defaults marks: z above 0 with p_sim ≤ 0.05, unit by unit."""
    found = _esda(sample, values, "R", PERMUTATIONS, seed)
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


def _esda(sample: Sample, values: np.ndarray, transform: str, permutations: int, seed: int | None):
    from esda import G_Local  # optional, and slow to load
    from libpysal.weights import W

    near = contiguity(sample.units)
    rows = [near.indices[near.indptr[row] : near.indptr[row + 1]].tolist() for row in range(near.shape[0])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # esda warns about its own defaults, which are what is asked here
        weights = W(dict(enumerate(rows)), silence_warnings=True)
        return G_Local(
            values, weights, transform=transform, star=True, permutations=permutations, n_jobs=1, seed=seed
        )
