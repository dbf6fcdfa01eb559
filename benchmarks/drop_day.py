"""What dropping a day of the log costs on PostgreSQL ÷ deleting its rows, by one statement and by chunks.

Three days of as many scans each: one goes as a partition, one by a single DELETE and the VACUUM that it needs, of
one so many chunks as fit into the seconds given, from which the whole day is reckoned. Wall and, which travels
better, the processor time of the server. ``python benchmarks/drop_day.py [--scans 1000000] [--seconds 20]``
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from entry_service.store.log import purged

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from entry_service.core.retention import day_end
from entry_service.core.times import day_start, kst_day
from entry_service.store.database.engine import Store, open_store
from entry_service.store.database.migrate import migrate
from entry_service.store.log import partitions
from entry_service.store.retention import retention
from entry_service.store.schema.tables import to_micros
from entry_service.usecases.retention.purge_day import CHUNK
from tests.databases import private_server

NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
DAYS = tuple(kst_day(NOON) + timedelta(days=number) for number in range(3))
FILL = text(
    "INSERT INTO scans (scan_id, facility_id, gate, device_id, pid, direction, source, confidence, party_size, "
    "scanned_at, received_at, outcome, flags) SELECT gen_random_uuid()::text, "
    "'F-' || n % 1700, '', 'D-' || n % 1700, "
    "decode(lpad(to_hex(n), 16, '0'), 'hex'), CASE n % 2 WHEN 0 THEN 'in' ELSE 'out' END, 'staff_scan', 'high', "
    "1, at, at, 'accepted', '' FROM (SELECT n, CAST(:start AS bigint) + n * CAST(:step AS bigint) AS at "
    "FROM generate_series(0, :many - 1) AS n) AS made"
)


def main() -> None:
    """Print one line a way."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--scans", type=int, default=1_000_000)
    ask.add_argument("--seconds", type=float, default=20, help="how long chunks are deleted before it is reckoned")
    given = ask.parse_args()
    with private_server() as url:
        migrate(url)
        store = open_store(url, writer=True)
        for day in DAYS:
            store.write(lambda db, day=day: fill(db, day, given.scans))
        store.sweep(["scans"])
        store.write(lambda db: db.exec_driver_sql("CHECKPOINT"))
        store.write(lambda db: purged.move_mark(db, day_end(DAYS[0])))
        dropped = measured(lambda: partitions.drop_days(store, day_end(DAYS[0])))
        store.write(lambda db: purged.move_mark(db, day_end(DAYS[-1])))
        deleted = measured(lambda: delete_at_once(store, given.scans))
        part, chunks = 0, (0.0, 0.0)
        while chunks[0] < given.seconds:
            wall, cpu = measured(
                lambda: store.write(lambda db: retention.delete_scans(db, day_end(DAYS[-1]), CHUNK))
            )
            part, chunks = part + CHUNK, (chunks[0] + wall, chunks[1] + cpu)
        store.close()
    reckoned = tuple(figure * given.scans / part for figure in chunks)
    print(f"{given.scans:,} scans a day         wall s   ÷ drop     server CPU s   ÷ drop")
    ways = {"partition dropped": dropped, "DELETE and VACUUM": deleted, f"chunks of {CHUNK}, reckoned": reckoned}
    for name, (wall, cpu) in ways.items():
        print(f"{name:26}{wall:10.3f}{wall / dropped[0]:9,.0f}{cpu:17.3f}{cpu / max(dropped[1], 0.01):9,.0f}")


def fill(db: object, day: object, many: int) -> None:
    """Fill a day with scans at even distances."""
    partitions.make(db, [day])
    step = 86_400_000_000 // many
    values = {"start": to_micros(day_start(day)), "step": step, "many": many}
    partitions.write_in_bulk(db, lambda: db.execute(FILL, values))


def delete_at_once(store: Store, many: int) -> None:
    """Delete the second day as one statement, and vacuum what it leaves."""
    end = to_micros(day_end(DAYS[1]))
    gone = store.write(lambda db: db.exec_driver_sql(f"DELETE FROM scans WHERE scanned_at < {end}").rowcount)
    assert gone == many, gone
    store.sweep(["scans"])


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds on the wall, and of processor time of every PostgreSQL process that this program started."""
    begun, used = time.perf_counter(), server_seconds()
    work()
    return time.perf_counter() - begun, server_seconds() - used


def server_seconds() -> float:
    """Return the processor time of our server and its children."""
    stats = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        stats[int(stat.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    ours = {pid for pid, (parent, _) in stats.items() if parent == os.getpid()}
    family = ours | {pid for pid, (parent, _) in stats.items() if parent in ours}
    return sum(stats[pid][1] for pid in family) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
