"""What the breaker counted is what is published: together with the day's others, and whoever presses meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from entry_service.core.breaker import BreakerTripped
from entry_service.core.drills import FLAG
from entry_service.core.errors import NotFound
from entry_service.core.publication import PlaceChanged
from entry_service.store.cases import published_places as places
from entry_service.usecases.cases.dry_run import dry_run
from entry_service.usecases.cases.publish import Correction, correct, publish, withdraw
from entry_service.usecases.cases.told_places import told_places
from tests.databases import databases, kind  # noqa: F401 - fixtures
from tests.usecases.publication_log import (
    HOUR,
    NOW,
    OFFICER,
    audited,
    drafts,
    listed,
    opened_log,
    with_limits,
)
from tests.usecases.small_log import BANK, LIBRARY, SmallLog


@pytest.fixture
def log(tmp_path, databases, kind):  # noqa: F811
    yield from opened_log(tmp_path, databases, kind)


def small_publications(log: SmallLog, count: int) -> list[list[int]]:
    """Make drafts, one publication each, of other places or days, with three people in each."""
    made = []
    for number in range(count):
        where, day = ((LIBRARY, 19), (BANK, 19), (LIBRARY, 18))[number]
        for who in range(3):
            log.stay(10 * number + who, where, f"{day} 10:00", f"{day} 10:30")
        drafted = drafts(log, (where, f"{day} 10:05", f"{day} 10:25"), number=f"군포-{number}")
        made.append([one for one in drafted if not any(one in ids for ids in made)])
    return made


def test_many_small_publications_are_judged_as_the_large_one_they_are(log):
    first, second, third = small_publications(log, 3)
    with_limits(log, people=6)
    evening = NOW + timedelta(hours=8)
    publish(log.services, first, actor=OFFICER, now=NOW)
    withdraw(log.services, first[0], actor=OFFICER, now=NOW + HOUR)  # it was told nevertheless
    publish(log.services, second, actor=OFFICER, now=NOW + 2 * HOUR)
    run = dry_run(log.services, third, evening)
    assert (run.reach.places, run.whole.places) == (1, 3)
    assert (run.reach.people, run.whole.people) == (3, 9)
    with pytest.raises(BreakerTripped) as held:
        publish(log.services, third, actor=OFFICER, now=evening)
    assert held.value.reasons == ("people",)
    with_limits(log, places=2)
    with pytest.raises(BreakerTripped) as held:
        publish(log.services, third, actor=OFFICER, now=evening)
    assert held.value.reasons == ("places",)
    assert publish(log.services, third, actor=OFFICER, now=NOW + timedelta(hours=27)) == 1  # the next day


def meanwhile(log: SmallLog, monkeypatch, happens) -> None:
    """Let something happen once after the dry run has counted, and before anything is written."""
    append = log.services.vault.audit.append

    def first(*given, **facts):
        monkeypatch.undo()
        happens()
        return append(*given, **facts)

    monkeypatch.setattr(log.services.vault.audit, "append", first)


@pytest.mark.parametrize("what", ["changed", "another published"])
def test_what_was_counted_is_what_is_published(log, monkeypatch, what):
    one, other = small_publications(log, 2)
    with log.services.store.read() as db:
        row = places.get(db, one[0])
    longer = Correction(start=row.start, end=row.end + HOUR, remark="", contacts_known=False, disinfected_at=None)
    happens = {
        "changed": lambda: correct(log.services, one[0], longer, confirmed=False, actor=OFFICER, now=NOW),
        "another published": lambda: publish(log.services, other, actor=OFFICER, now=NOW + HOUR / 60),
    }[what]
    meanwhile(log, monkeypatch, happens)
    with pytest.raises(PlaceChanged):
        publish(log.services, one, actor=OFFICER, now=NOW)
    shown = what == "another published"
    assert len(listed(log, NOW + HOUR)["places"]) == shown
    assert [day.published for day in told_places(log.services, NOW + HOUR)] == ([1] if shown else [])
    assert publish(log.services, one, actor=OFFICER, now=NOW + HOUR) == 1


@pytest.mark.parametrize("what", ["correct", "withdraw"])
def test_a_draft_that_is_published_meanwhile_is_neither_corrected_nor_thrown_away(log, monkeypatch, what):
    [[number]] = small_publications(log, 1)
    with log.services.store.read() as db:
        row = places.get(db, number)
    longer = Correction(start=row.start, end=row.end + HOUR, remark="", contacts_known=False, disinfected_at=None)
    write = log.services.store.write

    def late(fn):
        monkeypatch.undo()
        publish(log.services, [number], actor=OFFICER, now=NOW)
        return write(fn)

    monkeypatch.setattr(type(log.services.store), "write", lambda _self, fn: late(fn))
    change = {
        "correct": lambda: correct(log.services, number, longer, confirmed=False, actor=OFFICER, now=NOW),
        "withdraw": lambda: withdraw(log.services, number, actor=OFFICER, now=NOW),
    }[what]
    with pytest.raises(PlaceChanged):
        change()
    assert listed(log)["places"][0]["end"] == f"{row.end:%Y-%m-%dT%H:%M:%S}Z"
    assert audited(log, "place_published") == 1


@pytest.mark.parametrize("what", ["correct", "withdraw"])
def test_what_was_not_changed_is_not_told_as_changed(log, monkeypatch, what):
    [[number]] = small_publications(log, 1)
    publish(log.services, [number], actor=OFFICER, now=NOW)
    with log.services.store.read() as db:
        row = places.get(db, number)
    shorter = Correction(
        start=row.start + HOUR / 4, end=row.end, remark="", contacts_known=False, disinfected_at=None
    )
    change = {
        "correct": lambda: correct(log.services, number, shorter, confirmed=False, actor=OFFICER, now=NOW),
        "withdraw": lambda: withdraw(log.services, number, actor=OFFICER, now=NOW),
    }[what]
    meanwhile(log, monkeypatch, lambda: withdraw(log.services, number, actor=OFFICER, now=NOW))
    with pytest.raises(NotFound):
        change()
    [day] = told_places(log.services, NOW + HOUR)
    assert (day.published, day.corrected, day.withdrawn) == (1, 0, 1)
    assert audited(log, "place_published") == 4


def test_two_presses_at_once_are_two_publications(log):
    one, other = small_publications(log, 2)
    with_limits(log, per_hour=1)

    def press(ids: list[int]) -> str:
        try:
            return str(publish(log.services, ids, actor=OFFICER, now=NOW))
        except (BreakerTripped, PlaceChanged) as refused:
            return refused.code

    with ThreadPoolExecutor(2) as together:
        done = sorted(together.map(press, (one, other)))
    assert done[0] == "1"
    assert done[1] in {"breaker_tripped", "place_changed"}


def test_readings_of_a_drill_are_in_no_dry_run(log):
    log.stay(1, LIBRARY, "19 10:00", "19 11:00")
    log.stay(2, LIBRARY, "19 10:00", "19 11:00", flags=(FLAG,))
    run = dry_run(log.services, drafts(log, (LIBRARY, "19 10:00", "19 11:00")), NOW)
    assert (run.rows[0].visits, run.rows[0].came, run.reach.people, run.reach.visitors) == (1, 1, 1, 1)
