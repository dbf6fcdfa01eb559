"""The rules of a flood and of opening hours: where each limit lies, exactly."""

from datetime import datetime, timedelta

import pytest

from entry_service.core.flood import (
    MINUTE,
    QUIET,
    Spell,
    counted_from,
    is_abnormal,
    is_decided,
    is_marked,
    most_a_minute,
    spell_after,
)
from entry_service.core.opening import opens_by
from entry_service.core.times import KST

NOON = datetime(2020, 8, 25, 12, 0, tzinfo=KST)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("limit", "area_m2", "usual"),
    [
        (200, None, 20),
        (60, 4_000, 10),
        (2_000, 10, 200),
        (None, 800, 20),
        (None, 40, 10),
        (None, None, 30),
        (0, 9, 10),
    ],
)
def test_what_is_usual_follows_from_limit_or_area(limit, area_m2, usual):
    assert most_a_minute(limit, area_m2) == usual


@pytest.mark.parametrize(
    ("entries", "people", "abnormal"),
    [(20, 20, False), (21, 21, True), (20, 80, False), (5, 81, True), (0, 0, False)],
)
def test_a_minute_is_abnormal_by_entries_or_by_people(entries, people, abnormal):
    assert is_abnormal(entries, people, 20) is abnormal


def test_a_spell_begins_with_its_minute_and_ends_after_ten_quiet_ones():
    first = spell_after(None, NOON + timedelta(seconds=59))
    assert first == Spell(NOON, NOON + MINUTE + QUIET)
    later = spell_after(first, NOON + 5 * MINUTE + timedelta(seconds=1))
    assert later == Spell(NOON, NOON + 6 * MINUTE + QUIET)
    assert spell_after(later, NOON + 2 * MINUTE) == later  # a minute that is told late shortens nothing
    apart = later.ended_at
    assert spell_after(later, apart - timedelta(seconds=1)).started_at == NOON
    assert spell_after(later, apart) == Spell(apart, apart + MINUTE + QUIET)


def test_a_minute_is_counted_once_as_abnormal():
    spell = spell_after(None, NOON)
    assert is_marked(spell, NOON + timedelta(seconds=59))
    assert not is_marked(spell, NOON + MINUTE)
    assert not is_marked(None, NOON)
    assert not is_marked(Spell(NOON, NOON + 11 * MINUTE, "released"), NOON)


def test_a_decision_covers_what_was_before_it_and_nothing_after():
    decided = Spell(NOON, NOON + timedelta(seconds=90), "voided")
    assert is_decided(decided, NOON + timedelta(seconds=89))
    assert not is_decided(decided, NOON + timedelta(seconds=90))
    after = NOON + timedelta(seconds=100)
    assert counted_from(decided, after) == decided.ended_at
    assert spell_after(decided, after) == Spell(decided.ended_at, NOON + 2 * MINUTE + QUIET)
    assert counted_from(decided, NOON + HOUR) == NOON + HOUR
    assert counted_from(Spell(NOON, NOON + 11 * MINUTE), NOON + timedelta(seconds=61)) == NOON + MINUTE


@pytest.mark.parametrize(
    ("opens", "closes", "time", "is_open"),
    [
        (9, 18, "07:59", False),
        (9, 18, "08:00", True),
        (9, 18, "18:59", True),
        (9, 18, "19:00", False),
        (0, 24, "03:00", True),
        (12, 29, "05:59", True),  # a karaoke that closes at five of the next morning
        (12, 29, "06:00", False),
        (12, 29, "10:59", False),
        (12, 29, "11:00", True),
        (0, 12, "23:30", True),  # opens at midnight: an hour before is the day before
        (7, 23, "00:00", False),
    ],
)
def test_opening_hours_have_an_hour_of_margin_at_both_ends(opens, closes, time, is_open):
    at = datetime.strptime(f"2020-08-25 {time}", "%Y-%m-%d %H:%M").replace(tzinfo=KST)
    assert opens_by(opens, closes, at, HOUR) is is_open
