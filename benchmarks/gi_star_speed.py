"""Gi* with 9,999 conditional permutations on 14,560 cells, beside esda.

`PYTHONPATH=. python benchmarks/gi_star_speed.py`. Gunpo at 50 m has so many cells; here they are a lattice of
112 × 130 with queen neighbours and gamma values. Both sides: the same values and binary weights, kernels compiled
before the clock starts, medians of three rounds that take turns. esda (2.9.0) runs with n_jobs=1: its process
pool may hang. So we are timed on one processor too, and on all of them besides. esda makes 999 permutations; the
time of 9,999 is its time at 99 plus eleven times the difference between 999 and 99 (its cost grows in a straight
line: every unit reads every draw). Without esda installed only our own times are printed.
"""

import os
import statistics
import time
import warnings
from collections.abc import Callable
from unittest import mock

import numpy as np
import pandas as pd
from scipy import sparse

from analytics.statistics import weights
from analytics.statistics.gi_star import gi_star, gi_star_permutation

COLUMNS, ROWS, STEP_M, PERMUTATIONS = 112, 130, 50.0, 9_999


def lattice() -> tuple[pd.Series, sparse.csr_array]:
    codes = pd.Index([f"c{number:05d}" for number in range(COLUMNS * ROWS)], name="unit_code")
    x, y = np.tile(np.arange(COLUMNS), ROWS) * STEP_M, np.repeat(np.arange(ROWS), COLUMNS) * STEP_M
    near = weights.distance_band(pd.DataFrame({"x": x, "y": y}, index=codes), STEP_M * 1.5)
    return pd.Series(np.random.default_rng(1).gamma(2, 1, len(codes)), index=codes), near


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(values, near) -> None:
    gi_star_permutation(values, near, permutations=PERMUTATIONS, seed=1)


def on_one_processor(values, near) -> None:
    with mock.patch("os.cpu_count", return_value=1):
        ours(values, near)


def main() -> None:
    values, near = lattice()
    ours(values, near)
    print(f"{len(values):,} cells, {near.nnz:,} links, {PERMUTATIONS:,} permutations")
    try:
        theirs, z = esda_timer(values, near)
    except ImportError:
        theirs, z = None, None
    rounds = []
    for _ in range(3):
        row = [seconds(lambda: on_one_processor(values, near)), seconds(lambda: ours(values, near))]
        rounds.append(row + ([theirs(99), theirs(999)] if theirs else []))
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(f"ours: {medians[0]:.2f} s on one processor, {medians[1]:.2f} s on {os.cpu_count()}")
    if theirs is None:
        print("esda is not installed: no ratio")
        return
    slope = (medians[3] - medians[2]) / 900
    whole = medians[2] + slope * (PERMUTATIONS - 99)
    print(
        f"esda, n_jobs=1: 99 in {medians[2]:.1f} s, 999 in {medians[3]:.1f} s; "
        f"{PERMUTATIONS:,} would take {whole:.0f} s"
    )
    print(f"ratio on one processor {whole / medians[0]:.0f} (target 10), on all {whole / medians[1]:.0f}")
    print(f"largest difference in z: {np.abs(gi_star(values, near)['z'] - z).max():.1e} (target 1e-9)")


def esda_timer(values: pd.Series, near: sparse.csr_array):
    """Return a function permutations → seconds, and esda's z."""
    import esda
    import libpysal

    def run(permutations: int):
        w = libpysal.weights.WSP(near).to_W(silence_warnings=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            start = time.perf_counter()
            found = esda.G_Local(
                values.to_numpy(), w, transform="B", star=True, permutations=permutations, n_jobs=1, seed=1
            )
            return time.perf_counter() - start, found

    _, found = run(9)  # compiles
    return lambda permutations: run(permutations)[0], found.Zs


if __name__ == "__main__":
    main()
