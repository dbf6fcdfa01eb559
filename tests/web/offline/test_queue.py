"""The door while network, service, tab or browser fail, in a real Chromium: nothing is lost, nothing doubled."""

import io
import json
import threading
from datetime import timedelta

import pytest
from playwright.sync_api import Error, expect

from ..browser import axe_violations, chromium
from ..camera import filming
from ..scan_page.door import sees
from ..scanner import types
from .door import Town, drained, fill, in_the_log_once, kept, phones, queued, swallow, waits

pytestmark = pytest.mark.real

SYNC = "/api/v1/sync"
EYES_SHUT = """if (!sessionStorage.getItem("eyes")) {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("shut", "NotFoundError"));
}"""
NO_LOCKS = 'Object.defineProperty(Navigator.prototype, "locks", { value: undefined });'


def synced(town: Town) -> list[list[str]]:
    """Return the scan_ids of every batch that arrived."""
    return [[item["scan_id"] for item in body["items"]] for path, body in town.posts if path == SYNC]


def test_offline_from_the_start_after_one_visit(app, services, clock, visitor, tmp_path):
    """The page comes from the service worker, the pass from the camera, the time from the last visit."""
    film = filming(tmp_path / "camera.mjpeg", visitor.code(clock()))
    with chromium(*film) as browser, Town(app, services, browser) as town:
        page = town.door(script=EYES_SHUT)
        expect(page.locator("#inside")).to_have_attribute("data-known", "true")
        page.evaluate("() => sessionStorage.setItem('eyes', 'open')")
        page.context.set_offline(True)
        page.reload()
        sees(page, "kept", "저장됨")
        assert town.rows() == []
        [item] = queued(page)
        assert set(item) == {"kind", "at"}
        assert axe_violations(page) == []
        page.context.set_offline(False)
        drained(page)
        [row] = town.rows()
        assert (row.outcome, row.direction) == ("accepted", "in")
        assert abs(row.scanned_at - clock()) < timedelta(minutes=1)  # this machine's clock is years off
        assert "clock_skew" not in row.flags
        expect(page.locator("#results li").first).to_contain_text("입장")


def test_a_killed_tab_loses_nothing(town, services, clock):
    page = town.door()
    context = page.context
    with town.down():
        for visitor in phones(services, clock, 3):
            types(page, visitor.code(clock()))
        waits(page, 3)
        with pytest.raises(Error, match="crash"):
            page.goto("chrome://crash", timeout=10_000)
    again = context.new_page()
    again.wait_for_timeout(3_000)  # the service worker lived in the same process, which takes a moment to die
    again.goto("/staff")
    drained(again)
    assert len(in_the_log_once(town)) == 3
    assert [row.outcome for row in town.rows()] == ["accepted"] * 3


@pytest.mark.parametrize("script", ["", NO_LOCKS], ids=["locks", "lease"])
def test_two_tabs_send_every_item_once(town, services, clock, script):
    context = town.context(script=script)
    first, second = town.door(context), town.door(context)
    context.set_offline(True)
    for number, visitor in enumerate(phones(services, clock, 6)):
        tab = (first, second)[number % 2]
        tab.bring_to_front()
        types(tab, visitor.code(clock()))
    waits(first, 6)
    context.set_offline(False)
    drained(first)
    assert len(in_the_log_once(town)) == 6
    sent = [one for batch in synced(town) for one in batch]
    if not script:
        assert sorted(sent) == sorted(set(sent))
    for tab in (first, second):  # each heard what became of its own
        expect(tab.locator("#results li", has_text="입장")).not_to_have_count(0)
        expect(tab.locator("#connection")).to_be_hidden(timeout=15_000)


def test_a_lost_answer_to_a_batch_makes_no_second_row(town, visitor, clock):
    page = town.door()
    fill(page, visitor.code(clock()), 5, clock())
    lost = []

    def lose_the_first(application, environ, start_response):
        if environ["PATH_INFO"] == SYNC and not lost:
            lost.append(1)
            swallow(application, environ)
        return application(environ, start_response)

    town.middle = lose_the_first
    page.reload()
    drained(page)
    assert lost
    assert len(synced(town)) >= 2
    assert len(in_the_log_once(town)) == 5


def test_a_batch_that_breaks_off_in_the_middle_is_finished(town, visitor, clock):
    """The service has the first two of five when the line breaks, then answers two of the rest only."""
    page = town.door()
    fill(page, visitor.code(clock()), 5, clock())
    broken = []

    def cut(application, environ, start_response):
        if environ["PATH_INFO"] != SYNC or len(broken) > 1:
            return application(environ, start_response)
        broken.append(1)
        items = town.posts[-1][1]["items"]
        part = json.dumps({**town.posts[-1][1], "items": items[:2]}).encode()
        environ |= {"wsgi.input": io.BytesIO(part), "CONTENT_LENGTH": str(len(part))}
        if len(broken) == 1:
            swallow(application, environ)
        return application(environ, start_response)

    town.middle = cut
    page.reload()
    drained(page)
    assert [len(batch) for batch in synced(town)][:3] == [5, 5, 3]
    assert len(in_the_log_once(town)) == 5


def test_a_service_that_is_down_for_long_gets_everything_in_batches_when_it_is_back(town, visitor, clock):
    page = town.door()
    with town.down():
        page.reload()
        fill(page, visitor.code(clock()), 450, clock())
        page.wait_for_timeout(3_000)
        assert len(queued(page)) == 450
    page.reload()
    drained(page, timeout=60)
    assert len(in_the_log_once(town)) == 450
    sizes = [len(batch) for batch in synced(town)]
    assert max(sizes) == 200
    assert sum(sizes) == 450
    assert [one for batch in synced(town) for one in batch] == [
        f"left-over-{n:05}" for n in range(450)
    ]  # in order


def test_a_live_scan_does_not_wait_behind_the_backlog(town, services, visitor, clock):
    page = town.door()
    fill(page, visitor.code(clock()), 600, clock())

    def slow_batches(application, environ, start_response):
        if environ["PATH_INFO"] == SYNC:
            page_held.wait(2)
        return application(environ, start_response)

    page_held = threading.Event()
    town.middle = slow_batches
    page.reload()
    kept(page)
    [other] = phones(services, clock, 1)
    types(page, other.code(clock()))
    sees(page, "in", "입장")
    assert len(queued(page)) > 0
    page_held.set()
    drained(page)


def test_an_answer_that_is_slow_gives_the_devices_own_verdict_and_one_row(town, visitor, clock):
    page = town.door()
    held = threading.Event()

    def slow(application, environ, start_response):
        if environ["PATH_INFO"] == "/api/v1/scans":
            held.wait(8)
        return application(environ, start_response)

    town.middle = slow
    types(page, visitor.code(clock()))
    sees(page, "kept", "저장됨")
    expect(page.locator("#connection-text")).not_to_be_empty()
    held.set()
    sees(page, "in", "입장")
    drained(page)
    expect(page.locator("#connection")).to_be_hidden(timeout=15_000)
    assert len(in_the_log_once(town)) == 1


def test_a_door_that_let_in_before_the_service_said_full_logs_that_it_happened(town, services, visitor, clock):
    page = town.door()
    services.store.write(lambda db: db.exec_driver_sql("UPDATE facilities SET capacity = 0"))
    services.forget_facilities()
    held = threading.Event()

    def slow(application, environ, start_response):
        if environ["PATH_INFO"] == "/api/v1/scans":
            held.wait(8)
        return application(environ, start_response)

    town.middle = slow
    types(page, visitor.code(clock()))
    sees(page, "kept", "저장됨")
    held.set()
    drained(page)
    found = {row.outcome: row for row in town.rows()}
    assert set(found) == {"facility_full", "accepted"}
    assert "full" in found["accepted"].flags
