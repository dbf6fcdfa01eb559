"""After a restored backup: what an approver sees before notices go on, and what the public list says meanwhile."""

from playwright.sync_api import expect

from entry_service.store.cases import notices

from .browser import axe_violations, desktop, phone, serving, too_wide
from .publishing import case, officer, publish  # noqa: F401 - fixtures


def test_an_approver_sees_what_was_lost(app, browser, person, officer, case, services, clock):  # noqa: F811
    backup_at = clock()
    clock.passes(minutes=10)
    publish(officer, case)
    clock.passes(minutes=10)
    remark = "백업을 되돌렸습니다. 그 뒤의 회수와 정정, 알림 정지는 이 기록에 없습니다."
    services.store.write(lambda db: notices.stop_restored(db, remark, backup_at, clock()))
    cookie = person("approver").client.get_cookie("session")
    with serving(app) as origin:
        for size in (phone, desktop):
            page = size(browser, origin)
            page.goto("/places")
            expect(page.locator("main")).to_contain_text("공개 장소 목록을 다시 확인하고 있습니다")
            page.context.add_cookies([{"name": "session", "value": cookie.value, "url": origin}])
            page.goto("/approver")
            told = page.locator("section[aria-labelledby=stopped-heading]")
            expect(told).to_contain_text("백업을 되돌렸습니다")
            expect(told.locator("li")).to_contain_text("공개 장소 변경")
            assert axe_violations(page) == []
            assert not too_wide(page)
            page.context.close()
