"""The clock that destroys: however it jumps, nothing goes before its time; and it does go."""

import os
import random
from datetime import UTC, datetime, timedelta

import pytest

from entry_service.core.retention import (
    TOLERANCE,
    Reading,
    believe,
    day_end,
    first_kept_day,
    is_destroyed,
)
from entry_service.core.times import KST, day_start, kst_day

START = datetime(2020, 8, 25, 12, 0, tzinfo=KST)
HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
NIGHT = datetime(2020, 9, 1, 23, 59, 59, 999_999, tzinfo=KST)
RETENTION = 28
HISTORIES = int(os.environ.get("CLOCK_HISTORIES", "1000"))  # 100,000 take four minutes


def at(wall, seconds=0.0, boot="a"):
    return Reading(wall=wall, boot_id=boot, boot_seconds=seconds)


class Machine:
    """A machine whose real time is known to the test: it runs, sleeps, reboots, and its wall clock is set."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.truth, self.offset = START, timedelta()
        self.boot, self.booted = 0, START
        self.marks = {}

    def reading(self):
        seconds = (self.truth - self.booted).total_seconds()
        return at(self.truth + self.offset, seconds, f"boot-{self.boot}")

    def steps(self):
        """Let something happen, or just time."""
        act = self.random.choice(("runs",) * 6 + ("jumps", "jumps", "creeps", "set right", "reboots", "is off"))
        self.truth += timedelta(seconds=self.random.uniform(0, 2 * 86_400))
        if act == "jumps":
            self.offset += timedelta(seconds=self.random.choice((-1, 1)) * 10 ** self.random.uniform(0, 7.5))
        elif act == "creeps":  # just under what is tolerated, again and again
            self.offset += TOLERANCE - timedelta(seconds=1)
        elif act == "set right":
            self.offset = timedelta()
        elif act in ("reboots", "is off"):
            if act == "is off":
                self.truth += timedelta(seconds=self.random.uniform(0, 40 * 86_400))
            self.boot, self.booted = self.boot + 1, self.truth

    def looks(self):
        reading = self.reading()
        belief = believe(self.marks.values(), reading)
        self.marks[reading.boot_id] = at(belief.floor, reading.boot_seconds, reading.boot_id)
        return belief


def early_deletions(runs, steps=30):
    """Return how many of random histories would have destroyed a day before its time."""
    early = 0
    for seed in range(runs):
        machine = Machine(seed)
        machine.looks()
        for _ in range(steps):
            machine.steps()
            if first_kept_day(machine.looks().trusted, RETENTION) > first_kept_day(machine.truth, RETENTION):
                early += 1
                break
    return early


@pytest.mark.timeout(3_600)
def test_no_jump_of_the_clock_destroys_early():
    assert early_deletions(HISTORIES) == 0


def test_a_clock_that_is_simply_right_destroys_on_the_day():
    """Also over reboots of a few minutes: late by what they took, and by no more."""
    machine = Machine(0)
    machine.looks()
    for _ in range(24 * 60):
        machine.truth += HOUR
        belief = machine.looks()
        assert belief.trusted == machine.truth
        assert belief.clock == "believed"
    for _ in range(10):
        machine.truth += timedelta(minutes=5)
        machine.boot, machine.booted = machine.boot + 1, machine.truth
        belief = machine.looks()
    assert machine.truth - belief.trusted == timedelta(minutes=50)
    assert belief.clock == "believed"


def test_a_jump_forward_is_not_believed_and_what_is_due_by_time_passed_still_goes():
    mark = at(START)
    jumped = believe([mark], at(START + 40 * DAY, 3_600))
    assert (jumped.clock, jumped.trusted) == ("unconfirmed", START + HOUR)
    later = believe([mark], at(START + 41 * DAY, 86_400))
    assert later.trusted == START + DAY


def test_a_small_step_is_not_mentioned_and_not_believed_either():
    step = believe([at(START)], at(START + HOUR, 0))
    assert (step.clock, step.trusted) == ("believed", START)


def test_a_jump_back_destroys_nothing_and_moves_no_mark_back():
    mark = at(START)
    back = believe([mark], at(START - DAY, 60))
    assert (back.clock, back.trusted, back.floor) == ("behind", START - DAY, START + timedelta(seconds=60))


def test_another_run_and_another_machine_count_only_what_is_marked():
    assert believe([at(START, 5_000)], at(START + HOUR, 9e9, "b")).floor == START
    two = [at(START, 100), at(START + HOUR, 7, "b")]
    assert believe(two, at(START + 9 * HOUR, 100 + 7_200)).floor == START + 2 * HOUR
    assert believe(two, at(START + 9 * HOUR, 160)).floor == START + HOUR


def test_a_machine_set_back_to_an_earlier_image_gains_no_time():
    assert believe([at(START, 5_000)], at(START + HOUR, 10)).floor == START


def test_the_first_look_believes_the_wall_only_where_there_is_nothing_to_lose():
    assert believe([], at(START)).trusted == START
    restored = believe([], at(START + 40 * DAY), seen=START)
    assert (restored.clock, restored.trusted) == ("unconfirmed", START)
    ahead = believe([], at(START), seen=START + DAY)  # the log is of a clock that was ahead
    assert ahead.trusted == START


def test_a_day_is_due_to_the_microsecond():
    day = kst_day(START)
    due = day_start(day + RETENTION * DAY)
    assert first_kept_day(due - MICROSECOND, RETENTION) == day
    assert first_kept_day(due, RETENTION) == day + DAY
    assert day_end(kst_day(NIGHT)) - NIGHT == MICROSECOND


@pytest.mark.parametrize(
    ("told", "shown", "destroyed"),
    [
        (START - MICROSECOND, None, True),
        (START, None, False),
        (START - 300 * DAY, None, True),
        (datetime(1970, 1, 1, tzinfo=UTC), None, False),  # a clock without a battery
        (datetime(1970, 1, 1, tzinfo=UTC), START - DAY, True),  # but its code tells
        (START - DAY, START + DAY, False),
    ],
)
def test_what_comes_too_late_is_known_by_its_code_or_else_by_its_time(told, shown, destroyed):
    assert is_destroyed(told, START, shown) is destroyed
    assert not is_destroyed(told, None, shown)
