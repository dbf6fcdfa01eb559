"""How far the estimated coverage of visitors is from the truth, in towns that its model does not describe.

`PYTHONPATH=. python benchmarks/coverage_error.py [SEEDS]`, 5 seeds by default, some ten seconds of one core each.
Towns: tests/analytics/doors.py (1,200 facilities, 14 days). A line for each arrangement of door counts: mean
absolute error in percentage points (and each town's), how many of the 95 % intervals hold the truth, and their
width, by unit and hour of the day, by unit, and by unit and single hour; then all of it by cells of three
facilities, which is harder. Without door counts there is no estimate, only the interval of an assumption. "Chance
alone" is the error of somebody who knows every door's chance, and not who then signed in: nothing that sees only
the log can do better.
"""

import sys

import numpy as np

from analytics.coverage import coverage_by, match_counts
from tests.analytics.doors import make_doors

ARRANGEMENTS = (
    ("5 % of sites, every hour", 0.05, 1.0),
    ("5 % of sites, every tenth hour", 0.05, 0.1),
    ("1 % of sites", 0.01, 1.0),
)


def judged(found, truth: np.ndarray) -> tuple[float, float, float]:
    """Return mean absolute error, share of intervals that hold the truth, mean width, all in per cent."""
    told = found["low"].notna().to_numpy() & ~np.isnan(truth)
    low, high, truth = found["low"][told], found["high"][told], truth[told]
    error = np.abs(found["coverage"][told] - truth).mean()
    return 100 * error, 100 * ((low <= truth) & (truth <= high)).mean(), 100 * (high - low).mean()


def judge_town(seed: int, units: int) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Return the errors of one town under every arrangement of door counts."""
    doors = make_doors(seed, units=units)
    log, rng, size = doors.log(), np.random.default_rng(100 + seed), doors.came.shape[1]
    unit, hour = np.repeat(doors.unit, size), np.tile(np.arange(size), len(doors.unit))
    of_day, single = unit * 24 + hour % 24, unit * size + hour
    wider = np.arange(units * 24) // 24
    counts = {name: match_counts(doors.counts(rng, *asked), log) for name, *asked in ARRANGEMENTS}
    results = {}
    for name, group, size_of in (("hour of day", of_day, units * 24), ("single hour", single, units * size)):
        truth = doors.truth(group, size_of)
        error = 100 * np.nanmean(np.abs(doors.best_guess(group, size_of) - truth))
        results["chance alone", f"unit, {name}"] = error, np.nan, np.nan
    for name, matched in (counts | {"no door counts": None}).items():
        fine, coarse = coverage_by(log, of_day, units * 24, matched, seed=seed, wider=wider)
        results[name, "unit, hour of day"] = judged(fine, doors.truth(of_day, units * 24))
        results[name, "unit"] = judged(coarse, doors.truth(unit, units))
        if name == ARRANGEMENTS[0][0]:
            fine, _ = coverage_by(log, single, units * size, matched, seed=seed, draws=100)
            results[name, "unit, single hour"] = judged(fine, doors.truth(single, units * size))
    return results


def main(seeds: int) -> None:
    for title, units in (("30 units of 40 facilities", 30), ("400 cells of 3 facilities", 400)):
        towns = [judge_town(seed, units) for seed in range(seeds)]
        print(title)
        for key in towns[0]:
            rows = [town[key] for town in towns]
            error, held, width = np.mean(rows, axis=0)
            each = " ".join(f"{row[0]:.1f}" for row in rows)
            print(
                f"  {key[0]:31} {key[1]:18} error {error:4.1f} points ({each}), held {held:5.1f} %, "
                f"width {width:4.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
