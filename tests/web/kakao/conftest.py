"""A service with the skill server on, a small city, people who enter, and somebody who asks."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from entry_service.core.model import Scan
from entry_service.store.log import scans
from entry_service.store.sites import facilities
from entry_service.web.kakao.skill import HEADER

from ..conftest import facility
from .recorded import RECORDED, SCHEMA, SECRET


@pytest.fixture
def secrets(tmp_path) -> Path:
    path = tmp_path / "kakao-secrets"
    path.write_text(f"# of the console\n{SECRET}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def settings(settings, secrets):
    return replace(settings, kakao_secrets=str(secrets), kakao_per_minute=30, public_per_minute=50)


@pytest.fixture
def ask(app):
    """Return a function that asks a skill, with a sentence in place of the recorded one, and gives the answer."""

    def send(skill: str, utterance: str | None = None, **changed) -> dict:
        asked = json.loads(json.dumps(RECORDED[skill]))
        if utterance is not None:
            asked["userRequest"]["utterance"] = utterance
            asked["action"] |= {"params": {}, "detailParams": {}}
        asked["userRequest"] |= changed.pop("userRequest", {})
        asked["action"] |= changed
        answer = app.test_client().post(f"/kakao/{skill}", json=asked, headers={HEADER: SECRET})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        SCHEMA.validate(answer.json)
        return answer.json

    return send


@pytest.fixture
def city(services, clock):
    """Three more places: one busy, one without room, one known by the middle of its dong."""

    def furnish(db) -> None:
        near = {"lon": 126.9360, "lat": 37.3612}
        facilities.add(db, facility("GP-003", "당동도서관", capacity=20, lon=126.9500, lat=37.3500))
        facilities.add(db, facility("GP-004", "작은책방", capacity=6, category="other", **near))
        facilities.add(db, facility("GP-005", "수리산역", category="station", coord_quality="dong_point", **near))
        facilities.add(db, facility("GP-006", "중앙체육관", capacity=100, call_number="0800000114", **near))

    services.store.write(furnish)
    return services


@pytest.fixture
def enter(services, clock):
    """Return a function that lets so many into a facility now, or at another time."""
    numbers = iter(range(10_000))

    def come(facility_id: str, people: int, at=None) -> None:
        at = at or clock()
        many = [
            Scan(
                scan_id=f"scan-{number:05}",
                facility_id=facility_id,
                pid=number.to_bytes(8, "big"),
                direction="in",
                source="staff_scan",
                confidence="high",
                scanned_at=at,
                received_at=at,
            )
            for number in (next(numbers) for _ in range(people))
        ]
        services.store.write(lambda db: scans.append_many(db, many))
        with services.store.read() as db:
            services.occupancy.rebuild(db, clock())

    return come
