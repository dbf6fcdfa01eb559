"""How many ordinary readings are doubted, which shared passes are, and what the rules cost at a door.

    PYTHONPATH=. python benchmarks/watch_flags.py [--days 7] [--scale 1] [--seed 1] [--scans 2000]

Three parts. Ordinary days of the demo city, reading by reading as a door reads them: exact clocks, then ones that
are off by up to a minute either way; then everybody who goes straight on by taxi. Copies: one pass shown at two
sites of the city drawn at random, so many minutes apart. Cost: processor time of a scan with the rules and with
none, by turns, on SQLite.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from unittest import mock

import numpy as np

from entry_service.core.doubt_rules import REASONS, metres
from entry_service.core.model import Facility, Scan
from entry_service.demo import calendar, population
from entry_service.demo.city import City, make_city
from entry_service.demo.entries import simulate_entries
from entry_service.demo.scans import draw_passes, log_by_day
from entry_service.settings import Settings
from entry_service.usecases.doors import doubting
from entry_service.usecases.doors.doubting import RULES
from tests.prepared import prepare_copy
from tests.usecases.door import HOUR, MINUTE, NOON, OFFICE, SECOND, Door, open_door

OFF = 60.0  # seconds that a clock may be wrong by
APART = (0, 1, 2, 3, 5, 8, 12, 20)  # minutes between two readings of a shared pass
PAIRS = 20_000
DOORS, DETOUR, TAXI = (
    60.0,
    1.3,
    40 / 3.6,
)  # seconds in and out of a taxi, road for each straight metre, metres/second
ROUNDS = 5


def doubted(day: list[Scan], places: dict[str, Facility], off: dict[str, timedelta]) -> Counter[str]:
    """Return reason → readings of one day that the rules doubt; ``readings`` counts all of them."""
    rows = [(scan, scan.scanned_at + off[scan.facility_id]) for scan in day if scan.outcome == "accepted"]
    found: Counter[str] = Counter(readings=len(rows))
    marked: set[tuple[str, str]] = set()
    by_pass: dict[bytes | None, list[tuple[Scan, object]]] = {}
    for scan, at in rows:
        by_pass.setdefault(scan.pid, []).append((scan, at))
        if scan.direction == "in" and RULES.is_outside_hours(places[scan.facility_id], at):
            marked.add((scan.scan_id, "outside_hours"))
    for own in by_pass.values():
        for (one, before), (other, after) in pairwise(sorted(own, key=lambda pair: pair[1])):
            way = RULES.least_way(places[one.facility_id], places[other.facility_id])
            if one.facility_id != other.facility_id and after - before < way:
                marked |= {(one.scan_id, "two_places"), (other.scan_id, "two_places")}
    found.update(reason for _scan_id, reason in marked)
    found["doubted"] = len({scan_id for scan_id, _reason in marked})
    return found


def ordinary(city: City, days: int, seed: int) -> None:
    """Print the shares of the demo city's days."""
    period = calendar.demo_days(days)
    entries = simulate_entries(city, population.floating_population(city, period, seed), period, seed)
    places = {one.facility_id: one for one in city.sites.facilities}
    ids = list(places)
    devices = {name: name for name, has in zip(ids, city.sites.has_device, strict=True) if has}
    rng = np.random.default_rng([seed, 99])
    wrong = {name: timedelta(seconds=float(rng.uniform(-OFF, OFF))) for name in ids}
    totals = {"exact clocks": Counter(), f"clocks off by up to {OFF:.0f} s": Counter()}
    for _day, rows in log_by_day(entries, draw_passes(entries, seed), ids, devices, seed):
        for (_name, total), off in zip(totals.items(), (dict.fromkeys(ids, timedelta()), wrong), strict=True):
            total.update(doubted(rows, places, off))
    for name, total in totals.items():
        share = 1_000 * total["doubted"] / total["readings"]
        told = ", ".join(f"{reason} {total[reason]}" for reason in REASONS if total[reason]) or "none"
        print(
            f"{name}: {total['doubted']} of {total['readings']:,} readings doubted, {share:.3f} in 1,000 ({told})"
        )


def pairs(city: City, seed: int) -> None:
    """Print how many ways by taxi, and how many shared passes, are doubted between sites drawn at random."""
    rng = np.random.default_rng([seed, 100])
    sites = city.sites.facilities
    drawn = [rng.choice(len(sites), 2, replace=False) for _ in range(PAIRS)]
    ways = np.array([RULES.least_way(sites[one], sites[other]).total_seconds() for one, other in drawn])
    far = np.array([metres(sites[one], sites[other]) for one, other in drawn])
    for off in (0.0, OFF):
        took = DOORS + DETOUR * far / TAXI + rng.uniform(-off, off, PAIRS) - rng.uniform(-off, off, PAIRS)
        share = 1_000 * np.mean(ways > took)
        print(f"straight on by taxi, clocks off by up to {off:.0f} s: {share:.2f} in 1,000 doubted")
    shares = [f"{minutes} min {100 * np.mean(ways > 60 * minutes):.1f} %" for minutes in APART]
    print(f"one pass at two sites is doubted: {', '.join(shares)}")


def cost(scans: int) -> None:
    """Print the processor time of a scan at another place than the one before, with the rules and with none."""
    spent: dict[str, list[float]] = {"with": [], "without": []}
    for turn in range(ROUNDS):
        for name in sorted(spent, reverse=bool(turn % 2)):
            with tempfile.TemporaryDirectory() as folder:
                spent[name].append(_seconds(Path(folder), scans, ruled=name == "with"))
    medians = {name: statistics.median(times) * 1e6 / scans for name, times in spent.items()}
    ratio = medians["with"] / medians["without"]
    print(
        f"a scan elsewhere: {medians['with']:.0f} µs of processor with the rules, {medians['without']:.0f} µs "
        f"with none, ratio {ratio:.3f} ({scans:,} scans, median of {ROUNDS} by turns)"
    )


def _seconds(folder: Path, scans: int, *, ruled: bool) -> float:
    settings = Settings(var=folder / "var")
    prepare_copy(settings)
    no_rules = mock.patch.multiple(doubting, too_near=lambda *_: [], note=lambda *_: None)
    with open_door(settings.var, settings.log_address, settings.vault_address, daily_cap=10**6) as door:
        phones = [door.phone() for _ in range(50)]
        with nullcontext() if ruled else no_rules:
            _walk(door, phones, 200, NOON - 3 * HOUR)
            begun = time.process_time()
            _walk(door, phones, scans, NOON)
            return time.process_time() - begun


def _walk(door: Door, phones: list, scans: int, start) -> None:
    """Let the phones go to and fro between two places, each with ten minutes for the way."""
    for number in range(scans):
        phone, turn = phones[number % len(phones)], number // len(phones)
        facts = {"place": OFFICE} if turn % 2 else {}
        door.scan(
            phone, start + turn * 10 * MINUTE + (number % len(phones)) * SECOND, "in", admit="happened", **facts
        )


def main() -> None:
    """Print the three parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scans", type=int, default=2_000)
    asked = parser.parse_args()
    city = make_city(asked.seed, asked.scale)
    ordinary(city, asked.days, asked.seed)
    pairs(city, asked.seed)
    cost(asked.scans)


if __name__ == "__main__":
    main()
