"""Whose pass a typed code is: the phone's own reckoning against the service's, time, midnight and guessing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from entry_service.core import short_codes
from entry_service.core.errors import PassExpired, PassMalformed, TooMany
from entry_service.core.passes import chain
from entry_service.core.times import day_start, kst_day
from entry_service.usecases.doors.issue_pass import DailyCapReached, IssuedPass, PassDay, issue_passes
from entry_service.usecases.doors.typed_code import TypedPass, resolve
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, MINUTE, NOON, PERSON, SECOND, open_door

ROOT = chain(bytes(16), 9)[0]


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


@dataclass(frozen=True)
class TypedPhone:
    """A phone that shows typed codes."""

    issued: IssuedPass

    def code(self, at: datetime) -> str:
        slot = (at - day_start(self.issued.day)) // timedelta(seconds=self.issued.slot_seconds)
        return short_codes.shown(self.issued.short_handle, short_codes.check_letters(self.issued.short_key, slot))


def phone(door, *, day=None, slot_seconds=15, now=NOON):
    slots = 86_400 // slot_seconds
    wanted = PassDay(day=day or kst_day(now), root=ROOT, first_slot=0, slot_count=slots, slot_seconds=slot_seconds)
    [issued] = issue_passes(door.services, PERSON, [wanted], now, door.random)
    return TypedPhone(issued)


def test_what_the_phone_shows_is_whose_pass_it_is(door):
    first, second = phone(door), phone(door)
    assert first.issued.short_handle != second.issued.short_handle
    for one in (first, second):
        typed = resolve(door.services, one.code(NOON).lower().replace("-", " "), NOON)
        assert typed == TypedPass(pid=one.issued.pid, verified=False)


@pytest.mark.parametrize("slot_seconds", [15, 120])
def test_a_code_opens_as_long_as_the_qr_code_does(door, slot_seconds):
    shown = phone(door, slot_seconds=slot_seconds)
    slot = timedelta(seconds=slot_seconds)
    code = shown.code(NOON)
    for at in (NOON - slot, NOON, NOON + 3 * slot - SECOND):
        assert resolve(door.services, code, at).pid == shown.issued.pid
    with pytest.raises(PassExpired) as over:
        resolve(door.services, code, NOON + 3 * slot)
    assert over.value.reading == TypedPass(pid=shown.issued.pid, verified=False)
    assert over.value.facts == {"age": slot_seconds}  # and no pid
    with pytest.raises(PassMalformed):
        resolve(door.services, code, NOON - slot - SECOND)
    with pytest.raises(PassMalformed):
        resolve(door.services, code, NOON + 3 * HOUR)


def test_a_code_typed_just_before_midnight_is_good_just_after_it(door):
    midnight = NOON + 12 * HOUR
    today, tomorrow = phone(door), phone(door, day=kst_day(NOON) + timedelta(days=1))
    assert resolve(door.services, today.code(midnight - SECOND), midnight + 29 * SECOND).pid == today.issued.pid
    with pytest.raises(PassExpired):
        resolve(door.services, today.code(midnight - SECOND), midnight + 31 * SECOND)
    early = tomorrow.code(midnight)
    assert resolve(door.services, early, midnight - 10 * SECOND).pid == tomorrow.issued.pid
    with pytest.raises(PassMalformed):
        resolve(door.services, early, midnight - 20 * SECOND)


def test_a_queued_code_is_judged_by_when_it_was_typed(door):
    shown = phone(door)
    code = shown.code(NOON)
    assert resolve(door.services, code, NOON, now=NOON + 6 * HOUR).pid == shown.issued.pid


@pytest.mark.parametrize("wrong", ["", "EPC1", "7K3QM", "7K3QM-0A1BC-1", "가나다라마바사아자차"])
def test_what_is_no_code_is_refused_and_is_no_guess(door, wrong):
    for _ in range(30):
        with pytest.raises(PassMalformed):
            resolve(door.services, wrong, NOON, device_id="D-1")


def test_wrong_checks_and_unknown_handles_are_told_alike_and_counted(door):
    shown = phone(door)
    handle = shown.issued.short_handle
    right = shown.code(NOON)[-5:]
    wrong = [f"{handle}-{right[:-1]}{'0' if right[-1] != '0' else '1'}", f"ZZZZZ-{right}"]
    said = set()
    for turn in range(20):
        with pytest.raises(PassMalformed) as refused:
            resolve(door.services, wrong[turn % 2], NOON, device_id="D-1")
        said.add((refused.value.sentence, str(refused.value.facts)))
    assert len(said) == 1
    with pytest.raises(TooMany) as waits:
        resolve(door.services, shown.code(NOON), NOON, device_id="D-1")  # the right one waits as well
    assert 0 < waits.value.facts["retry_after"] <= 601
    assert resolve(door.services, shown.code(NOON), NOON, device_id="D-2").pid == shown.issued.pid
    later = NOON + 10 * MINUTE
    assert resolve(door.services, shown.code(later), later, device_id="D-1").pid == shown.issued.pid


def test_a_taken_handle_is_drawn_again(door):
    """Randomness that begins every draw of handles with the same bytes: each pass still gets its own."""
    drawn = iter(range(10_000))
    random = door.random

    def poor(size):
        return bytes(4) if size == 4 and next(drawn) % 8 == 0 else random(size)

    door.random = poor
    handles = [phone(door).issued.short_handle for _ in range(3)]
    assert handles[0] == "00000"
    assert len(set(handles)) == 3


def test_over_the_cap_nothing_is_signed_and_no_handle_taken(door):
    """The door's fixture allows three a day; the refusal says how long the day lasts."""
    for _ in range(3):
        phone(door)
    with pytest.raises(DailyCapReached) as refused:
        phone(door)
    assert refused.value.facts == {"retry_after": 12 * 3600}
    with door.services.store.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM short_codes").scalar_one() == 3
    later = NOON + 12 * HOUR
    assert phone(door, now=later).issued.day == kst_day(later)
