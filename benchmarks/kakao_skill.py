"""How long the KakaoTalk skills take: 1,700 facilities, three weeks of log, every skill asked again and again.

usage: python -m benchmarks.kakao_skill [--rounds 200] [--facilities 1700] [--people 400] [--full] [--log-url URL]

Kakao waits five seconds; two are planned. Each skill is asked through Flask's own client, so that the network is
not in the figure. Printed per skill: median, 95th percentile and longest in milliseconds, and the 95th percentile
as a part of the two seconds.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from entry_service import create_app
from entry_service.core.model import Facility, Scan
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.sites import facilities
from entry_service.web.kakao.skill import HEADER, SKILLS

NOW = datetime(2020, 8, 25, 9, 0, tzinfo=UTC)
BUDGET = 2_000  # milliseconds
SECRET = "kakao-skill-secret-of-a-benchmark-0123456789"
SENTENCES = {
    "crowding": ("시설 0100 지금 붐벼?", "ㅅㅅ 붐벼", "시설 붐비나요", "없는곳 붐벼?"),
    "quiet": ("시설 0100 근처 한산한 곳",),
}


def main() -> None:
    """Fill a log, ask, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--facilities", type=int, default=1_700)
    options.add_argument("--people", type=int, default=400, help="entries of each of ten busy facilities a day")
    options.add_argument(
        "--full", action="store_true", help="every facility is full: the longest search for quiet ones"
    )
    options.add_argument("--log-url", default="", help="an empty PostgreSQL database in place of SQLite")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "secrets"
        path.write_text(SECRET)
        path.chmod(0o600)
        settings = Settings(var=Path(folder) / "var", demo=True, kakao_secrets=str(path), kakao_per_minute=10**9)
        if given.log_url:
            settings = replace(settings, log_url=given.log_url)
        prepare(settings)
        services = open_services(settings, NOW)
        fill(services, given.facilities, given.people, full=given.full)
        client = create_app(settings, services, clock=lambda: NOW).test_client()
        print(f"{'skill':10} {'sentence':28} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8} {'p95/2 s':>8}")
        for skill in SKILLS:
            for sentence in SENTENCES.get(skill, ("도움말",)):
                taken = sorted(ask(client, skill, sentence, given.rounds))
                p95 = quantiles(taken, n=20)[-1]
                figures = (median(taken), p95, taken[-1])
                shown = " ".join(f"{one:8.1f}" for one in figures)
                print(f"{skill:10} {sentence:28} {shown} {p95 / BUDGET:8.3f}")
        services.close()


def fill(services: Services, number: int, people: int, *, full: bool = False) -> None:
    """Register facilities; let ten of them be busy today and on the same weekday of three weeks."""
    known = [
        Facility(
            facility_id=f"F-{n:04}",
            name=f"시설 {n:04}",
            category="library",
            address="경기도 군포시",
            lon=126.9 + (n % 50) / 1_000,
            lat=37.3 + (n // 50) / 1_000,
            coord_quality="simulated",
            capacity=10 if full else 50 + n % 100,
        )
        for n in range(number)
    ]
    services.store.write(lambda db: facilities.add_many(db, known))
    services.store.write(lambda db: scans.append_many(db, entries(people)))
    if full:
        services.store.write(lambda db: scans.append_many(db, crowd(number)))
    with services.store.read() as db:
        services.occupancy.rebuild(db, NOW)


def entries(people: int) -> Iterator[Scan]:
    """Yield the entries, spread over the ten hours before NOW."""
    for week in range(4):
        for site in range(95, 105):
            for one in range(people):
                at = NOW - timedelta(days=7 * week, seconds=one * 36_000 // people)
                number = (week * 1_000 + site) * 100_000 + one
                yield Scan(
                    scan_id=f"scan-{number}",
                    facility_id=f"F-{site:04}",
                    pid=number.to_bytes(8, "big"),
                    direction="in",
                    source="staff_scan",
                    confidence="high",
                    scanned_at=at,
                    received_at=at,
                )


def crowd(number: int) -> Iterator[Scan]:
    """Yield ten people in each of the facilities, now."""
    for site in range(number):
        for one in range(10):
            numbered = 10**9 + site * 100 + one
            yield Scan(
                scan_id=f"scan-{numbered}",
                facility_id=f"F-{site:04}",
                pid=numbered.to_bytes(8, "big"),
                direction="in",
                source="staff_scan",
                confidence="high",
                scanned_at=NOW,
                received_at=NOW,
            )


def ask(client: object, skill: str, sentence: str, rounds: int) -> list[float]:
    """Return the milliseconds of each question."""
    body = json.dumps({"userRequest": {"utterance": sentence, "user": {"id": "benchmark"}}})
    taken = []
    for _ in range(rounds):
        begun = perf_counter()
        answer = client.post(  # type: ignore[attr-defined]
            f"/kakao/{skill}", data=body, content_type="application/json", headers={HEADER: SECRET}
        )
        taken.append(1_000 * (perf_counter() - begun))
        assert answer.status_code == 200
    return taken


if __name__ == "__main__":
    main()
