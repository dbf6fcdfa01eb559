"""The end of collection in the pages: two people decide it, visitors are told kindly, the proof is shown."""

import re
from datetime import timedelta

from entry_service import clock as clocks
from entry_service.core.times import day_start, kst_day
from entry_service.store.cases import cases
from entry_service.store.retention import retention
from entry_service.usecases.retention.purge import purge
from tests.usecases.purging import fill
from tests.web.conftest import code_for

from .browser import DESKTOP, axe_violations, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in
from .test_metrics import told

DAYS = timedelta(days=1)
DECREE, LAPSES, LAST = (
    f"entry_{name}" for name in ("decree_missing", "decree_lapses_seconds", "last_destruction_seconds")
)


def decide(app, person, what: str) -> None:
    admin, approver = person("admin"), person("approver")
    assert admin.post("/admin/sunset", {"what": what, "code": code_for(app, "admin")}).status_code == 303
    [path] = re.findall(r'action="(/admin/sunset/[0-9a-f]{64})"', text(approver.get("/admin/sunset")))
    assert admin.post(path, {"code": code_for(app, "admin")}).status_code == 403
    assert approver.post(path, {"code": "000000"}).status_code == 422
    assert approver.post(path, {"code": code_for(app, "approver")}).status_code == 303


def test_two_people_end_it_and_visitors_are_told(app, person, clock, device):
    decide(app, person, "end")
    clock.passes(minutes=2)
    for path in ("/pass",):
        answer = person().get(path)
        assert answer.status_code == 410
        assert "운영이 끝나" in text(answer)
    scan = {"scan_id": "scan-0001", "text": "EPC1", "direction": "in", "scanned_at": clock().isoformat()}
    refused = app.test_client().post("/api/v1/scans", json=scan, headers=device)
    assert (refused.status_code, refused.json["code"]) == (410, "collection_ended")
    admin = person("admin")
    assert "끝남" in text(admin.get("/admin/sunset"))
    assert admin.get("/admin/sunset/proof").location == "/admin/sunset"
    assert admin.get("/admin/sunset/proof.json").location == "/admin/sunset"
    decide(app, person, "cancel")
    clock.passes(minutes=1)
    assert person().get("/pass").status_code == 200


def test_a_monitor_is_told_of_a_wish_that_lapses_and_of_the_last_day(app, person, clock):
    shown = told(app.test_client())
    assert (shown[DECREE], LAPSES in shown, LAST in shown) == (0, False, False)
    clock.passes(minutes=1)
    admin = person("admin")
    assert admin.post("/admin/sunset", {"what": "end", "code": code_for(app, "admin")}).status_code == 303
    clock.passes(hours=20)
    shown = told(app.test_client())
    assert (shown[LAPSES], LAST in shown) == (4 * 3600, False)
    clock.passes(hours=5)
    assert LAPSES not in told(app.test_client())
    decide(app, person, "end")
    ends = clock() + timedelta(minutes=1)
    clock.passes(minutes=1)
    shown = told(app.test_client())
    goes = day_start(kst_day(ends)) + 28 * DAYS - clock()
    assert (shown[DECREE], LAPSES in shown, shown[LAST]) == (0, False, goes.total_seconds())
    clock.passes(days=30)
    assert told(app.test_client())[LAST] == goes.total_seconds() - 30 * 86_400


def test_a_wrong_code_or_wish_is_said_on_the_page(app, person):
    admin = person("admin")
    assert admin.post("/admin/sunset", {"what": "end", "code": "000000"}).status_code == 422
    assert admin.post("/admin/sunset", {"what": "cancel", "code": code_for(app, "admin")}).status_code == 409
    assert admin.post("/admin/sunset", {"what": "x", "code": code_for(app, "admin")}).status_code == 422
    assert admin.post(f"/admin/sunset/{'0' * 64}", {"code": code_for(app, "admin")}).status_code == 409


def test_the_pages_are_whole_and_the_proof_is_made_when_nothing_is_left(
    app, browser, person, services, clock, tmp_path
):
    fill(services, kst_day(clock()) - 3 * DAYS)
    decide(app, person, "end")
    clock.passes(minutes=2)
    admin = person("admin")
    assert "종료 확인서를 만들 수 없습니다" in text(admin.post("/admin/sunset/proof", follow_redirects=True))
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "admin")
        look(page, "/admin/sunset", tmp_path, "ended")
        with services.store.read() as db:
            [case] = cases.all_cases(db)
        assert person("officer").post(f"/officer/cases/{case.case.case_id}/close").status_code == 303
        clock.passes(days=29)
        services.store.write(lambda db: retention.set_only_mark(db, clocks.reading(clock())))
        purge(services, clocks.reading(clock()))
        admin = person("admin")
        assert admin.post("/admin/sunset/proof").location == "/admin/sunset/proof"
        assert admin.get("/admin/sunset/proof.json").json["receipt"]["kind"] == "sunset"
        sign_in(page, app, "admin")
        look(page, "/admin/sunset/proof", tmp_path, "proof")


def look(page, path: str, folder, name: str) -> None:
    for width, size in (("390", {"width": 390, "height": 844}), ("1440", DESKTOP)):
        page.set_viewport_size(size)
        page.goto(path)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        assert axe_violations(page) == []
        assert not too_wide(page)
