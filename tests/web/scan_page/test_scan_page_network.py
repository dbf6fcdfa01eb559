"""The door when the network, the service or the device itself fails: nothing is lost, nothing is pretended."""

import json
import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from entry_service.core.times import KST
from entry_service.store.sites import devices

from ..browser import axe_violations
from ..camera import forged, phone_with_pass
from ..conftest import TOKENS
from ..scanner import types
from ..sign_in import sign_in
from .door import quiet, rows, sees, verdict


def test_a_shared_pass_is_amber_yet_recorded(door, visitor, services, clock):
    far = "UPDATE facilities SET lat = lat + 0.05 WHERE facility_id = 'GP-002'"  # 5.5 km: nobody goes so fast
    services.store.write(lambda db: db.exec_driver_sql(far))
    services.forget_facilities()
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
    with door(token=TOKENS["GP-002"]) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "warn", "본인 확인")
        assert axe_violations(page) == []
    assert [row.outcome for row in rows(services)] == ["accepted", "accepted"]


def test_without_network_nothing_is_called_recorded_and_nothing_is_lost(door, visitor, services, clock):
    other = phone_with_pass(services, clock(), seed=b"2")
    with door() as page:
        quiet(page)
        page.context.set_offline(True)
        types(page, visitor.code(clock()))
        sees(page, "kept", "저장됨")
        page.wait_for_timeout(5_200)
        types(page, visitor.code(clock()))  # shown again: still not recorded, and not a second scan
        sees(page, "kept", "저장됨")
        assert "이미 기록" not in page.locator("main").inner_text()
        types(page, other.code(clock()))
        types(page, forged(other.code(clock())))
        sees(page, "refused", "위조")  # the device knows by itself
        expect(page.locator("#waiting-count")).to_have_text("3건 대기")
        expect(page.locator("#connection")).to_contain_text("연결이 끊겨 기기에 저장하고 있습니다.")
        assert axe_violations(page) == []
        assert "기록했습니다" not in page.locator("main").inner_text()
        page.locator("#drawer summary").click()
        expect(page.locator("#pending li")).to_have_count(3)
        assert re.fullmatch(r"(?s)(\d\s+\d\d:\d\d:\d\d\s+(출입|거부)\s*)+", page.locator("#pending").inner_text())
        assert axe_violations(page) == []
        assert rows(services) == []
        page.context.set_offline(False)
        expect(page.locator("#connection")).to_be_hidden(timeout=20_000)
        expect(page.locator("#inside")).to_contain_text("2 / 60")
    kept = rows(services)
    assert sorted(row.outcome for row in kept) == ["accepted", "accepted", "pass_forged"]
    assert len({row.scan_id for row in kept}) == 3


def test_an_answer_lost_on_the_way_makes_no_second_row(door, visitor, services, clock):
    sent = []

    def lose_the_first_answer(page):
        def pass_on(route):
            body = json.loads(route.request.post_data)
            sent.append(body["items"][0]["scan_id"] if "items" in body else body["scan_id"])
            if len(sent) == 1:
                route.fetch()  # the service has it, the page never hears of it
                route.abort()
            elif len(sent) == 2:
                route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi sign-in</h1>")
            else:
                route.continue_()

        page.route("**/api/v1/scans", pass_on)
        page.route("**/api/v1/sync", pass_on)

    with door(before=lose_the_first_answer) as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "kept", "저장됨")
        expect(verdict(page)).to_have_attribute("data-tone", "in")
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert [row.scan_id for row in rows(services)] == sent[:1]


def test_a_revoked_device_says_so_and_keeps_what_it_could_not_send(door, visitor, services, clock):
    with door() as page:
        quiet(page)
        services.store.write(lambda db: devices.revoke(db, "D-GP-001", clock()))
        types(page, visitor.code(clock()))
        expect(page.locator("#connection")).to_contain_text("등록이 해제되어")
        expect(page.locator("#enrol-again")).to_be_visible()
        expect(page.locator("#waiting-count")).to_have_text("1건 대기")
    assert rows(services) == []


def test_somebody_signing_in_beside_the_door_does_not_stop_it(app, door, visitor, clock):
    with door() as page:
        quiet(page)
        other = page.context.new_page()
        sign_in(other, app, "staff")
        other.close()
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")


def test_a_device_whose_clock_is_wrong_by_years_goes_by_the_service(door, visitor, services, clock):
    assert abs(datetime.now(UTC).year - clock().year) > 1  # this machine is that device
    with door() as page:
        quiet(page)
        types(page, visitor.code(clock()))
        sees(page, "in", "입장")
        shown = page.locator("#results time").inner_text()
    assert re.fullmatch(r"\d\d:\d\d:\d\d", shown)
    assert shown[:2] == f"{clock().astimezone(KST):%H}"
    assert "clock_skew" not in rows(services)[0].flags
