"""A small log in which drills are held, and every figure that a drill must not change."""

import itertools
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from entry_service.core.drills import FLAG
from entry_service.core.model import Device
from entry_service.core.posters import poster_id
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.core.times import day_start
from entry_service.store.cases import cases
from entry_service.store.cases.day_report import case_counts, door_counts, visit_counts
from entry_service.store.log import occupancy, scans
from entry_service.store.schema import tables
from entry_service.store.sites import adoption, devices, posters
from entry_service.usecases.drills.drills import play_doors, prepare_drill, register_drill
from tests.databases import databases, kind
from tests.usecases.cases.test_disclose import OFFICER
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, PLACES, at, small_log

__all__ = ["databases", "kind"]
NOW = at("20 15:00")
NUMBERS = itertools.count(1)


def drawn():
    """Return random bytes that differ with each call and are the same in each run."""
    return lambda size: next(NUMBERS).to_bytes(8, "big")[-size:].rjust(size, b"\x05")


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:
        with_devices(opened, NOW - timedelta(hours=1))
        hang_posters(opened)
        opened.stay(1, LIBRARY, "20 14:20", "20 14:50")
        opened.stay(2, LIBRARY, "20 14:30", "20 14:55")
        for who in (1, 2):
            opened.contact(who, "20", f"+82100000000{who}")
        yield opened


def hang_posters(log) -> None:
    """Hang a poster with an address of its own at every place."""

    def hang(db) -> None:
        for number, one in enumerate(PLACES):
            hung = {"facility_id": one.facility_id, "epoch": 2, "valid_from": at("10 00:00"), "retired_at": None}
            posters.add(db, posters.Poster(poster_id=poster_id(bytes([number] * 10), 2), **hung))

    log.services.store.write(hang)


def with_devices(log, at=None) -> None:
    """Give the library two devices and the bank one; the karaoke, which is sensitive, has one too."""

    def enrol(db) -> None:
        for name, place in (("D-1", LIBRARY), ("D-2", LIBRARY), ("D-3", BANK), ("D-4", KARAOKE)):
            device = Device(device_id=name, facility_id=place, name="정문")
            devices.add(db, device, name.encode() * 8, at or NOW)

    log.services.store.write(enrol)


def begun(log, contacts: int = 9, **facts):
    return prepare_drill(log.services, sites=2, contacts=contacts, actor=OFFICER, now=NOW, random=drawn(), **facts)


def played(log, **facts):
    drill = begun(log, **facts)
    play_doors(log.services, drill.drill_id, now=NOW, random=drawn())
    return register_drill(log.services, drill.drill_id, actor=OFFICER, now=NOW + timedelta(seconds=1))


def real_figures(log) -> dict[str, object]:
    """Return what a drill must not change: every count of the log."""
    start, end = day_start(date(2020, 8, 20)), day_start(date(2020, 8, 21))
    with log.services.store.read() as db:
        return {
            "doors": door_counts(db, start, end),
            "cases": case_counts(db, start, end),
            "visits": visit_counts(db, start, end),
            "register": cases.all_cases(db),
            "known": cases.visits_known_by(db, end),
            "newest": cases.newest_visit(db),
            "between": scans.scans_between(db, None, start, end, refused=True, uncounted=True),
            "hours": scans.logged_by_hour(db, start, end, end),
            "stream": list(scans.stream(db, start, end, end)),
            "inside": [occupancy.occupancy(db, one.facility_id, start) for one in PLACES],
            "memory": [log.services.occupancy.count(one.facility_id, start) for one in PLACES],
            "newest entry": adoption.last_entry(db, None, before=end),
            "public": log.services.vault.audit.monthly(),
        }


def rows_marked(log) -> int:
    with log.services.store.read() as db:
        return db.execute(select(func.count()).where(tables.scans.c.flags.like(f"%{FLAG}%"))).scalar_one()


def second_factors(vault, actors, now):
    """Give each a second factor that is two days old; return a function of actor and moment that gives a code."""
    then, secrets = now - timedelta(days=2), {}
    for actor in actors:
        secrets[actor.account_id] = read_secret(vault.factors.begin(actor.account_id, "x", then).secret)
        vault.factors.confirm(actor, code_of(secrets[actor.account_id], step_of(then)), then)
    return lambda actor, at: code_of(secrets[actor.account_id], step_of(at))
