"""How long and how much memory the posters of a whole city take: 1,700 A4 pages as one PDF and as a ZIP.

    python -m benchmarks.batch_posters [--posters N]

Prints processor seconds, seconds a poster beside those of one poster printed alone, the growth of resident memory
from the first hundred posters to the last, and the sizes of both files.
"""

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

from entry_service.posters.batch import ARCHIVE, BOOK, Job, print_batch
from entry_service.posters.files import poster_pdf
from entry_service.posters.sheet import PosterFacts

ALONE = 5


def facts(number: int) -> PosterFacts:
    """Return the poster of a made-up site."""
    return PosterFacts(
        authority="군포시",
        facility_name=f"모의 시설 {number:04}호",
        address=f"경기도 군포시 산본로 {number}",
        url=f"HTTPS://ENTRY.EXAMPLE.GO.KR/E/{number:018}",
        epoch=1,
        issued=date(2020, 8, 25),
        contact="031-390-0114",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--posters", type=int, default=1_700)
    many = [(f"PV-{number:04}", facts(number)) for number in range(parser.parse_args().posters)]
    begun = time.process_time()
    for _name, one in many[:ALONE]:
        poster_pdf([one], "ko", "모의")
    alone = (time.process_time() - begun) / ALONE
    peaks: list[int] = []

    def told(done: int) -> None:
        if done == 100 or done == len(many):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.process_time()
        print_batch(folder, Job(language="ko", title="모의", posters=tuple(many)), told)
        seconds = time.process_time() - begun
        sizes = {part: (folder / part).stat().st_size / 1e6 for part in (BOOK, ARCHIVE)}
    print(f"{len(many)} posters: {seconds:.0f} s of processor time, {1_000 * seconds / len(many):.0f} ms each")
    print(f"one printed alone: {1_000 * alone:.0f} ms, {alone * len(many) / seconds:.1f} times as long")
    print(f"peak memory {peaks[-1] / 1_024:.0f} MiB, {(peaks[-1] - peaks[0]) / 1_024:.0f} MiB more than after 100")
    print(", ".join(f"{part} {size:.0f} MB" for part, size in sizes.items()))


if __name__ == "__main__":
    main()
