"""Can whoever copies the entry log link a person's days? Every column against time and place alone.

A town of regulars comes and goes for four weeks: real passes from the service's own issue, real scans through the
real check-in, on a real database. The attacker has every table of the entry log, but not the vault. For each pass
of a day the attacker picks the pass of the next day that fits best, by likelihood ratios learned in the first two
weeks. Prints how many picks are right with time and place alone, with how many came in together as well (anyone
at the door sees that too), with every column; the advantages in points with their standard errors. A control
gives the attacker a column that does link days, and must win.
"""

import argparse
import random
import secrets
import sqlite3
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from rich.progress import track

from entry_service.core.model import Device, Facility
from entry_service.core.passes import PassHeader, SignedPass, chain, code_text
from entry_service.core.times import KST, day_number, kst_day
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.sites import facilities
from entry_service.usecases.doors.check_in import check_in_pass
from entry_service.usecases.doors.issue_pass import PassDay, Person, issue_passes

FIRST = datetime(2020, 8, 3, tzinfo=KST)
PLACES, SLOT = 40, 120
TIME_AND_PLACE = ("place", "first", "last", "count")
VERIFIED = 0.85  # share of people whose number was verified once


class Regular:
    """Somebody with habits: a usual place, a usual hour, now and then another place."""

    def __init__(self, number: int, dice: random.Random) -> None:
        """Draw the habits; numbers begin with 010-0, a block that is never assigned."""
        self.person = Person(name="시험방문자", phone=f"010-0{number // 10_000:03d}-{number % 10_000:04d}")
        self.home, self.hour = dice.randrange(PLACES), dice.uniform(9, 19)
        self.comes, self.strays = dice.uniform(0.4, 0.95), dice.uniform(0.05, 0.5)
        self.company = dice.betavariate(1, 4)  # how often this one brings others
        self.number = number

    def visits(self, dice: random.Random) -> list[tuple[int, float, float]]:
        """Return (place, hour of entry, hour of leaving) of one day."""
        if dice.random() > self.comes:
            return []
        hour = min(max(self.hour + dice.gauss(0, 0.7), 8.2), 20)
        stays = [(self.home if dice.random() > self.strays else dice.randrange(PLACES), hour, hour + 0.7)]
        if dice.random() < 0.3:
            stays.append((dice.randrange(PLACES), hour + 1.2, hour + 1.6))
        return stays


def live(services, people: list[Regular], days: int, dice: random.Random) -> dict[bytes, tuple[int, int]]:
    """Let the town come and go; return pid → (person, day), which no attacker has."""
    truth = {}
    certificates = {who.number: certify(services, who) for who in people if dice.random() < VERIFIED}
    for number in track(range(days), "days"):
        midnight = FIRST + timedelta(days=number)
        for who in people:
            stays = who.visits(dice)
            if not stays:
                continue
            morning = midnight + timedelta(hours=7, seconds=dice.randrange(3_000))
            elements = chain(secrets.token_bytes(16), 86_400 // SLOT)
            wanted = PassDay(
                day=kst_day(morning),
                root=elements[0],
                first_slot=0,
                slot_count=len(elements) - 1,
                slot_seconds=SLOT,
            )
            person = replace(who.person, certificate=certificates.get(who.number))
            [issued] = issue_passes(services, person, [wanted], morning, secrets.token_bytes)
            header = PassHeader(
                issued.kid,
                day_number(issued.day),
                issued.pid,
                0,
                len(elements) - 1,
                SLOT,
                verified=issued.verified,
            )
            signed = SignedPass(header, elements[0], issued.sig)
            truth[issued.pid] = who.number, number
            for place, enters, leaves in stays:
                party = dice.randrange(2, 5) if dice.random() < who.company else 1
                for hour, direction in ((enters, "in"), (leaves, "out"))[: 1 + (dice.random() < 0.4)]:
                    at = midnight + timedelta(hours=hour)
                    i = (at - header.slot_start(1)) // timedelta(seconds=SLOT) + 1
                    check_in_pass(
                        services,
                        Device(device_id=f"D-{place}", facility_id=f"GP-{place:03d}", name="정문"),
                        scan_id=secrets.token_urlsafe(16),
                        text=code_text(signed, i, elements[i]),
                        direction=direction,
                        scanned_at=at,
                        gate="정문",
                        now=at + timedelta(seconds=dice.random()),
                        party_size=party,
                    )
    return truth


def certify(services, who: Regular) -> str:
    """Verify the number once, as the phone does, and return the certificate."""
    verification, phone = services.vault.verification, "+82" + who.person.phone.replace("-", "")[1:]
    at = FIRST + timedelta(hours=who.number // 1_000)
    challenge = verification.begin(phone, at)
    code = verification.messages()[0].text[-6:]
    return verification.confirm(challenge.challenge_id, phone, code, at)[0]


def dump(path: Path) -> list[dict]:
    """Return every row of the log's scans with every column, as a thief of the file has them."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute("SELECT * FROM scans ORDER BY seq")]
        codes = {row["pid"]: row["handle"] for row in db.execute("SELECT pid, handle FROM short_codes")}
    for row in rows:
        row["handle"] = codes.get(row["pid"], "")
    return rows


def features(rows: list[dict]) -> dict[bytes, dict]:
    """Return pid → what the log says of it: by time and place, and by everything else."""
    by_pass = defaultdict(list)
    for row in rows:
        by_pass[row["pid"]].append(row)
    found = {}
    for pid, own in by_pass.items():
        seconds = [(row["scanned_at"] // 1_000_000 + 9 * 3_600) % 86_400 for row in own]
        first = own[0]
        found[pid] = {
            "place": first["facility_id"],
            "first": min(seconds),
            "last": max(seconds),
            "count": len(own),
            "day": (first["scanned_at"] // 1_000_000 + 9 * 3_600) // 86_400,
            "flags": first["flags"],
            "confidence": first["confidence"],
            "source": first["source"],
            "party": first["party_size"],
            "children": first["children"],
            "gate": first["gate"],
            "device": first["device_id"],
            "zone": first["zone"],
            "outcome": first["outcome"],
            "pid": np.unpackbits(np.frombuffer(pid, dtype=np.uint8)),
            "scan_id": first["scan_id"][:1],
            "handle": first["handle"][:1],
            "order": first["seq"] % 8,
            "delay": (first["received_at"] - first["scanned_at"]) // 250_000,
        }
    return found


def bins(name: str, today: dict, tomorrow: list[dict]) -> np.ndarray:
    """Return the bin of every pair: near or far in time, bits apart, equal or not, and if rare."""
    if name in {"first", "last"}:
        apart = np.abs(np.array([other[name] for other in tomorrow]) - today[name])
        return np.digitize(apart, [600, 1_800, 3_600, 7_200, 14_400])
    if name == "pid":
        bits = np.array([other["pid"] for other in tomorrow])
        return np.digitize((bits != today["pid"]).sum(axis=1), [24, 28, 32, 36, 40])
    rare = {"flags": today["flags"] != "", "party": today["party"] != 1}.get(name, False)
    return np.array([other[name] == today[name] for other in tomorrow]) * (1 + rare)


def learn(pairs, names: list[str]) -> dict[str, np.ndarray]:
    """Return the log likelihood ratio of each bin: of the same person's days against two people's days."""
    ratios = {}
    for name in names:
        same, other = np.ones(8), np.ones(8)
        for today, tomorrow, right in pairs:
            found = bins(name, today, tomorrow)
            same[found[right]] += 1
            other += np.bincount(found, minlength=8)
            other[found[right]] -= 1
        ratios[name] = np.log(same / same.sum()) - np.log(other / other.sum())
    return ratios


def hits(pairs, ratios: dict[str, np.ndarray]) -> np.ndarray:
    """Return for each pair how likely the pick is right; of equally good ones each is picked as often."""
    right_picks = []
    for today, tomorrow, right in pairs:
        score = sum(ratio[bins(name, today, tomorrow)] for name, ratio in ratios.items())
        best = np.flatnonzero(score >= score.max() - 1e-9)
        right_picks.append((right in best) / len(best))
    return np.array(right_picks)


def attack(found: dict[bytes, dict], truth: dict[bytes, tuple[int, int]], days: int) -> dict[str, np.ndarray]:
    """Return the right picks of each attacker, pair by pair, in the second half of the days."""
    by_day = defaultdict(list)
    for pid in found:
        by_day[truth[pid][1]].append(pid)
    halves = [], []
    for number in range(days - 1):
        tomorrow = by_day[number + 1]
        where = {truth[pid][0]: at for at, pid in enumerate(tomorrow)}
        others = [found[pid] for pid in tomorrow]
        for pid in by_day[number]:
            if truth[pid][0] in where:
                halves[number >= days // 2].append((found[pid], others, where[truth[pid][0]]))
    every = [name for name in next(iter(found.values())) if name not in {"day", "linked"}]
    shares = {}
    for attacker, names in {
        "time and place": list(TIME_AND_PLACE),
        "time, place and company": [*TIME_AND_PLACE, "party", "children"],
        "every column": every,
        "control: a column that links": [*every, "linked"],
    }.items():
        shares[attacker] = hits(halves[1], learn(halves[0], names))
    return shares


def main() -> None:
    """Live four weeks, copy the log, attack it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    dice = random.Random(wish.seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            var=Path(folder), sms="simulator", demo=True, secret="only for a benchmark, no service"
        )
        prepare(settings)
        services = open_services(settings, FIRST)
        here = {"lon": 126.9312, "lat": 37.3581, "coord_quality": "simulated", "address": "경기도 군포시 산본로 1"}
        sites = [
            Facility(facility_id=f"GP-{place:03d}", name=f"시설 {place}", category="library", **here)
            for place in range(PLACES)
        ]
        services.store.write(lambda db: facilities.add_many(db, sites))
        truth = live(services, [Regular(number, dice) for number in range(wish.people)], wish.days, dice)
        services.close()
        found = features(dump(Path(folder) / "log.sqlite"))
    for pid, one in found.items():
        one["linked"] = truth[pid][0] % 64  # as if a hash of the person stood in a column
    shares = attack(found, truth, wish.days)
    print(f"{wish.people} people, {wish.days} days, {len(shares['every column'])} pairs of days attacked")
    for attacker, picks in shares.items():
        print(f"{attacker:32s} {picks.mean():7.2%} right")
    for baseline in ("time and place", "time, place and company"):
        won = (shares["every column"] - shares[baseline]) * 100
        error = won.std() / len(won) ** 0.5
        print(f"advantage of every column over {baseline}: {won.mean():+.2f} ± {error:.2f} points")


if __name__ == "__main__":
    main()
