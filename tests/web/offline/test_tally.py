"""A door counts what it reads, on its own disk, and a drill of an outage says by that what was lost."""

import io
import json
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import update

from entry_service.core.actors import Actor
from entry_service.store.schema.tables import devices
from entry_service.usecases.drills import outage_drill

from .door import drained, fill, phones, waits
from .test_queue import SYNC

pytestmark = pytest.mark.real
OFFICER = Actor(account_id="A-officer", role="officer")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BEGAN = """async (since) => {
  const { DoorStore } = await import("/static/js/door/store.js");
  await new DoorStore().keep("tally GP-001", { since: Date.parse(since), minutes: new Map() });
}"""
COUNTED = """async () => {
  const { DoorStore } = await import("/static/js/door/store.js");
  return (await new DoorStore().tally("GP-001")).minutes.reduce((sum, [, many]) => sum + many, 0);
}"""


def becomes(measured, page, wanted, timeout: float = 60) -> bool:
    """Wait until the device has said what it made, and the drill says so."""
    until = monotonic() + timeout
    while (found := measured()) != wanted and monotonic() < until:
        page.wait_for_timeout(200)
    return found == wanted


def test_what_a_device_made_and_the_log_has_not_is_told_by_the_drill(town, services, clock):
    """Of the second three items the last is answered by something between door and service, and never arrives."""
    end = clock().replace(second=0, microsecond=0)
    start = end - HOUR
    services.store.write(lambda db: db.execute(update(devices).values(created_at=start)))
    window = {"sites": ["GP-001"], "start": start, "end": end, "random": lambda size: b"\x07" * size}
    drill = outage_drill.announce(services, **window, actor=OFFICER, now=start)
    page = town.door()
    page.evaluate(BEGAN, (start - MINUTE).isoformat())

    def measured() -> tuple[int | None, int | None]:
        done = outage_drill.measure(services, drill.drill_id, now=clock())
        [one] = [one for one in done.result["sites"][0]["devices"] if one["device_id"] == "D-GP-001"]
        return one["made"], one["lost"]

    [visitor] = phones(services, clock, 1)
    with town.down():
        page.reload()  # it knows that it is cut off
        fill(page, visitor.code(clock()), 3, end - HOUR / 2)
        waits(page, 3)
    drained(page)
    assert becomes(measured, page, (3, 0))

    def forget_one(application, environ, start_response):
        if environ["PATH_INFO"] != SYNC:
            return application(environ, start_response)
        body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        gone = body["items"].pop()
        raw = json.dumps(body).encode()
        environ |= {"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}
        head = []
        answer = json.loads(b"".join(application(environ, lambda *one: head.append(one))))
        answer["results"].append({"id": gone["scan_id"], "outcome": "accepted"})
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    town.middle = forget_one
    with town.down():
        page.reload()
        page.evaluate(SECOND, [visitor.code(clock()), (end - HOUR / 4).isoformat()])
        waits(page, 3)
    drained(page)
    assert page.evaluate(COUNTED) == 6
    assert becomes(measured, page, (6, 1))


SECOND = """async ([text, at]) => {
  const { DoorStore } = await import("/static/js/door/store.js");
  const store = new DoorStore();
  const clock = (await store.kept("clock"))?.value.offset ?? 0;
  for (let n = 0; n < 3; n++) {
    const scan_id = `second-${n}-of-three`;
    const item = { scan_id, text, direction: "in", scanned_at: at, gate: "" };
    const facts = { id: scan_id, kind: "scan", at: Date.parse(at), facility: "GP-001" };
    await store.add({ ...facts, clock: { offset: clock, jump: 0 }, item });
  }
}"""


def test_a_count_begins_anew_where_something_could_not_be_kept_and_in_a_new_browser(town, visitor, clock):
    page = town.door()
    counts = page.evaluate(
        """async () => {
          const { DoorStore } = await import("/static/js/door/store.js");
          const store = new DoorStore();
          const record = (id, at, kind = "scan") => ({
            ...{ id, kind, at, facility: "GP-009", clock: {} },
            item: { scan_id: id, scanned_at: new Date(at).toISOString() },
          });
          const shown = async () => store.tally("GP-009");
          const found = [await shown()];
          await store.beginTally("GP-009", 60_000);
          await store.add(record("one", 120_000));
          await store.add(record("one", 120_000));
          await store.add(record("two", 130_000, "refusal"));
          await store.add(record("slip", 180_000, "slip"));
          found.push(await shown());
          const broken = { ...record("three", 240_000), item: { number: 3n } }; // no JSON
          await store.add(broken).catch(() => {});
          await store.add(record("four", 300_000));
          found.push(await shown());
          await store.add(record("five", 300_000 + 3 * 24 * 3_600_000));
          found.push((await shown()).minutes.length);
          return found;
        }"""
    )
    assert counts == [
        None,
        {"since": 60_000, "minutes": [[2, 2]]},
        {"since": 300_000, "minutes": [[5, 1]]},
        1,
    ]
