"""A log that comes back does not know what was withdrawn or stopped since: nothing is told until one looked."""

import json
import shutil
from datetime import timedelta

import pytest

from entry_service.core.actors import Actor
from entry_service.core.errors import PlacesUnchecked
from entry_service.core.publication import Stay
from entry_service.store.cases import published_places as places
from entry_service.store.sites import accounts
from entry_service.upkeep import backups, restores
from entry_service.usecases.cases.notice_list import signed_list
from entry_service.usecases.cases.notice_stop import (
    changes_since_backup,
    resume_notices,
    standing_stop,
    stop_notices,
)
from entry_service.usecases.cases.publish import public_places, publish, withdraw
from entry_service.vault.asked import OwnRequest

from .site import FIRST, LIBRARY, ONE, Site, keep_escrow, noon, reading

OFFICER = Actor(account_id="A-officer", role="officer", origin="127.0.0.1")
APPROVER = Actor(account_id="A-approver", role="approver", origin="127.0.0.1")
WHY = "시각을 다시 확인했습니다"
HOUR = timedelta(hours=1)


@pytest.fixture
def site(databases, kind, tmp_path):
    made = Site(databases, kind, tmp_path, "var")
    made.begin()
    services = made.open(FIRST)
    stay = Stay(facility_id=LIBRARY.facility_id, start=noon(FIRST) - HOUR, end=noon(FIRST), by_date=False)

    def furnish(db):
        for role in ("officer", "approver"):
            facts = {
                "login": role,
                "role": role,
                "facility_id": None,
                "password_hash": "!",
                "created_at": noon(FIRST),
            }
            accounts.add(db, accounts.Account(account_id=f"A-{role}", **facts))
        return places.add(db, stay, by="A-officer", now=noon(FIRST))

    number = services.store.write(furnish)
    publish(services, [number], actor=OFFICER, now=noon(FIRST))
    services.close()
    keep_escrow(made, tmp_path / "escrow")
    return made


@pytest.fixture
def restore(site, databases, kind, tmp_path):
    """Return a function that loses the host and opens what a backup brings back."""

    def bring_back(saved):
        shutil.rmtree(site.settings.var)
        new = Site(databases, kind, tmp_path, "new")
        shutil.copytree(tmp_path / "escrow", new.settings.key_dir)
        restores.restore(new.settings, saved, reading(FIRST + ONE))
        return new.open(FIRST + ONE)

    return bring_back


def told(services, now):
    return json.loads(signed_list(services, now, now).body)


def test_a_place_that_was_withdrawn_since_is_told_to_nobody_until_an_approver_looked(site, restore, tmp_path):
    saved = backups.make(site.settings, tmp_path / "backups", noon(FIRST) + HOUR)
    services = site.open(FIRST)
    [row] = public_places(services, noon(FIRST) + 2 * HOUR)
    with services.store.read() as db:
        [place] = places.live(db, "published", noon(FIRST))
    withdraw(services, place.place_id, actor=OFFICER, now=noon(FIRST) + 2 * HOUR)
    services.close()
    services, later = restore(saved), noon(FIRST + ONE)
    assert (told(services, later)["places"], told(services, later)["stopped_at"] is None) == ([], False)
    with pytest.raises(PlacesUnchecked):
        public_places(services, later)
    stop = standing_stop(services)
    assert (stop.stopped_by, stop.backup_at) == (None, noon(FIRST) + HOUR)
    [own] = changes_since_backup(services, stop, later + HOUR)  # what was lost with the vault is lost here too
    assert (own.action, own.account_id, own.outcome) == ("notices_stopped", "service", "restored")
    withdraw(services, place.place_id, actor=OFFICER, now=later)
    resume_notices(services, WHY, actor=APPROVER, now=later)
    assert (told(services, later)["places"], public_places(services, later)) == ([], [])
    services.close()


def test_a_stop_that_comes_back_stays_the_one_of_whoever_made_it(site, restore, tmp_path):
    services = site.open(FIRST)
    stop_notices(services, WHY, actor=APPROVER, now=noon(FIRST))
    services.close()
    services = restore(backups.make(site.settings, tmp_path / "backups", noon(FIRST) + HOUR))
    with pytest.raises(OwnRequest):
        resume_notices(services, WHY, actor=APPROVER, now=noon(FIRST + ONE))
    with pytest.raises(PlacesUnchecked):
        public_places(services, noon(FIRST + ONE))
    services.close()
