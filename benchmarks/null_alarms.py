"""How often each statistic cries wolf: many null worlds, the share in which anything at all is hot.

`PYTHONPATH=. python benchmarks/null_alarms.py [WORLDS] [NAME…]`, 400 worlds by default, about a second a world for
all of them. The worlds are those of the tests (49 cells, crowds × 50, coverage × 45, hours without data); tests
judge 40, this as many as wanted. "hot": q ≤ 0.05 somewhere (local statistics) or p ≤ 0.05 (scans). Printed beside
it: the share of p ≤ 0.05 itself, and the number of alarms that 5 % would pass once in a thousand runs.
"""

import sys

import numpy as np
from scipy import stats

from tests.statistics.roll import TESTS

ALPHA = 0.05


def main(worlds: int, names: list[str]) -> None:
    bound = int(stats.binom.ppf(0.999, worlds, ALPHA))
    print(f"{worlds} null worlds; at 5 % more than {bound} alarms has probability below 0.1 %")
    for statistic in TESTS:
        if names and statistic.name not in names:
            continue
        alarms, small = 0, []
        for seed in range(worlds):
            p = statistic.run(10_000 + seed, 199, **statistic.frames(seed=5_000 + seed))
            alarms += bool(statistic.hot(p).any())
            small.append((statistic.uniform(p) <= ALPHA + 1e-9).mean())
        verdict = "" if alarms <= bound else "  TOO MANY"
        share = np.mean(small)
        print(
            f"{statistic.name:28} {alarms:4} ({alarms / worlds:.1%}), p ≤ 0.05: {share:.1%}{verdict}", flush=True
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, sys.argv[2:])
