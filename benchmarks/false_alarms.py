"""How often is a unit hot where risk is equal? 1,000 towns of every null scenario, in two processes.

PYTHONPATH=. python benchmarks/false_alarms.py [--runs 1000] [--replicates 199] [--seed 1]
    [--first 0] [--scenario NAME …]

Prints, for each scenario, alarms, their share with its exact 95 % interval, and whether they stay within the bound
(67 of 1,000: a rate of 5 % is not rejected at the 1 % level).
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

from rich.progress import track

from analytics.parameters import Parameters
from analytics.simulation.judge import draw, hot, interval, most_alarms
from analytics.simulation.scenarios import NULLS, SCENARIOS

CHUNK, PROCESSES = 50, 2


def alarms(name: str, first: int, runs: int, replicates: int, seed: int) -> tuple[str, int, int]:
    """Return the scenario, its alarms and its runs in one chunk of towns."""
    count = sum(
        bool(hot(draw(SCENARIOS[name], seed, run), Parameters(replicates=replicates, seed=seed + run)).units)
        for run in range(first, first + runs)
    )
    return name, count, runs


def main() -> None:
    """Run the chunks, scenarios in turn, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first town, to spread a run over machines"
    )
    parser.add_argument("--replicates", type=int, default=199)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", nargs="*", default=[scenario.name for scenario in NULLS])
    asked = parser.parse_args()
    begun = time.perf_counter()
    found = {name: [0, 0] for name in asked.scenario}
    pool = ProcessPoolExecutor(PROCESSES)
    try:
        chunks = [
            pool.submit(
                alarms, name, asked.first + done, min(CHUNK, asked.runs - done), asked.replicates, asked.seed
            )
            for done in range(0, asked.runs, CHUNK)
            for name in asked.scenario
        ]
        for chunk in track(chunks, "towns"):
            name, count, runs = chunk.result()
            found[name][0] += count
            found[name][1] += runs
            print(f"{name:16} {found[name][0]:4} of {found[name][1]:5}", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)  # a town that fails ends the run at once
    print(f"\n{'scenario':16} alarms  share   95 % interval   at most")
    for name, (count, runs) in found.items():
        low, high = interval(count, runs)
        bound = most_alarms(runs, Parameters().alpha)
        word = "ok" if count <= bound else "TOO MANY"
        print(f"{name:16} {count:6} {count / runs:6.1%}  {low:6.1%} – {high:.1%}   {bound:5}  {word}")
    print(f"{asked.replicates} replicates, seed {asked.seed}, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
