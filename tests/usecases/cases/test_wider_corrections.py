"""Corrections that tell more count as publications do; none brings back what was withdrawn. On both databases."""

from dataclasses import replace
from threading import Event, Thread

import pytest

from entry_service.core.breaker import BreakerTripped
from entry_service.store.cases import notices
from entry_service.store.cases import published_places as places
from entry_service.store.database.locks import one_at_a_time
from entry_service.usecases.cases.dry_run import dry_run
from entry_service.usecases.cases.publish import SUBJECT, Correction, correct, publish, withdraw
from tests.databases import databases, kind  # noqa: F401 - fixtures
from tests.usecases.publication_log import HOUR, NOW, OFFICER, drafts, opened_log, with_limits
from tests.usecases.small_log import LIBRARY, at


@pytest.fixture
def log(tmp_path, databases, kind):  # noqa: F811
    yield from opened_log(tmp_path, databases, kind)


def move(log, number, start, end, now=NOW, **facts):
    wanted = {"remark": "", "contacts_known": False, "disinfected_at": None} | facts
    correction = Correction(start=at(start), end=at(end), **wanted)
    return correct(log.services, number, correction, confirmed=False, actor=OFFICER, now=now)


def crowd(log):
    """Let three people come in each hour from ten to sixteen, each for half an hour."""
    for hour in range(10, 16):
        for who in range(3):
            log.stay(10 * hour + who, LIBRARY, f"19 {hour}:00", f"19 {hour}:30")


def row_of(log, number):
    with log.services.store.read() as db:
        return places.get(db, number)


def test_a_row_that_is_moved_through_the_day_counts_whoever_it_told_before(log):
    crowd(log)
    with_limits(log, people=12, per_hour=99)
    [number] = drafts(log, (LIBRARY, "19 15:00", "19 15:30"))
    publish(log.services, [number], actor=OFFICER, now=NOW)
    move(log, number, "19 15:20", "19 15:30")  # narrower: nobody hears anything new
    move(log, number, "19 14:00", "19 14:30")
    move(log, number, "19 13:00", "19 13:30")
    move(log, number, "19 12:00", "19 12:30")
    with log.services.store.read() as db:
        told = [(one.start, one.end) for one in places.told_since(db, NOW)]
    assert told == [(at(f"19 {hour}:00"), at(f"19 {hour}:30")) for hour in (15, 14, 13, 12)]
    run = dry_run(log.services, [number], NOW)
    assert (run.whole.people, run.whole.places) == (12, 1)  # of 15, 14, 13 and 12 o'clock, by one row
    with pytest.raises(BreakerTripped) as held:
        move(log, number, "19 11:00", "19 11:30", NOW + HOUR)
    assert held.value.reasons == ("people",)
    assert row_of(log, number).start == at("19 12:00")


def test_a_row_of_yesterday_that_is_widened_today_is_in_todays_sum(log):
    crowd(log)
    with_limits(log, people=9)
    [number] = drafts(log, (LIBRARY, "19 15:00", "19 15:30"))
    publish(log.services, [number], actor=OFFICER, now=NOW)
    move(log, number, "19 14:00", "19 15:30", NOW + 25 * HOUR)
    [other] = drafts(log, (LIBRARY, "19 10:00", "19 10:30"), number="군포-2", now=NOW + 26 * HOUR)
    run = dry_run(log.services, [other], NOW + 26 * HOUR)
    assert (run.whole.people, run.whole.places, run.reasons) == (18, 2, ("people",))
    assert dry_run(log.services, [other], NOW + 50 * HOUR).whole.places == 1  # a day later it is over


def test_corrections_that_tell_more_count_in_the_hour_and_others_do_not(log):
    with_limits(log, per_hour=3)
    [number] = drafts(log, (LIBRARY, "19 15:00", "19 15:30"))
    publish(log.services, [number], actor=OFFICER, now=NOW)
    for minute in (1, 2, 3):
        move(log, number, "19 15:00", "19 15:30", NOW + minute * HOUR / 60, remark=f"{minute}층")
    move(log, number, "19 14:30", "19 15:30", NOW + HOUR / 10)
    move(log, number, "19 14:00", "19 15:30", NOW + HOUR / 9)
    with log.services.store.read() as db:
        assert notices.publications_since(db, NOW) == 3
    with pytest.raises(BreakerTripped) as held:
        move(log, number, "19 13:30", "19 15:30", NOW + HOUR / 8)
    assert held.value.reasons == ("rate",)


def test_what_an_older_version_published_counts_as_it_stands(log):
    crowd(log)
    [number] = drafts(log, (LIBRARY, "19 15:00", "19 15:30"))
    row = row_of(log, number)
    told = replace(row, state="published", published_at=NOW, changed_at=NOW)
    log.services.store.write(lambda db: places.change(db, told, "published"))
    with log.services.store.read() as db:
        [found] = places.told_since(db, NOW)
    assert (found.start, found.end) == (at("19 15:00"), at("19 15:30"))


def test_a_correction_that_is_on_its_way_does_not_bring_back_what_is_withdrawn_meanwhile(log):
    [number] = drafts(log, (LIBRARY, "19 15:00", "19 15:30"))
    publish(log.services, [number], actor=OFFICER, now=NOW)
    begun, may_end = Event(), Event()

    def slow_correction(db):
        one_at_a_time(db, SUBJECT)  # as correct() does: reads the row, then writes all of it
        known = places.get(db, number)
        begun.set()
        may_end.wait(10)
        places.change(db, known, "corrected")

    correcting = Thread(target=lambda: log.services.store.write(slow_correction))
    withdrawing = Thread(target=lambda: withdraw(log.services, number, actor=OFFICER, now=NOW))
    correcting.start()
    assert begun.wait(10)
    withdrawing.start()
    withdrawing.join(0.5)
    may_end.set()
    for one in (correcting, withdrawing):
        one.join(10)
        assert not one.is_alive()
    assert row_of(log, number).state == "withdrawn"
