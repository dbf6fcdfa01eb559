"""Batches at once, in any order and in parts: each item is in the log once, and every answer to it is the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entry_service.core.errors import EntryError
from entry_service.core.model import Device
from entry_service.usecases.doors import sync
from tests.databases import databases, kind  # noqa: F401

from ..door import HOUR, LIBRARY, MINUTE, NOON, OFFICE, SECOND, open_door
from ..queued_items import LATER, item, send
from ..watching import waiting


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        yield opened


def test_a_hundred_threads_with_the_same_item_make_one_row(door):
    phone = door.phone()
    one = item(phone)

    def deliver(number):
        if number % 2:
            return send(door, one, now=LATER)[0].new
        return not door.scan(phone, scan_id="scan-one", direction="in", now=LATER).repeated

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(deliver, range(100)))
    assert sum(told) == 1
    assert len(door.log()) == 1


def test_overlapping_batches_of_many_devices_at_once_make_each_row_once(door):
    phones = [door.phone() for _ in range(12)]
    items = [item(phone, f"scan-{n}-{k}", NOON + k * MINUTE) for k in range(4) for n, phone in enumerate(phones)]

    def deliver(number):
        own = Device(device_id=f"D-{number % 3}", facility_id=LIBRARY, name="문")
        part = items[number : number + 31] if number % 2 else list(reversed(items[: 40 - number]))
        return send(door, *part, device=own)

    with ThreadPoolExecutor(8) as pool:
        told = [one for batch in pool.map(deliver, range(18)) for one in batch]
    assert not [one for one in told if isinstance(one, EntryError)]
    assert sum(one.new for one in told) == len(door.log()) == len(items)


def test_in_whatever_order_and_parts_the_batches_come_the_log_holds_each_item_once(door):
    """Permuted, split, repeated, overlapping batches; directions are said, so that the order changes nothing."""
    phones = [door.phone() for _ in range(5)]
    numbers = iter(range(10_000))

    @settings(max_examples=12)
    @given(
        order=st.permutations(range(15)),
        cuts=st.lists(st.integers(0, 15), max_size=5),
        again=st.lists(st.integers(0, 14), max_size=10),
    )
    def check(order, cuts, again):
        run = next(numbers)
        items = [
            item(phones[n % 5], f"run-{run}-{n}-x", NOON + (run * 15 + n) * SECOND, direction=("in", "out")[n % 2])
            for n in range(15)
        ]
        edges = sorted({0, 15, *cuts})
        told = {}
        for start, end in zip(edges, edges[1:], strict=False):
            for one, outcome in zip(
                [items[at] for at in order[start:end]],
                send(door, *(items[at] for at in order[start:end])),
                strict=True,
            ):
                told[one.scan_id] = outcome.scan
        for outcome in send(door, *(items[at] for at in again)):
            assert not outcome.new
            assert outcome.scan == told[outcome.scan.scan_id]
        kept = [row for row in door.log() if row.scan_id.startswith(f"run-{run}-")]
        assert sorted(row.scan_id for row in kept) == sorted(one.scan_id for one in items)

    check()


def test_a_doubt_of_a_batch_keeps_no_live_scan_waiting(databases, tmp_path, monkeypatch):  # noqa: F811
    """Its doubts are numbered after its last item; SQLite has one writer, so that this is of PostgreSQL alone."""
    night, whole, judged, go_on = NOON - 8 * HOUR, sync.append_queued, Event(), Event()

    def slowly(db, services, device, one, *batch):
        if one.scan.scan_id == "second":
            judged.set()
            assert go_on.wait(20)
        return whole(db, services, device, one, *batch)

    monkeypatch.setattr(sync, "append_queued", slowly)
    with open_door(tmp_path / "var", *databases.pair("postgresql")) as door:
        items = [item(door.phone(), "first", night), item(door.phone(), "second", night + SECOND)]
        here = door.phone()
        door.scan(here, NOON, scan_id="here")
        batch = Thread(target=lambda: send(door, *items))
        live = Thread(target=lambda: door.scan(here, NOON + MINUTE, scan_id="there", place=OFFICE))
        batch.start()
        try:
            assert judged.wait(9)
            live.start()
            live.join(4)  # a doubt that had to wait would go on for five seconds, and be refused then
            told = [scan_id for scan_id, _why in waiting(door)]
        finally:
            go_on.set()
            batch.join(9)
            live.join(9)
        assert told == ["here", "there"]
        assert [scan_id for scan_id, _why in waiting(door)] == ["first", "second", "here", "there"]
