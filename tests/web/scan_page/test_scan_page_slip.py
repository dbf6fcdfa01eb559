"""A paper slip through the page at the door: with and without network, once in the log, never in the open."""

import os
from pathlib import Path

from playwright.sync_api import expect

from entry_service.core.model import Contact
from entry_service.vault.sealing import unseal
from entry_service.vault.tables import records

from ..browser import axe_violations, screenshots, too_wide
from .door import quiet, rows

PICTURES = os.environ.get("PICTURES")
TEL = "01008761234"
KEPT = """async () => {
  const { DoorStore } = await import("/static/js/door/store.js");
  return new DoorStore().list("GP-001");
}"""
EVERYTHING = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
    });
    for (const store of base.objectStoreNames) {
      const all = base.transaction(store).objectStore(store).getAll();
      await new Promise((resolve) => (all.onsuccess = resolve));
      found.push(JSON.stringify(all.result));
    }
    base.close();
  }
  return found.join();
}"""


def type_slip(page, number, tel=TEL):
    dialog = page.locator("#slip-dialog")
    if not dialog.is_visible():
        page.locator("#slip-open").click()
    dialog.get_by_label("전표 번호").fill(number)
    dialog.locator("#slip-phone").fill(tel)
    dialog.get_by_role("button", name="저장").click()
    expect(dialog.locator("#slip-status")).to_contain_text(f"전표 {number}번을")


def opened(services):
    with services.vault.store.read() as db:
        kept = db.execute(records.select().order_by(records.c.record_id)).all()
    return [unseal(services.vault._day_key(row.day).private, row.day, row.pid, row.sealed) for row in kept]


def test_a_slip_is_logged_once_and_the_dialog_is_ready_for_the_next(door, services):
    with door() as page:
        quiet(page)
        type_slip(page, "12")
        expect(page.locator("#slip-phone")).to_have_value("")
        expect(page.get_by_label("전표 번호")).to_have_value("13")
        page.wait_for_timeout(500)
        [row] = rows(services)
        assert (row.source, row.direction, row.device_id) == ("slip", "in", "D-GP-001")
        assert opened(services) == [Contact(name="", phone="+821008761234", residence="군포시")]
        assert not too_wide(page)
        assert axe_violations(page) == []
        if PICTURES:
            screenshots(page, Path(PICTURES), "slip-dialog-390")
        page.keyboard.press("Escape")
        expect(page.locator("#slip-dialog")).to_be_hidden()
        assert "0876" not in page.locator("body").inner_text()


def test_slips_typed_without_network_wait_sealed_and_arrive_once(door, services):
    with door() as page:
        quiet(page)
        page.locator("#slip-open").click()  # the form's modules are loaded
        expect(page.get_by_label("전표 번호")).to_be_visible()
        page.context.set_offline(True)
        for number in ("1", "2", "3"):
            type_slip(page, number, f"0100876000{number}")
        kept = page.evaluate(KEPT)
        assert [(one["kind"], one["number"]) for one in kept] == [("slip", "1"), ("slip", "2"), ("slip", "3")]
        assert all(set(one) <= {"kind", "number", "at", "stuck"} for one in kept)
        assert "0876" not in page.evaluate(EVERYTHING)
        assert rows(services) == []
        page.context.set_offline(False)
        for _ in range(100):
            if len(rows(services)) >= 3:
                break
            page.wait_for_timeout(200)
        page.wait_for_timeout(500)
        assert page.evaluate(KEPT) == []
        assert len(rows(services)) == 3
        assert {contact.phone for contact in opened(services)} == {f"+82100876000{n}" for n in (1, 2, 3)}
