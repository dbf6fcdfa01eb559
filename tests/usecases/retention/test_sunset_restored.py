"""A backup of the vault from before the decision is put back: what is due or dead goes on, nothing else early."""

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service.core.times import kst_day
from entry_service.services import open_services
from entry_service.store.retention import sunset
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.retention import sunset as ending
from entry_service.usecases.retention.sunset_holds import missing_decree
from entry_service.usecases.retention.sunset_watch import watched_end
from entry_service.vault import Vault
from tests import second_factor

from ..small_log import LIBRARY, small_log
from .test_sunset import ADMIN, DAY, MINUTE, NOW, OTHER, believe, purged, scan

VAULT, LOG = "vault.sqlite", "log.sqlite"


@pytest.fixture
def furnished(tmp_path):
    """Give the settings of a log with three days, and a copy of its vault from before any decision."""
    with small_log(tmp_path / "var", NOW) as opened:
        for who, day in ((1, "18"), (2, "19"), (3, "20")):
            opened.stay(who, LIBRARY, f"{day} 10:00", f"{day} 11:00")
            opened.contact(who, day, f"+82100000000{who}")
        for actor in (ADMIN, OTHER):
            second_factor.enrol(opened.services.vault, actor.account_id, NOW)
        believe(opened, NOW)
        kept = opened
    for name in (VAULT, LOG):
        shutil.copy(kept.services.settings.var / name, tmp_path / name)
    return kept, tmp_path


@contextmanager
def again(log):
    services = open_services(log.services.settings, NOW)
    try:
        yield replace(log, services=services)
    finally:
        services.close()


def decided(log, what, now):
    vault = log.services.vault
    wish = ending.ask(
        log.services, what, actor=ADMIN, code=second_factor.fresh_code(vault, ADMIN.account_id, now), now=now
    )
    given = {"actor": OTHER, "code": second_factor.fresh_code(vault, OTHER.account_id, now), "now": now}
    return ending.confirm(log.services, wish.request_hash, **given)


def put_back(log, copies, *names):
    for name in names:
        for left in log.services.settings.var.glob(f"{name}*"):
            if not left.name.endswith(".lock"):
                left.unlink()
        shutil.copy(copies / name, log.services.settings.var / name)


def resumed(log, now) -> Vault:
    log.services.vault.audit.resume(now)
    return log.services.vault


@pytest.mark.parametrize("names", [(VAULT,), (VAULT, LOG)])
def test_after_keys_went_early_what_came_back_goes_and_the_disagreement_is_told(furnished, names):
    log, copy = furnished
    with again(log) as opened:
        decided(opened, "end", NOW)
        decided(opened, "destroy_now", NOW + MINUTE)
        purged(opened, NOW + 3 * MINUTE)
    put_back(log, copy, *names)
    later = NOW + DAY
    with again(log) as opened:
        vault = resumed(opened, later)
        assert len(vault.dead_days()) == 3
        believe(opened, later)
        done = purged(opened, later)
        assert (done.missing, vault.dead_days(), vault.days()) == ("end", [], [])
        found = ending.status(opened.services, later)
        assert (found.missing, found.ending.early) == ("end", True)
        with pytest.raises(CollectionEnded):
            scan(opened, later, later)
        decided(opened, "end", later)
        assert purged(opened, later + MINUTE).missing == "destroy_now"
        decided(opened, "destroy_now", later + 2 * MINUTE)
        assert purged(opened, later + 3 * MINUTE).missing == ""
        assert ending.prove(opened.services, now=later + 4 * MINUTE)


def test_a_decree_that_is_forgotten_before_it_was_carried_out_stops_nothing_that_is_due(furnished):
    log, copy = furnished
    with again(log) as opened:
        decided(opened, "end", NOW)
        decided(opened, "destroy_now", NOW + MINUTE)
    put_back(log, copy, VAULT)
    with again(log) as opened:
        vault = resumed(opened, NOW + 5 * MINUTE)
        assert purged(opened, NOW + 5 * MINUTE).missing == "end"
        with opened.services.store.read() as db:
            assert watched_end(opened.services, sunset.find(db), NOW + 5 * MINUTE).missing
        assert len(vault.days()) == 3  # nothing early without a decree
        on = NOW + 27 * DAY
        believe(opened, on)
        assert kst_day(NOW) - DAY in purged(opened, on).days
        assert vault.days() == [kst_day(NOW)]


def test_after_a_proof_it_stays_and_what_came_back_goes(furnished):
    log, copy = furnished
    with again(log) as opened:
        decided(opened, "end", NOW)
        decided(opened, "destroy_now", NOW + MINUTE)
        purged(opened, NOW + 3 * MINUTE)
        proof = ending.prove(opened.services, now=NOW + 4 * MINUTE)
    put_back(log, copy, VAULT)
    later = NOW + 2 * DAY
    with again(log) as opened:
        vault = resumed(opened, later)
        believe(opened, later)
        assert purged(opened, later).missing == "end"
        assert vault.dead_days() == []
        assert ending.prove(opened.services, now=later) == proof
        decided(opened, "end", later)
        decided(opened, "destroy_now", later + MINUTE)
        assert missing_decree(opened.services, ending.align(opened.services)) == ""
        assert ending.prove(opened.services, now=later + timedelta(hours=1)) == proof
        assert watched_end(opened.services, ending.align(opened.services), later).last_goes_in is None
