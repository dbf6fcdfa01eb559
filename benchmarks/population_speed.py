"""A day of Seoul's census-block file into the tidy table, beside DuckDB's bare read; 28 days in bounded memory.

Run as ``PYTHONPATH=. python benchmarks/population_speed.py [DAYS]``. The files are made in the city's real layout:
459,648 rows of 33 quoted columns, a UTF-8 byte-order mark in front of a CP949 body, ``*`` for three people or
fewer. DuckDB reads the same rows in UTF-8 (it does not read CP949) and loads all columns as text into a table.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

BLOCKS, HOURS, SEED, FIRST, REPEATS = 19_152, 24, 1, date(2020, 3, 2), 5
AGES = (*("0세부터9세", "10세부터14세"), *(f"{age}세부터{age + 4}세" for age in range(15, 70, 5)), "70세이상")
HEADER = (
    *("기준일ID", "시간대구분", "행정동코드", "집계구코드", "총생활인구수"),
    *(f"{sex}{age}생활인구수" for sex in ("남자", "여자") for age in AGES),
)
BOM = b"\xef\xbb\xbf"
STAMP = b'"YYYYMMDD"'
TIDY = """
import sys, time
from pathlib import Path
from analytics.population import read_population
files = sorted(Path(sys.argv[1]).glob("*.csv"))
for turn in range(2 if len(files) == 1 else 1):  # the first loads the compiled functions, too
    started = time.perf_counter()
    population = read_population(files)
    print(time.perf_counter() - started, len(population.table))
print(next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")) / 1024)
"""


def rows_of_a_day(seed: int) -> bytes:
    """Return the rows of a day, STAMP where the day belongs: about 126 MB."""
    draws = np.random.default_rng(seed)
    dong = 11_110_515 + np.arange(BLOCKS) // 45 * 15
    codes = [b'"%d","%d%06d"' % (dong[at], 1_101_053, at) for at in range(BLOCKS)]
    known = [b'"%.4f"' % value for value in draws.gamma(2.0, 6.0, 50_000) + 3.0001]
    bands = np.array([*known, *[b'"*"'] * 26_000], object)
    totals = np.array([b'"%.4f"' % value for value in draws.gamma(4.0, 90.0, 50_000)] + [b'"*"'] * 1_000, object)
    lines = []
    for hour in range(HOURS):
        total = totals[draws.integers(0, len(totals), BLOCKS)]
        cells = bands[draws.integers(0, len(bands), (BLOCKS, 28))]
        start = STAMP + b',"%02d",' % hour
        lines += [start + codes[at] + b"," + total[at] + b"," + b",".join(cells[at]) for at in range(BLOCKS)]
    return b"\r\n".join(lines) + b"\r\n"


def write_days(folder: Path, days: int, rows: bytes) -> None:
    """Write LOCAL_PEOPLE_YYYYMMDD.csv for each day, encoded as the city does."""
    header = BOM + ",".join(f'"{name}"' for name in HEADER).encode("cp949") + b"\r\n"
    for day in (FIRST + timedelta(days=n) for n in range(days)):
        stamp = f'"{day:%Y%m%d}"'.encode()
        (folder / f"LOCAL_PEOPLE_{day:%Y%m%d}.csv").write_bytes(header + rows.replace(STAMP, stamp))


def bare_read(path: Path) -> float:
    """Return the seconds that DuckDB takes to load the file into a table."""
    import duckdb

    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        started = time.perf_counter()
        database.execute(f"CREATE TABLE day AS FROM read_csv('{path}', all_varchar = true)")
        seconds = time.perf_counter() - started
        assert database.execute("SELECT count(*) FROM day").fetchone() == (BLOCKS * HOURS,)
    return seconds


def transcoded_read(path: Path, made: Path) -> float:
    """Return the seconds of the other way: transcode piece by piece, let DuckDB read and make the columns."""
    import codecs

    import duckdb

    started = time.perf_counter()
    decoder = codecs.getincrementaldecoder("cp949")()
    with open(path, "rb") as source, open(made, "wb") as target:
        source.read(len(BOM))
        while piece := source.read(1 << 24):
            target.write(decoder.decode(piece).encode())
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(
            "SELECT 집계구코드, strptime(\"기준일ID\" || 시간대구분, '%Y%m%d%H'), "
            f"TRY_CAST(총생활인구수 AS DOUBLE) FROM read_csv('{made}', all_varchar = true) ORDER BY 1, 2"
        ).fetchnumpy()
    return time.perf_counter() - started


def tidy_read(folder: Path) -> tuple[list[float], int, float]:
    """Return seconds of each reading, rows of the table and peak mebibytes of a process that reads the folder."""
    done = subprocess.run(
        [sys.executable, "-c", TIDY, str(folder)], capture_output=True, text=True, check=True, timeout=1200
    )
    *readings, peak = done.stdout.splitlines()
    seconds = [float(line.split()[0]) for line in readings]
    return seconds, int(readings[0].split()[1]), float(peak)


def main() -> None:
    """Print the figures."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 28
    with tempfile.TemporaryDirectory() as name:
        one, many, plain = Path(name, "one"), Path(name, "many"), Path(name, "utf8.csv")
        one.mkdir()
        many.mkdir()
        rows = rows_of_a_day(SEED)
        write_days(one, 1, rows)
        (path,) = one.iterdir()
        plain.write_bytes(path.read_bytes()[len(BOM) :].decode("cp949").encode())
        print(f"a day: {path.stat().st_size / 1e6:.0f} MB, {BLOCKS * HOURS:,} rows, {len(HEADER)} columns")
        tidy, cold, bare, other = [], [], [], []
        for _ in range(REPEATS):
            bare.append(bare_read(plain))
            first, warm = tidy_read(one)[0]
            tidy.append(warm)
            cold.append(first)
            other.append(transcoded_read(path, Path(name, "transcoded.csv")))
        bare_s, other_s = statistics.median(bare), statistics.median(other)
        for said, times in (("tidy table", tidy), ("the first in a process", cold)):
            ratio = statistics.median(t / b for t, b in zip(times, bare, strict=True))
            print(
                f"{said}: {statistics.median(times):.2f} s, DuckDB's bare read {bare_s:.2f} s: ratio {ratio:.2f}"
            )
        print(f"transcoding and DuckDB instead: {other_s:.2f} s, ratio {other_s / bare_s:.2f}")
        write_days(many, days, rows)
        del rows
        seconds, size, peak = tidy_read(many)
        print(f"{days} days: {size:,} rows in {seconds[0]:.1f} s, peak {peak:.0f} MiB (under 1,024)")


if __name__ == "__main__":
    main()
