"""Does tracing a case take longer in a log ten times as long? Same places visited, ten times as much around them.

The case visits five facilities of 1,700, on five days of 28. Those five are as busy in the long log as in the
short one (``--busy`` visits a day each), so that the answer is the same; every other facility has what is left of
the rows. A plan that reads days instead of indexes would take ten times as long. Three of five check-outs are
scanned, and one visitor in three is read at another facility as well. Prints the median, the worst and the ratio,
and the plans of the two questions that are asked of the log.
"""

import argparse
import json
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from rich.progress import track
from sqlalchemy import Connection, text

from entry_service.core.model import Contact, Facility
from entry_service.core.times import day_start, kst_day
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.database.engine import open_store
from entry_service.store.log import learned_dwell, partitions
from entry_service.store.log.scans import FIELDS
from entry_service.store.schema.tables import to_micros
from entry_service.store.sites import facilities
from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.cases.trace import Trace, trace
from tests.databases import private_server

FACILITIES, DAYS, VISITED = 1_700, 28, 5
FIRST = date(2020, 8, 1)
NOW = datetime(2020, 8, 28, 14, 0, tzinfo=UTC)
CASE = b"the-case"
MICROS_A_MINUTE = 60_000_000
PLACES = [f"F-{number:04}" for number in range(FACILITIES)]
CHUNK = 100_000
INDEXES = {
    "ix_scans_facility_id_scanned_at": "facility_id, scanned_at",
    "ix_scans_pid_scanned_at": "pid, scanned_at",
    "ix_scans_scanned_at": "scanned_at",
}

Row = tuple[object, ...]


@dataclass(frozen=True)
class Timing:
    """Milliseconds of tracing the case in one log, and what came of it."""

    rows: int
    median_ms: float
    worst_ms: float
    processor_ms: float  # median of our own processor time, for machines that have other work
    index_visits: int
    exposed: int
    people: int


def rows_of(many: int, busy: int, seed: int) -> Iterator[Row]:
    """Yield about ``many`` rows of the log, day by day, visits at the five places first."""
    drawn = random.Random(seed)
    number = 0
    elsewhere = many / DAYS - VISITED * busy * (1.6 + 1 / 3)
    around = elsewhere / 1.6 / (FACILITIES - VISITED)  # visits a day at each other place
    for day in range(DAYS):
        opens = to_micros(day_start(FIRST + timedelta(days=day))) + 8 * 60 * MICROS_A_MINUTE
        for place, facility_id in enumerate(PLACES):
            here = busy if place < VISITED else int(around + drawn.random())
            for _visit in range(here):
                pid = drawn.randbytes(8)
                at = opens + drawn.randrange(13 * 60 * MICROS_A_MINUTE)
                stay = drawn.randint(5, 150) * MICROS_A_MINUTE
                yield scan(number, facility_id, pid, "in", at)
                number += 1
                if drawn.random() < 0.6:
                    yield scan(number, facility_id, pid, "out", at + stay)
                    number += 1
                if place < VISITED and drawn.random() < 1 / 3:
                    yield scan(number, drawn.choice(PLACES[VISITED:]), pid, "in", at + stay + 9 * MICROS_A_MINUTE)
                    number += 1
    for place in range(VISITED):  # the case: an hour at each of the five, the last not checked out of
        at = to_micros(day_start(FIRST + timedelta(days=22 + place))) + 14 * 60 * MICROS_A_MINUTE
        yield scan(number, PLACES[place], CASE, "in", at)
        if place < VISITED - 1:
            yield scan(number + 1, PLACES[place], CASE, "out", at + 60 * MICROS_A_MINUTE)
        number += 2


def scan(number: int, facility_id: str, pid: bytes, direction: str, at: int) -> Row:
    """Return one row in the order of ``FIELDS``; identifiers ascend, so that the log grows at its end."""
    reading = pid, direction, "staff_scan", "high", 1, at, at, "accepted", "", "", 0
    return f"scan-{number:09}", facility_id, "", None, *reading


def fill_sqlite(path: str, rows: Iterator[Row]) -> int:
    """Insert without indexes, make them afterwards as the migrations do, and return how many rows there are."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    for name in INDEXES:
        database.execute(f"DROP INDEX {name}")
    marks = ", ".join("?" * len(FIELDS))
    while chunk := list(islice(rows, CHUNK)):
        database.execute("BEGIN")
        database.executemany(f"INSERT INTO scans ({', '.join(FIELDS)}) VALUES ({marks})", chunk)
        database.execute("COMMIT")
    for name, columns in INDEXES.items():
        database.execute(f"CREATE INDEX {name} ON scans ({columns})")
    count = database.execute("SELECT count(*) FROM scans").fetchone()[0]
    database.close()
    return count


def fill_postgresql(url: str, rows: Iterator[Row]) -> int:
    """Copy the rows in, indexes afterwards, and let the planner learn what is there."""
    store = open_store(url, writer=True)

    def fill(db: Connection) -> int:
        def copy_in() -> None:
            with db.connection.cursor().copy(f"COPY scans ({', '.join(FIELDS)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

        partitions.make(db, [FIRST + timedelta(days=day) for day in range(DAYS + 1)])
        for name in INDEXES:
            db.exec_driver_sql(f"DROP INDEX {name}")
        partitions.write_in_bulk(db, copy_in)
        for name, columns in INDEXES.items():
            db.exec_driver_sql(f"CREATE INDEX {name} ON scans ({columns})")
        return db.exec_driver_sql("SELECT count(*) FROM scans").scalar_one()

    count = store.write(fill)
    store.learn("scans")
    store.close()
    return count


def contacts(services: Services) -> None:
    """Keep a contact for everybody who was at one of the five places on a day of the case."""
    by_day: dict[date, list[tuple[bytes, bytes, Contact]]] = {}
    with services.store.read() as db:
        query = text("SELECT DISTINCT pid, scanned_at FROM scans WHERE facility_id = :place AND direction = 'in'")
        for place in PLACES[:VISITED]:
            for pid, at in db.execute(query, {"place": place}):
                day = kst_day(datetime.fromtimestamp(at / 1_000_000, UTC))
                if day >= FIRST + timedelta(days=21):
                    many = by_day.setdefault(day, [])
                    phone = f"+8210{len(many) * 97 % 100_000_000:08}"
                    many.append((bytes(pid), b"sealed elsewhere", Contact(name="방문자", phone=phone)))
    for day, many in by_day.items():
        services.vault.deposit_many(day, list({pid: (pid, sealed, who) for pid, sealed, who in many}.values()))


def furnish(services: Services) -> None:
    """Register the facilities and what check-outs taught."""
    categories = ("library", "restaurant", "public_office", "store")
    at = {"lon": 126.93, "lat": 37.36, "coord_quality": "simulated", "address": "경기도 군포시 (모의 주소)"}
    known = [
        Facility(facility_id=one, name=f"시설 {one}", category=categories[number % 4], **at)
        for number, one in enumerate(PLACES)
    ]
    lengths = {category: dict.fromkeys(range(5, 150), 5) for category in categories}

    def write(db: object) -> None:
        facilities.add_many(db, known)
        learned_dwell.keep_lengths(db, lengths, enough=lengths)

    services.store.write(write)


def register(services: Services) -> str:
    """Register the case by its pass and return its id."""
    onset = FIRST + timedelta(days=24)
    facts = {"number": "1", "onset": onset, "specimen_date": None, "places": [], "passes": [CASE], "now": NOW}
    return register_case(services, **facts).case.case_id


def timed(services: Services, case_id: str) -> tuple[float, float, Trace]:
    """Return milliseconds by the clock and of our own processor time, and the trace."""
    wall, own = time.perf_counter(), time.process_time()
    found = trace(services, case_id, now=NOW)
    return (time.perf_counter() - wall) * 1_000, (time.process_time() - own) * 1_000, found


def measure(many: list[tuple[Services, int]], repeats: int) -> list[Timing]:
    """Trace the case in one log and the other by turns, so that whatever else the machine does befalls both."""
    cases = [(services, register(services)) for services, _rows in many]
    taken: list[list[tuple[float, float, Trace]]] = [[] for _ in many]
    for number in range(repeats + 1):
        for place, (services, case_id) in enumerate(cases):
            one = timed(services, case_id)
            if number:  # the first opens what is opened at the first question
                taken[place].append(one)
    timings = []
    for (_services, rows), ones in zip(many, taken, strict=True):
        walls, owns = [wall for wall, _own, _found in ones], [own for _wall, own, _found in ones]
        found = ones[-1][2]
        timings.append(
            Timing(
                rows=rows,
                median_ms=round(median(walls), 1),
                worst_ms=round(max(walls), 1),
                processor_ms=round(median(owns), 1),
                index_visits=len(found.places),
                exposed=sum(len(place.exposed) for place in found.places),
                people=found.people,
            )
        )
    return timings


def plans(services: Services) -> list[str]:
    """Return the plans of the two questions, a line each step."""
    begin = to_micros(day_start(FIRST + timedelta(days=24)))
    asked = (
        "SELECT * FROM scans WHERE facility_id = 'F-0002' AND scanned_at >= :begin AND scanned_at < :end",
        "SELECT * FROM scans WHERE pid IN (:one, :two) AND scanned_at >= :begin AND scanned_at < :end",
    )
    explain = "EXPLAIN QUERY PLAN " if services.store.embedded else "EXPLAIN "
    values = {"begin": begin, "end": begin + 2 * 86_400_000_000, "one": CASE, "two": CASE[::-1]}
    with services.store.read() as db:
        return [str(row[-1]).strip() for query in asked for row in db.execute(text(explain + query), values)]


@contextmanager
def opened(folder: Path, server: str) -> Iterator[Services]:
    """Give the service on SQLite in the folder, or with its log on the server."""
    settings = Settings(var=folder, demo=True, log_url=server)
    prepare(settings)
    services = open_services(settings, NOW)
    try:
        yield services
    finally:
        services.close()


@contextmanager
def filled(many: int, given: argparse.Namespace) -> Iterator[tuple[Services, int]]:
    """Give a service whose log has about so many rows, and how many; thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="exposure-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(private_server()) if given.postgresql else ""
        with opened(folder, server) as services:
            furnish(services)
        rows = rows_of(many, given.busy, given.seed)
        count = fill_postgresql(server, rows) if server else fill_sqlite(str(folder / "log.sqlite"), rows)
        services = stack.enter_context(opened(folder, server))
        contacts(services)
        yield services, count


def main() -> None:
    """Measure both logs and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs=2, default=[1_000_000, 10_000_000], metavar=("SHORT", "LONG"))
    parser.add_argument("--busy", type=int, default=800, help="visits a day at each of the five places")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--postgresql", action="store_true", help="on a private PostgreSQL (tests/databases.py)")
    given = parser.parse_args()
    with ExitStack() as stack:
        logs = [stack.enter_context(filled(many, given)) for many in track(given.rows, "logs")]
        timings = measure(logs, given.repeats)
        for (services, _rows), timing in zip(logs, timings, strict=True):
            print(json.dumps(asdict(timing)), *plans(services), sep="\n")
    short, long = timings
    ratios = {"ratio": long.median_ms / short.median_ms, "processor": long.processor_ms / short.processor_ms}
    print(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}))


if __name__ == "__main__":
    main()
