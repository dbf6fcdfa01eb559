"""Check-outs teach how long people stay; it is used everywhere, changes once a day and is kept for replays."""

import threading
from datetime import timedelta

import pytest

from entry_service.core.categories import assumed_dwell
from entry_service.core.dwell import ENOUGH, WEIGHT
from entry_service.store.log import learned_dwell
from entry_service.usecases.doors.learn_dwell import DailyLearning, learn_dwell, learn_if_due
from entry_service.usecases.doors.log_scan import inside_now
from tests.databases import databases, kind
from tests.usecases.extracting import extract, hours
from tests.usecases.small_log import BANK, KARAOKE, LIBRARY, at, small_log

__all__ = ["databases", "kind"]
NOW = at("14 22:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def log(tmp_path, databases, kind):
    log_url, vault_url = databases.pair(kind)
    with small_log(tmp_path / "var", NOW, log_url=log_url, vault_url=vault_url) as opened:
        yield opened


def stays(log, many, facility_id=LIBRARY, left="13 10:30", first=100, **facts):
    for who in range(first, first + many):
        log.stay(who, facility_id, "13 10:00", left, **facts)


def expected(median, many, category="library"):
    return (many * (median + 0.5) + WEIGHT * (assumed_dwell(category) / MINUTE)) / (many + WEIGHT)


def test_check_outs_teach_their_category_and_no_other(log):
    stays(log, 60)
    stays(log, ENOUGH - 1, KARAOKE, first=500)
    told = learn_dwell(log.services, NOW)
    assert set(told) == {"library"}
    assert (told["library"].stays, told["library"].minutes) == (60, pytest.approx(expected(30, 60)))
    assert log.services.dwell_of("library") == timedelta(minutes=told["library"].minutes)
    assert log.services.dwell_of("karaoke") == assumed_dwell("karaoke")


def test_how_long_all_believed_stays_were_is_kept_of_the_newest_learning(log):
    stays(log, 60)
    stays(log, 3, KARAOKE, first=500)
    stays(log, 2, left="13 17:00", first=700)  # seven hours: nobody believes that of a library
    learn_dwell(log.services, NOW)
    with log.services.store.read() as db:
        assert learned_dwell.lengths(db) == {"library": {30: 60}, "karaoke": {30: 3}}
    log.stay(900, KARAOKE, "13 12:00", "13 12:10")
    learn_dwell(log.services, NOW + timedelta(days=1))
    with log.services.store.read() as db:
        assert learned_dwell.lengths(db) == {"library": {30: 60}, "karaoke": {30: 3, 10: 1}}


def test_a_quiet_month_teaches_nothing_and_forgets_nothing(log):
    stays(log, 60)
    learn_dwell(log.services, NOW)
    learn_dwell(log.services, NOW + timedelta(days=90))
    with log.services.store.read() as db:
        assert learned_dwell.lengths(db) == {"library": {30: 60}}


def test_only_stays_whose_length_is_known_teach(log):
    stays(log, 60)
    for who in range(200, 260):
        log.scan(who, LIBRARY, "13 10:00", "in")  # never checked out
        log.scan(who + 100, LIBRARY, "13 10:00", "in")  # checked out elsewhere
        log.scan(who + 100, BANK, "13 10:05", "out")
        log.scan(who + 200, LIBRARY, "13 10:00", "in")  # seen elsewhere before the check-out
        log.scan(who + 200, BANK, "13 10:02", "in")
        log.scan(who + 200, LIBRARY, "13 10:05", "out")
        log.scan(
            who + 300, LIBRARY, "13 10:00", "in", zone="Z-1"
        )  # when the second zone began is not when they came
        log.scan(who + 300, LIBRARY, "13 10:20", "in", zone="Z-2")
        log.scan(who + 300, LIBRARY, "13 10:21", "out")
        log.stay(who + 400, LIBRARY, "13 10:00", "13 10:01", flags=("clock_skew",))
        log.stay(who + 500, LIBRARY, "13 10:00", "13 22:00")  # no stay in a library is so long
    assert learn_dwell(log.services, NOW)["library"].stays == 60


def test_stays_of_more_than_four_weeks_ago_teach_nothing(log):
    stays(log, 60)
    assert learn_dwell(log.services, at("13 10:00") + timedelta(days=28, minutes=1)) == {}


def test_who_is_inside_goes_by_what_was_learned_also_when_stays_become_longer(log):
    library = log.services.facility(LIBRARY)
    log.scan(1, LIBRARY, "14 20:15", "in")
    with log.services.store.read() as db:
        log.services.occupancy.rebuild(db, NOW)
    assert inside_now(log.services, library, NOW) == 0  # 90 minutes are assumed, 105 have gone
    stays(log, 400, left="13 12:30")
    learn_dwell(log.services, NOW)
    assert inside_now(log.services, library, NOW) == 1
    assert inside_now(log.services, library, at("14 23:00")) == 0


def test_the_extract_uses_it_and_a_replay_does_not_know_it_yet(log, tmp_path):
    log.scan(1, LIBRARY, "14 19:00", "in")
    stays(log, 400)
    learn_dwell(log.services, NOW)
    extract(log, tmp_path / "extract", as_of=at("14 21:00"), end=at("14 21:00"))
    read = hours(tmp_path / "extract")
    assert [float(read[LIBRARY, f"14 {hour}:00"]["person_minutes"]) for hour in (19, 20)] == [60, 30]
    extract(log, tmp_path / "extract")
    read = hours(tmp_path / "extract")
    learned = expected(30, 400)
    assert float(read[LIBRARY, "14 19:00"]["person_minutes"]) == pytest.approx(learned, abs=0.001)


def test_it_is_learned_once_a_day_whoever_asks(log):
    stays(log, 60)
    assert learn_if_due(log.services, NOW)
    first = log.services.dwell_of("library")
    stays(log, 60, left="13 10:50", first=900)
    log.services.learned_dwell.clear()
    assert not learn_if_due(log.services, NOW + timedelta(hours=1))
    assert log.services.dwell_of("library") == first  # as another process learned it
    assert learn_if_due(log.services, at("15 00:00"))
    assert log.services.dwell_of("library") > first
    with log.services.store.read() as db:
        assert learned_dwell.known_by(db, NOW)["library"] == first


def test_the_service_learns_beside_its_work_and_ends_when_it_ends(log):
    stays(log, 60)
    asked = threading.Event()

    def clock():
        asked.set()
        return NOW

    beside = DailyLearning(log.services, clock)
    assert asked.wait(10)
    beside.close()
    assert log.services.dwell_of("library") < assumed_dwell("library")
    assert not [one for one in threading.enumerate() if one.name == "learn-dwell"]


def test_a_new_start_goes_by_what_was_learned(log):
    stays(log, 60)
    learned = learn_dwell(log.services, NOW)["library"].minutes
    log.services.learned_dwell.clear()
    log.services.load_dwell(NOW)
    assert log.services.dwell_of("library") == timedelta(minutes=learned)
