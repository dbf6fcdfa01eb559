"""How large the list of notices is, and what phones that ask for it every hour fetch in a day.

    python -m benchmarks.notice_traffic [--places 200] [--phones 10000] [--hours 16] [--changes 3]

A service with so many published places is asked through Flask's own client, packed (gzip); the page
of each phone stays open for so many hours. A day is walked through hour by hour with the service's own steps and
with so many changes; the heads of HTTP are counted, those of TLS are not. Beside it the same day if every question
brought the whole list.
"""

import argparse
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from flask.testing import FlaskClient

from entry_service import create_app
from entry_service.core.model import Facility
from entry_service.core.publication import Stay
from entry_service.services import Services, open_services, prepare
from entry_service.settings import Settings
from entry_service.store.cases import published_places as places
from entry_service.store.sites import facilities

NOW = datetime(2020, 8, 25, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def main() -> None:
    """Publish, ask, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--places", type=int, default=200)
    options.add_argument("--phones", type=int, default=10_000)
    options.add_argument("--hours", type=int, default=16)
    options.add_argument("--changes", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder) / "var", demo=True)
        prepare(settings)
        services = open_services(settings, NOW)
        rows = publish(services, given.places)
        now = [NOW]
        client = create_app(settings, services, clock=lambda: now[0]).test_client()
        plain, _ = ask(client, packed=False)
        packed, _ = ask(client)
        etag = ""  # yesterday's
        fetched = answers = 0
        for hour in range(given.hours):
            now[0] = NOW + (hour + 0.5) * HOUR
            if hour in {(n + 1) * given.hours // (given.changes + 1) for n in range(given.changes)}:
                changed = replace(rows[0], changed_at=now[0], remark=f"{hour}")
                services.store.write(lambda db, row=changed: places.change(db, row, "corrected"))
            size, new = ask(client, etag=etag)
            answers += new != etag
            fetched, etag = fetched + size, new
        services.close()
    every = given.hours * packed
    print(f"list of {given.places} places: {plain / 1_000:.1f} kB, packed {packed / 1_000:.1f} kB (with heads)")
    print(f"a phone, {given.hours} questions a day: {answers} lists, {given.hours - answers} times 304")
    print(
        f"{given.phones:,} phones: {given.phones * fetched / 1e9:.2f} GB a day, {fetched / every:.2f} of all lists"
    )
    print(f"questions a second in these hours: {given.phones / 3_600:.1f}")


def publish(services: Services, number: int) -> list[places.Place]:
    """Register facilities with names of chance, publish a stay of chance at each, and return the rows."""
    chance = Random(7)
    minutes = [chance.randrange(1_440, 13 * 1_440) for _ in range(number)]
    stays = [(NOW - timedelta(minutes=m), NOW - timedelta(minutes=m - chance.randrange(10, 240))) for m in minutes]
    at = {"address": "경기도 군포시", "lon": 126.9, "lat": 37.3, "coord_quality": "simulated"}
    sites = [
        Facility(facility_id=f"PV-{n:04}", name=_name(chance), category="library", **at) for n in range(number)
    ]
    services.store.write(lambda db: facilities.add_many(db, sites))

    def keep(db: object) -> list[places.Place]:
        told = [
            Stay(facility_id=one.facility_id, start=start, end=end, by_date=False)
            for one, (start, end) in zip(sites, stays, strict=True)
        ]
        ids = [places.add(db, stay, by="A", now=NOW) for stay in told]
        rows = [replace(row, state="published", published_at=NOW) for row in places.some(db, ids)]
        for row in rows:
            places.change(db, row, "published", tells_more=True)
        return rows

    return services.store.write(keep)


def _name(chance: Random) -> str:
    return "".join(chr(0xAC00 + chance.randrange(11_172)) for _ in range(chance.randrange(4, 14)))


def ask(client: FlaskClient, *, etag: str = "", packed: bool = True) -> tuple[int, str]:
    """Return the bytes of an answer with its head, and its ETag."""
    headers = {"Accept-Encoding": "gzip"} if packed else {}
    answer = client.get("/api/v1/notices", headers=headers | ({"If-None-Match": etag} if etag else {}))
    assert answer.status_code in {200, 304}
    head = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())
    return head + len(answer.get_data()), answer.headers["ETag"].removeprefix("W/")


if __name__ == "__main__":
    main()
