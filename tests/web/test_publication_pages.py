"""Places, message and report as they are seen: on a phone, on a wide screen, without scripts, and on paper."""

import re

import pytest
from playwright.sync_api import expect

from entry_service import create_app
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from tests.workbooks import sheet_rows

from . import furnished
from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import Clock, Person


@pytest.fixture(scope="module")
def city(tmp_path_factory, password_hash):
    """Serve a furnished service; give its origin, application, an officer, and what stands in addresses."""
    settings = Settings(
        var=tmp_path_factory.mktemp("city") / "var",
        secret="a secret of the tests, forty characters.",
        secure_cookies=False,
        demo=True,
    )
    clock = Clock()
    prepare(settings)
    services = open_services(settings, clock())
    known = furnished.furnish(services, clock, password_hash)
    app = create_app(settings, services, clock=clock)
    officer = Person(app.test_client())
    assert officer.signs_in("officer").status_code == 303
    with serving(app) as origin:
        yield origin, officer, known
    services.close()


@pytest.fixture
def opened(browser, city):
    """Return a function that opens an address as the officer; afterwards no page may have complained."""
    origin, officer, _known = city
    pages = []

    def open_page(path: str, device=desktop, **options):
        page = device(browser, origin, **options)
        session = officer.client.get_cookie("session").value
        page.context.add_cookies([{"name": "session", "value": session, "url": origin}])
        pages.append(page)
        page.goto(path)
        return page

    yield open_page
    for page in pages:
        complaints = page.complaints
        page.context.close()
        assert complaints == []


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("device", [phone, desktop])
@pytest.mark.parametrize("path", ["/places", "/officer/places", "/officer/message?place=1", "/officer/report"])
def test_a_page_fits_its_screen_and_axe_has_nothing_to_say(opened, path, device):
    page = opened(path, device)
    assert not too_wide(page)
    assert axe_violations(page) == []


def test_the_public_list_is_cards_on_a_phone_and_a_table_with_the_official_columns_on_a_wide_screen(opened):
    card = opened("/places", phone).locator(".places-table tbody tr")
    expect(card).to_have_count(1)
    assert card.evaluate("row => getComputedStyle(row).display") == "grid"
    assert card.bounding_box()["width"] <= 390
    page = opened("/places")
    heads = page.locator(".places-table thead th").all_inner_texts()
    assert heads == [
        *(
            "지역",
            "방문장소(유형)",
            "상호명",
            "도로명(소재지)",
            "확진자 방문일시",
            "소독여부",
            "비고",
            "공개 기한",
        ),
    ]
    assert page.locator(".places-table tbody tr").evaluate("row => getComputedStyle(row).display") == "table-row"


@pytest.mark.parametrize("path", ["/officer/report", "/officer/report?day=2020-08-01", "/places"])
@pytest.mark.parametrize("size", ["100", "150"])
def test_it_prints_on_one_sheet_of_a4_without_menus(opened, path, size):
    page = opened(path)
    page.evaluate("size => document.documentElement.dataset.text = size", size)
    page.emulate_media(media="print")
    for menu in (".site-head", ".site-foot", ".officer-menu", ".report-tools"):
        assert not page.locator(menu).first.is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pages_of(pdf) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert [round(float(side)) for side in box.groups()] == pytest.approx([595, 842], abs=1)  # A4 in points


def test_a_report_with_the_exposed_and_every_remark_still_prints_on_one_sheet(opened):
    page = opened("/officer/report")
    page.get_by_role("button", name="노출된 방문자도 세기").click()
    line = page.locator(".item", has_text="노출되었을 수 있는 방문자")
    expect(line).to_have_text(re.compile(r"[1-9]\d*명$"))
    expect(page.get_by_role("button", name="노출된 방문자도 세기")).to_have_count(0)
    assert pages_of(page.pdf(prefer_css_page_size=True)) == 1


def test_the_report_says_what_is_missing_and_names_nobody(city, opened):
    _origin, officer, _known = city
    page = opened("/officer/report").locator("article")
    for words in ("2020. 8. 25.(화)", "신규 등록 1명", "등록한 지표 방문 1건", "당일 공개한 장소 1곳", "1단계"):
        expect(page).to_contain_text(words)
    expect(page.locator(".missing").first).to_have_text("자료 없음")
    old = opened("/officer/report?day=2020-08-24").locator("article")
    expect(old.locator(".item", has_text="공개 중인 장소")).to_contain_text("자료 없음")
    expect(old).to_contain_text("접촉자 상태는 보고 시점 기준")
    for path in ("/officer/report", "/officer/report.xlsx"):
        content = officer.get(path).data
        for secret in ("군포-37", "방문자0", "010"):
            assert secret.encode() not in content
    assert officer.get("/officer/report?day=2020-08-26").status_code == 422
    assert officer.get("/officer/report?day=today").status_code == 422


def test_contacts_are_told_by_state(opened):
    page = opened("/officer/report")
    section = page.locator(".report-section", has_text="정보 제공 요청")
    told = dict(line.rsplit(" ", 1) for line in section.locator("li").all_inner_texts())
    figures = {name.strip(): int(figure[:-1]) for name, figure in told.items()}
    by_state = [figures[word] for word in ("연락 전", "연락함", "검사함", "격리 중", "종결")]
    assert by_state[1:] == [1, 1, 1, 0]
    assert sum(by_state) == figures["조사 중인 사례의 접촉자"] == figures["제공받은 접촉자"]


def test_the_workbook_of_the_report_says_the_same_in_two_sheets(city):
    _origin, officer, _known = city
    content = officer.get("/officer/report.xlsx").data
    rows = sheet_rows(content)
    assert rows[0] == ["구분", "항목", "값", "단위", "비고"]
    figures = {(row[0], row[1]): row[2] for row in rows[1:]}
    assert figures["확진자", "신규 등록"] == 1
    assert figures["지표 방문과 노출", "노출되었을 수 있는 방문자"] is None
    missing = next(row for row in rows if row[1] == "노출되었을 수 있는 방문자")
    assert missing[4] == "요청하여야 셈"
    doors = sheet_rows(content, 2)
    assert doors[0] == ["단계", "등록 방법", "출입 기록", "입장 인원"]
    assert sum(row[2] for row in doors[1:]) == figures["출입 기록", "출입 기록"]


def test_characters_are_counted_live_and_the_server_says_the_same(opened):
    page = opened("/officer/message?place=1", phone)
    text, count = page.get_by_label("보낼 문안"), page.locator("#count")
    expect(count).to_have_text("77자 / 90자 · 13자 남음")
    typed = "가" * 88 + "  \u1112\u1161\u11ab\n\n😷"
    text.fill(typed)
    expect(count).to_have_text("92자 / 90자 · 2자 넘침")
    expect(count).to_have_class(re.compile("over"))
    page.get_by_role("button", name="다시 확인").click()
    expect(count).to_have_text("92자 / 90자 · 2자 넘침")
    expect(page.get_by_label("보낼 문안")).to_have_attribute("aria-invalid", "true")


def test_the_text_is_copied_by_a_button_and_nothing_is_sent(opened, city):
    page = opened("/officer/message?place=1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=city[0])
    page.wait_for_load_state("networkidle")  # an icon may come late
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="복사").click()
    expect(page.locator("#copied")).to_have_text("복사했습니다.")
    assert "산본도서관 방문자는" in page.evaluate("() => navigator.clipboard.readText()")
    assert asked == []


def test_the_message_works_without_scripts(opened):
    page = opened("/officer/message", java_script_enabled=False)
    page.get_by_role("checkbox", name=re.compile("산본도서관")).check()
    page.get_by_role("button", name="문안 만들기").click()
    expect(page.locator("#count")).to_have_text("77자 / 90자 · 13자 남음")
    expect(page.get_by_role("button", name="복사")).to_have_count(0)
    page.get_by_label("보낼 문안").fill("오늘 확진자 12명 발생")
    page.get_by_role("button", name="다시 확인").click()
    expect(page.locator(".message-hints")).to_contain_text("확진자 수만 알리는 내용은")


def test_a_place_goes_from_draft_to_public_by_hand(opened, city):
    _origin, _officer, known = city
    page = opened(f"/officer/places/{known['place_id']}")
    page.get_by_label("비고").fill("2층 열람실")
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_role("status")).to_contain_text("공개 목록에 바로 나타납니다")
    expect(opened("/places").locator(".places-table")).to_contain_text("2층 열람실")


def test_the_languages_of_visitors_are_offered(opened):
    page = opened("/places?lang=vi", phone)
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    assert not too_wide(page)
