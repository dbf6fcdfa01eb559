"""A drill of an outage: what waited, what came late, who did not come back; its rehearsal on a throwaway copy."""

from datetime import timedelta

import pytest

from entry_service.core.errors import BadInput
from entry_service.core.model import Device
from entry_service.core.outages import Tally
from entry_service.settings import Settings
from entry_service.store.log import drills
from entry_service.store.sites import devices
from entry_service.usecases.drills.drills import DrillNotReady
from entry_service.usecases.drills.outage_drill import announce, measure, windows_at, withdraw
from entry_service.usecases.drills.outage_rehearsal import rehearse, throwaway
from entry_service.usecases.drills.outage_tally import take_tally
from tests.databases import databases, kind
from tests.usecases.cases.test_disclose import OFFICER
from tests.usecases.drilling import NOW, begun, drawn, log
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY

__all__ = ["databases", "kind", "log"]
MINUTE = timedelta(minutes=1)
START, END = NOW - 60 * MINUTE, NOW


def announced(log, **facts):
    asked = {"sites": (), "start": START, "end": END, "actor": OFFICER, "now": START, "random": drawn()}
    return announce(log.services, **{**asked, **facts})


def test_it_says_what_each_device_did_about_the_window(log):
    drill = announced(log)
    with pytest.raises(DrillNotReady):
        measure(log.services, drill.drill_id, now=END - MINUTE)
    log.stay(11, LIBRARY, "20 14:10", device_id="D-1", received_at=END + 10 * MINUTE)
    log.stay(12, LIBRARY, "20 14:20", device_id="D-1", received_at=END + 25 * MINUTE)
    log.stay(13, LIBRARY, "20 14:30", device_id="D-1", source="slip", received_at=END + 90 * MINUTE)
    log.stay(14, LIBRARY, "20 14:40", device_id="D-2")
    done = measure(log.services, drill.drill_id, now=END + 120 * MINUTE)
    library, bank = done.result["sites"]
    by_name = {one["device_id"]: one for one in library["devices"]}
    first = by_name["D-1"]
    assert (first["queued"], first["live"], first["slips"]) == (2, 0, 1)
    assert (first["drained"], first["back"], first["lost"]) == (25.0, 10.0, None)
    assert (by_name["D-2"]["live"], by_name["D-2"]["back"]) == (1, None)
    assert (library["away"], library["score"]) == (1, 70)
    assert (bank["away"], bank["score"]) == (1, 0)


def test_who_stayed_online_took_no_part_and_has_no_score(log):
    """Paper that is typed hours later is no queue."""
    drill = announced(log)
    for who, device, place in ((11, "D-1", LIBRARY), (13, "D-3", BANK)):
        log.stay(who, place, "20 14:20", device_id=device)
        log.stay(who + 10, place, "20 15:10", device_id=device)
    log.stay(12, LIBRARY, "20 14:20", device_id="D-2", received_at=END + 5 * MINUTE)
    log.stay(14, BANK, "20 14:30", device_id="D-3", source="slip", received_at=END + 90 * MINUTE)
    library, bank = measure(log.services, drill.drill_id, now=END + 120 * MINUTE).result["sites"]
    assert {one["device_id"]: one["stayed"] for one in library["devices"]} == {"D-1": True, "D-2": False}
    assert (library["score"], bank["score"], bank["away"]) == (100, None, 0)
    assert (bank["devices"][0]["queued"], bank["devices"][0]["slips"]) == (0, 1)


def test_a_window_that_cannot_be_is_refused(log):
    with pytest.raises(BadInput):
        announced(log, end=START)
    log.services.store.write(lambda db: devices.revoke(db, "D-3", START))
    for site, words in (("NOWHERE", "등록되지 않은"), (KARAOKE, "민감 시설"), (BANK, "기기가 없어")):
        with pytest.raises(BadInput) as refused:
            announced(log, sites=[site])
        assert (refused.value.facts["field"], words in str(refused.value.sentence)) == ("named", True)
    assert announced(log).plan["sites"] == [LIBRARY]


def test_sites_are_told_until_it_is_over_or_withdrawn_and_a_window_that_is_over_stays(log):
    drill = announced(log, sites=[BANK])
    services = log.services
    assert windows_at(services, BANK, END - MINUTE) == [(START, END)]
    assert windows_at(services, LIBRARY, START) == windows_at(services, BANK, END) == []
    withdraw(services, drill.drill_id, actor=OFFICER, now=END - MINUTE)
    assert windows_at(services, BANK, START) == []
    for late in (withdraw, measure):
        with pytest.raises(DrillNotReady):
            late(services, drill.drill_id, now=END, **({"actor": OFFICER} if late is withdraw else {}))
    with pytest.raises(DrillNotReady):
        withdraw(services, announced(log).drill_id, actor=OFFICER, now=END)
    [told] = services.vault.audit.entries(START - MINUTE, END, action="drill_ended")
    assert (told.account_id, told.outcome) == (OFFICER.account_id, "withdrawn")


def test_the_rehearsal_loses_nothing_over_a_restart_and_names_who_is_away(tmp_path):
    with throwaway() as home:
        settings = Settings(var=tmp_path / home.rpartition("/")[2] / "var", demo=True)
        done, counted = rehearse(settings, sites=4, readings=30, minutes=20, now=NOW)
    assert counted == {"made": 90, "logged": 90, "lost": 0}
    assert [site["away"] for site in done.result["sites"]] == [0, 0, 0, 1]
    assert [site["score"] for site in done.result["sites"]] == [100, 100, 100, 0]


def counted(since=START, until=END + MINUTE, oldest=None, **minutes):
    """Return what a device says: ``m20=3`` for three readings in the twentieth minute of the window."""
    first = int(START.timestamp()) // 60
    made = {first + int(name[1:]): many for name, many in minutes.items()}
    return Tally(since=since, until=until, oldest=oldest, minutes=made)


def device_of(log, drill, name, *tallies, now=END + 30 * MINUTE):
    """Return what the drill says of a device that told these tallies."""
    device = Device(device_id=name, facility_id=LIBRARY, name="정문")
    for tally in tallies:
        take_tally(log.services, device, tally, now=now)
    library = measure(log.services, drill.drill_id, now=END + 120 * MINUTE).result["sites"][0]
    return next(one for one in library["devices"] if one["device_id"] == name), library


def test_what_a_device_counted_and_the_log_has_not_is_lost(log):
    drill = announced(log)
    log.stay(11, LIBRARY, "20 14:10", device_id="D-1", received_at=END + 10 * MINUTE)
    log.stay(12, LIBRARY, "20 14:20", device_id="D-1", source="slip", received_at=END + 10 * MINUTE)
    first, library = device_of(log, drill, "D-1", counted(m10=1, m59=2, m60=7))
    assert (first["made"], first["lost"]) == (3, 2)
    assert {one["device_id"]: one["lost"] for one in library["devices"]} == {"D-1": 2, "D-2": None}
    assert library["score"] == 23  # a third of 70: the other device never came back
    again, _ = device_of(log, drill, "D-1", counted(m10=1))  # it says so anew: the newest counts
    assert (again["made"], again["lost"]) == (1, 0)
    log.stay(13, LIBRARY, "20 14:30", device_id="D-1", flags=("full", "override"))  # asked of the service alone
    again, _ = device_of(log, drill, "D-1", counted(m10=1, m30=1))
    assert (again["made"], again["lost"]) == (2, 1)


@pytest.mark.parametrize(
    "tally",
    [
        counted(since=START + MINUTE, m10=1),
        counted(until=END - MINUTE, m10=1),
        counted(oldest=END - MINUTE, m10=1),
        None,
    ],
    ids=["began later", "not over yet", "keeps some", "an older release"],
)
def test_it_is_not_known_what_a_device_lost_that_cannot_say_so(log, tally):
    one, _ = device_of(log, announced(log), "D-1", *([tally] if tally else []))
    assert (one["made"], one["lost"]) == (None, None)


def test_it_is_not_known_of_a_clock_that_was_wrong_or_beside_another_drill_or_after_two_days(log):
    drill = announced(log)
    device_of(log, drill, "D-1", counted(oldest=END, m10=1))
    log.stay(11, LIBRARY, "20 14:10", device_id="D-1", flags=("clock_skew", "clamped"))
    assert device_of(log, drill, "D-1")[0]["lost"] is None
    assert device_of(log, drill, "D-2", counted(m10=1), now=END + timedelta(days=3))[0]["made"] is None
    assert device_of(log, drill, "D-2", counted(m10=1))[0]["lost"] == 1
    other = begun(log).drill_id
    log.services.store.write(lambda db: drills.change(db, other, started_at=START))
    assert device_of(log, drill, "D-2")[0]["lost"] is None


def test_a_window_that_is_not_of_whole_minutes_or_was_withdrawn_keeps_no_count(log):
    odd = announced(log, start=START + timedelta(seconds=5))
    gone = announced(log)
    withdraw(log.services, gone.drill_id, actor=OFFICER, now=END - MINUTE)
    device = Device(device_id="D-1", facility_id=LIBRARY, name="정문")
    take_tally(log.services, device, counted(m10=1), now=END + MINUTE)
    with log.services.store.read() as db:
        assert [drills.made_by_device(db, one.drill_id) for one in (odd, gone)] == [{}, {}]
