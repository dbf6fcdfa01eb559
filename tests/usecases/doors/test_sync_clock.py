"""Queued items of a device whose clock is wrong: kept, flagged, and the same answer however it is measured."""

from datetime import datetime

import pytest

from entry_service.core.errors import EntryError, PassExpired
from entry_service.usecases.doors.queued import QueuedRefusal, QueuedScan
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, MINUTE, NOON, SECOND, open_door
from ..queued_items import LATER, item, send

AHEAD = [-5 * HOUR, -5 * MINUTE, 5 * MINUTE, 5 * HOUR, 400 * 24 * HOUR, -18_000 * 24 * HOUR]
MEANINGLESS = ["1970-01-01T00:00:00+00:00", "2038-01-19T03:14:07+00:00", "0001-01-01T00:00:00+00:00"]


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_clock_that_is_off_by_a_known_time_loses_nothing(door, ahead):
    """The device's clock told the time of the scan and its present, both wrong by the same."""
    phone = door.phone()
    one = item(phone, at=NOON)
    one = QueuedScan(scan_id="scan-one", scanned_at=NOON + ahead, text=one.text, direction="in")
    [told] = send(door, one, device_now=LATER + ahead)
    assert told.refusal is None
    row = door.row("scan-one")
    assert "clock_skew" in row.flags
    assert row.pid == phone.pid
    far = abs(ahead) > 24 * HOUR
    assert row.scanned_at == (NOON if far else NOON + ahead)
    assert ("clamped" in row.flags) == far
    for skew in (ahead, ahead + 7 * SECOND, 3 * HOUR):  # measured anew with every batch
        [again] = send(door, one, device_now=LATER + skew + HOUR, now=LATER + HOUR)
        assert (again.new, again.scan) == (False, row)


@pytest.mark.parametrize("told_at", MEANINGLESS)
def test_a_time_that_means_nothing_is_replaced_by_when_the_code_was_shown(door, told_at):
    phone, at = door.phone(), datetime.fromisoformat(told_at)
    one = QueuedScan(scan_id="scan-one", scanned_at=at, text=phone.code(NOON), direction="in")
    refusal = QueuedRefusal(scan_id="scan-two", scanned_at=at, text="x", code="pass_malformed")
    told = send(door, one, refusal)
    row = door.row("scan-one")
    assert told[0].refusal is None
    assert abs(row.scanned_at - NOON) < 15 * SECOND
    assert row.flags[-2:] == ("clock_skew", "clamped")
    assert door.row("scan-two").scanned_at == LATER
    assert [one.new for one in send(door, one, refusal, now=LATER + HOUR)] == [False, False]


def test_a_skew_that_does_not_explain_it_leaves_a_code_that_is_over_refused(door):
    phone = door.phone()
    one = item(phone, text=phone.code(NOON - HOUR))
    [told] = send(door, one, device_now=LATER + 5 * HOUR)
    assert isinstance(told.refusal, PassExpired)
    assert door.row("scan-one").flags == ("clock_skew",)


def test_times_at_the_ends_of_time_are_no_fault(door):
    for n, text in enumerate(("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")):
        at = datetime.fromisoformat(text)
        phone = door.phone()
        one = QueuedScan(scan_id=f"scan-{n}-end", scanned_at=at, text=phone.code(NOON), direction="auto")
        assert not isinstance(send(door, one, device_now=at)[0], EntryError)
