"""How fast the scan of counts is: beside SaTScan, and how its time grows with places, days and cases.

    PYTHONPATH=. python benchmarks/scan_speed.py [--full]

SaTScan 10.3 took 213 s (600 places, 28 days, 5,040 cases, windows to 14 days) and 15 s (3,600 places, one day)
on two cores. `cold` compiles everything anew in a process of its own; `warm` is any later run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd

SATSCAN_S = {"space-time": 213.0, "spatial": 15.0}
PLANTED, LONGEST, REPLICATES = 40, 14, 999


def made_city(
    places: int, days: int, cases: int, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return cases, population and coordinates: a jittered grid, log-normal crowds, 40 cases more in one place."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(places)))
    at = np.arange(places)
    xy = np.column_stack([at % side, at // side]) * 250 + rng.uniform(-60, 60, (places, 2))
    people = np.round(rng.lognormal(6, 1, places)) + 5
    near = np.argsort(((xy - xy[places // 3]) ** 2).sum(axis=1))[:12]
    place = np.concatenate([rng.choice(places, cases, p=people / people.sum()), rng.choice(near, PLANTED)])
    last = rng.integers(max(0, days - 4), days, PLANTED)
    day = np.concatenate([rng.integers(0, days, cases), last])
    counts = np.zeros((places, days), int)
    np.add.at(counts, (place, day), 1)
    codes, columns = pd.Index([f"L{number}" for number in at]), pd.date_range("2020-08-01", periods=days, freq="D")
    population = np.repeat(people[:, None], days, axis=1)
    return (
        pd.DataFrame(counts, codes, columns),
        pd.DataFrame(population, codes, columns),
        pd.DataFrame(xy, codes, ["x", "y"]),
    )


def windows_of(circles: int, days: int, analysis: str) -> int:
    """Return the number of windows: circles × runs of intervals."""
    longest = min(LONGEST, days)
    runs = 1 if analysis == "spatial" else sum(days - length + 1 for length in range(1, longest + 1))
    return circles * runs


def timed(places: int, days: int, cases: int, analysis: str, times: int = 3) -> tuple[float, float, int]:
    """Return wall seconds and processor seconds (smallest of `times` runs) and the number of windows."""
    from analytics.statistics.scan import scan

    city, wall, work, circles = made_city(places, days, cases), [], [], 0
    for _ in range(times):
        begun, busy = time.perf_counter(), time.process_time()
        found = scan(*city, model="poisson", analysis=analysis, max_length=LONGEST, replicates=REPLICATES, seed=1)
        wall.append(time.perf_counter() - begun)
        work.append(time.process_time() - busy)
        circles = found.attrs["circles"]
    return min(wall), min(work), windows_of(circles, days, analysis)


def tell(places: int, days: int, cases: int, analysis: str, times: int) -> None:
    """Print a line of figures."""
    wall, work, windows = timed(places, days, cases, analysis, times)
    ratio = ""
    if (places, days, cases, analysis) in ((600, 28, 5_000, "space-time"), (3_600, 1, 5_000, "spatial")):
        free = 2 * SATSCAN_S[analysis] / work  # what two processors give that do nothing else
        ratio = f"  {SATSCAN_S[analysis] / wall:.1f} × SaTScan, {free:.0f} × on idle processors"
    rate = windows * (REPLICATES + 1) / wall / 1e9
    print(
        f"{analysis:10} {places:6,} places {days:4} days {cases + PLANTED:7,} cases  {wall:7.2f} s "
        f"(processors {work:6.2f} s)  {windows / 1e6:7.1f} M windows, {rate:6.1f} G a second{ratio}",
        flush=True,
    )


def cold_s() -> float:
    """Return the seconds a first run takes that has to compile, in a process with an empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        begun = time.perf_counter()
        code = "from benchmarks.scan_speed import timed; timed(50, 5, 100, 'space-time', 1)"
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "NUMBA_CACHE_DIR": cache}, check=True)
        return time.perf_counter() - begun


def main() -> None:
    """Print the two cases of the issue, the growth, and the first run."""
    options = argparse.ArgumentParser()
    options.add_argument("--full", action="store_true", help="larger maps too (minutes)")
    full = options.parse_args().full
    times = 3
    tell(600, 28, 5_000, "space-time", times)
    tell(3_600, 1, 5_000, "spatial", times)
    print("growth with places, days, cases")
    for places in (300, 1_200, 2_400) if full else (300, 1_200):
        tell(places, 28, 5_000, "space-time", 1)
    for days in (14, 56, 112) if full else (14, 56):
        tell(600, days, 5_000, "space-time", 1)
    for cases in (500, 20_000, 100_000) if full else (500, 20_000):
        tell(600, 28, cases, "space-time", 1)
    if full:
        tell(14_400, 1, 5_000, "spatial", 1)
    print(f"first run ever (compiles): {cold_s():.0f} s")


if __name__ == "__main__":
    main()
