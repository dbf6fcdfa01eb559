"""The usefulness report in the pages: figures that are entered, the workbook, how it looks."""

from datetime import date

from entry_service.usecases.cases.register_case import register_case
from entry_service.usecases.cases.usefulness import keep_results
from tests.workbooks import sheet_rows

from .browser import DESKTOP, axe_violations, phone, serving, too_wide
from .forms import text
from .sign_in import sign_in


def registered(services, clock) -> None:
    facts = {"onset": date(2020, 8, 24), "specimen_date": None, "places": [], "passes": [], "now": clock()}
    register_case(services, number="군포-1", **facts)
    keep_results(services)


def test_costs_are_entered_with_their_source_or_said_to_be_missing(person, services, clock):
    registered(services, clock)
    admin, officer = person("admin"), person("officer")
    page = text(officer.get("/usefulness"))
    assert "출입 기록에 방문이 없던 확진자" in page
    assert officer.post("/usefulness", {"cost_once": "1", "cost_once_source": "x"}).status_code == 403
    wrong = admin.post("/usefulness", {"cost_once": "3000000"})
    assert (wrong.status_code, "근거를" in text(wrong)) == (422, True)
    form = {
        "cost_once": "3,000,000",
        "cost_once_source": "계약서",
        "minutes_ask": "20",
        "minutes_ask_source": "측정",
    }
    assert admin.post("/usefulness", form).status_code == 303
    page = text(admin.get("/usefulness"))
    assert 'value="3000000"' in page
    assert "비용 일부 미입력" in page
    whole = {**form, "cost_month": "0", "cost_month_source": "무료", "started_on": "2020-08-01"}
    assert admin.post("/usefulness", {**whole, "started_on_source": "공문"}).status_code == 303
    page = text(admin.get("/usefulness"))
    assert 'value="2020-08-01"' in page
    assert "찾은 접촉 없음" in page  # nothing to share the cost by
    assert "비용 미입력" not in page
    file = officer.get("/usefulness.xlsx")
    assert file.mimetype.endswith("sheet")
    cells = str([sheet_rows(file.data, number) for number in (1, 2)])
    for told in ("전체", "2020-08", "찾은 접촉 없음", "계약서", "2020-08-01", "assumption"):
        assert told in cells


def test_the_page_is_whole_on_a_phone_and_a_desk(app, browser, services, clock, tmp_path):
    registered(services, clock)
    with serving(app) as origin:
        page = phone(browser, origin)
        sign_in(page, app, "admin")
        for width, size in (("390", {"width": 390, "height": 844}), ("1440", DESKTOP)):
            page.set_viewport_size(size)
            page.goto("/usefulness")
            page.screenshot(path=tmp_path / f"usefulness-{width}.png", full_page=True)
            assert axe_violations(page) == []
            assert not too_wide(page)
