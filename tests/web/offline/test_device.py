"""The device itself fails or changes hands: nothing is called kept that is not, nothing goes where it must not."""

from playwright.sync_api import expect

from entry_service.store.sites import devices

from ..browser import axe_violations
from ..conftest import TOKENS
from ..scan_page.door import sees
from ..scanner import types
from .door import drained, fill, phones, queued, waits

NO_DATABASE = 'Object.defineProperty(globalThis, "indexedDB", { value: undefined });'


def test_without_a_database_it_works_online_and_says_that_nothing_can_be_kept(town, services, clock):
    page = town.context(script=NO_DATABASE).new_page()
    page.goto("/staff")
    expect(page.locator("#connection-text")).to_contain_text("저장해 두지 못합니다")
    one, other = phones(services, clock, 2)
    types(page, one.code(clock()))
    sees(page, "in", "입장")
    page.context.set_offline(True)
    types(page, other.code(clock()))
    sees(page, "refused", "기록 못 함")
    assert axe_violations(page) == []
    page.context.set_offline(False)
    page.wait_for_timeout(1_500)
    assert len(town.rows()) == 1  # what was refused does not come later


def test_a_full_disk_is_said_and_nothing_is_called_kept(town, services, clock):
    page = town.context().new_page()
    quota = page.context.new_cdp_session(page)
    quota.send("Storage.overrideQuotaForOrigin", {"origin": town.origin, "quotaSize": 1})
    page.goto("/staff")
    one, other = phones(services, clock, 2)
    types(page, one.code(clock()))
    sees(page, "in", "입장")
    expect(page.locator("#connection-text")).to_contain_text("저장해 두지 못합니다")
    page.context.set_offline(True)
    types(page, other.code(clock()))
    sees(page, "refused", "기록 못 함")
    assert queued(page) == []
    page.context.set_offline(False)
    page.wait_for_timeout(1_500)
    assert len(town.rows()) == 1


def test_a_browser_that_deletes_its_data_is_noticed_and_the_open_page_writes_again(town, services, visitor, clock):
    page = town.door()
    page.context.set_offline(True)
    fill(page, visitor.code(clock()), 3, clock())  # of an earlier page: this one does not know them
    page.reload()
    waits(page, 3)
    [own] = phones(services, clock, 1)
    types(page, own.code(clock()))
    waits(page, 4)
    expect(page.locator("#waiting-count")).to_contain_text("4")
    cleaner = page.context.new_cdp_session(page)
    cleaner.send("Storage.clearDataForOrigin", {"origin": town.origin, "storageTypes": "indexeddb"})
    expect(page.locator("#connection-text")).to_contain_text("지웠습니다")
    waits(page, 1)
    page.context.set_offline(False)
    drained(page)
    assert [row.pid for row in town.rows()] == [own.signed.header.pid]


def test_a_device_that_was_revoked_keeps_its_queue_until_it_is_enrolled_again(town, services, visitor, clock):
    page = town.door()
    fill(page, visitor.code(clock()), 2, clock())
    services.store.write(lambda db: devices.revoke(db, "D-GP-001", clock()))
    page.context.set_offline(True)
    page.reload()
    page.context.set_offline(False)
    expect(page.locator("#connection-text")).to_contain_text("등록이 해제")
    assert len(queued(page)) == 2
    assert town.rows() == []


def test_a_device_that_moved_to_another_facility_keeps_what_belongs_to_the_first(town, visitor, clock):
    page = town.door()
    fill(page, visitor.code(clock()), 2, clock())
    page.context.add_cookies([{"name": "device", "value": TOKENS["GP-002"], "url": town.origin}])
    page.goto("/staff")
    expect(page.locator("#connection-text")).to_contain_text("다른 시설")
    page.wait_for_timeout(1_500)
    assert town.rows() == []
    page.context.add_cookies([{"name": "device", "value": TOKENS["GP-001"], "url": town.origin}])
    page.goto("/staff")
    drained(page)
    assert {row.facility_id for row in town.rows()} == {"GP-001"}
