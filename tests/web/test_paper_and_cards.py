"""The manager's pages of paper slips and printed cards: whose they are, what they say, what is left behind."""

import base64
import os
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from entry_service.core.cards import PREFIX, CardRevoked
from entry_service.core.times import kst_day
from entry_service.store.log import slips
from entry_service.usecases.doors import cards

from .browser import axe_violations, desktop, phone, screenshots, serving, too_wide
from .conftest import PASSWORD

PICTURES = os.environ.get("PICTURES")
PAGES = ["/paper", "/cards"]
PAPER, CARDS = "/manager/GP-001/paper", "/manager/GP-001/cards"
FORM = {"kind": "phone", "phone": "010-0876-1234", "residence": "군포시", "consent": "yes"}
POSTS = ["/paper/2020-07-01/destroy", "/cards", "/cards/UNKNOWN0/revoke"]


@pytest.fixture
def write_slips(services):
    """Return a function that puts slips of a day into the log."""

    def write(day, many, facility_id="GP-001", start=0):
        def keep(db):
            for number in range(start, start + many):
                slips.add(db, f"slip-{facility_id}-{day}-{number}", facility_id, day, str(number + 1))

        services.store.write(keep)

    return write


def days_ago(clock, days):
    return kst_day(clock()) - timedelta(days=days)


def issue(someone, **changes):
    return someone.post(CARDS, {"form_id": "form-one", **FORM, **changes})


def card_text(page):
    """Return what the QR of the card in the answer holds."""
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', page.get_data(as_text=True))[1]
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(base64.b64decode(picture))))
    return code.text


@pytest.mark.parametrize("path", PAGES)
def test_only_managers_of_the_facility_and_administrators_see_the_pages(person, path):
    address = f"/manager/GP-001{path}"
    assert person().get(address).status_code == 303
    for role in ("staff", "officer"):
        assert person(role).get(address).status_code == 403
    for role in ("manager", "admin"):
        assert person(role).get(address).status_code == 200
    assert person("manager").get(f"/manager/GP-002{path}").status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_nobody_else_changes_anything(person, path):
    address = f"/manager/GP-001{path}"
    assert person().post(address).status_code == 401
    for role in ("staff", "officer"):
        assert person(role).post(address).status_code == 403
    manager = person("manager")
    assert manager.post(f"/manager/GP-002{path}").status_code == 404
    assert manager.client.post(address).status_code == 400


# Paper


def test_days_of_paper_are_kept_due_and_overdue(person, clock, write_slips):
    for days, many in ((0, 3), (27, 4), (28, 5), (30, 1_234)):
        write_slips(days_ago(clock, days), many)
    write_slips(days_ago(clock, 40), 9, "GP-002")
    text = person("manager").get(PAPER).get_data(as_text=True)
    waiting, kept = text.split('id="kept-heading"')
    assert re.findall(r"([\d,]+)장</dd>", waiting) == ["1,234", "5"]
    assert "기한 2일 지남" in waiting
    assert "오늘 파쇄" in waiting
    assert re.findall(r"([\d,]+)장</td>", kept) == ["4", "3"]


def test_a_destruction_is_confirmed_once_by_whom_and_for_how_many(person, services, clock, write_slips):
    day = days_ago(clock, 28)
    write_slips(day, 5)
    manager = person("manager")
    for _ in range(2):
        assert manager.post(f"{PAPER}/{day}/destroy", {"slips": "5"}).status_code == 303
        clock.passes(minutes=1)
    with services.store.read() as db:
        from entry_service.store.schema.door_tables import paper_destructions

        row = db.execute(paper_destructions.select()).one()
    assert (row.facility_id, row.day, row.slips, row.confirmed_by) == ("GP-001", day, 5, "A-manager")
    assert row.destroyed_at == clock() - timedelta(minutes=2)
    text = manager.get(PAPER).get_data(as_text=True)
    assert "파쇄를 확인한 전표" in text
    assert "오늘 파쇄할 종이 전표가 없습니다." in text


def test_paper_is_kept_for_four_weeks_and_what_was_not_seen_is_not_confirmed(person, services, clock, write_slips):
    early, due = days_ago(clock, 27), days_ago(clock, 28)
    write_slips(early, 2)
    write_slips(due, 2)
    manager = person("manager")
    for day, seen, why in (
        (early, "2", "아직 보관해야"),
        (due, "1", "더 입력되었습니다"),
        (due, "x", "더 입력되었습니다"),
    ):
        manager.post(f"{PAPER}/{day}/destroy", {"slips": seen})
        assert why in manager.get(PAPER).get_data(as_text=True)
    with services.store.read() as db:
        assert [day.destroyed for day in slips.paper_days(db, "GP-001")] == [0, 0]
    for day in ("2020-01-01", "yesterday"):
        assert manager.post(f"{PAPER}/{day}/destroy", {"slips": "0"}).status_code in (404, 422)


def test_slips_typed_after_the_destruction_ask_for_it_again(person, clock, write_slips):
    day = days_ago(clock, 29)
    write_slips(day, 5)
    manager = person("manager")
    manager.post(f"{PAPER}/{day}/destroy", {"slips": "5"})
    write_slips(day, 1, start=5)
    text = manager.get(PAPER).get_data(as_text=True)
    assert re.search(r"파쇄 확인 뒤 입력</dt><dd>1장", text)
    manager.post(f"{PAPER}/{day}/destroy", {"slips": "6"})
    assert "파쇄할 종이 전표가 없습니다" in manager.get(PAPER).get_data(as_text=True)


# Cards


def test_a_card_is_shown_once_and_nothing_of_it_is_kept_in_the_open(person, services, clock):
    manager = person("manager")
    answer = issue(manager)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    text = card_text(answer)
    assert text.startswith(PREFIX)
    assert len(text) == 20
    page = answer.get_data(as_text=True)
    assert "0876" not in page  # neither on the card nor around it
    assert text not in page
    assert cards.present(services, text, kst_day(clock()), clock(), os.urandom).pid
    listed = manager.get(CARDS).get_data(as_text=True)
    assert re.search(r"<h3>[0-9A-Z]{4}-[0-9A-Z]{4}</h3>", listed)
    for word in ("0876", text[4:], text):
        assert word not in listed
    document = re.search(r'href="data:application/pdf;base64,([^"]+)"', page)[1]
    assert base64.b64decode(document).startswith(b"%PDF-1.7")


def test_a_form_that_is_sent_twice_gives_out_one_card(person, services):
    manager = person("manager")
    issue(manager)
    again = issue(manager)
    assert again.status_code == 409
    assert "이미 카드를 발급했습니다" in again.get_data(as_text=True)
    assert len(cards.given_out(services, "GP-001")) == 1
    assert 'value="form-one"' not in again.get_data(as_text=True)
    assert issue(manager, form_id="form-two").status_code == 200


def test_a_revoked_card_is_revoked_at_once_and_by_its_facility_alone(person, services, clock):
    manager = person("manager")
    text = card_text(issue(manager))
    [card] = cards.given_out(services, "GP-001")
    admin = person("admin")
    assert admin.post(f"/manager/GP-002/cards/{card.card_id}/revoke").status_code == 404
    assert manager.post(f"{CARDS}/{card.card_id}/revoke").status_code == 303
    with pytest.raises(CardRevoked):
        cards.present(services, text, kst_day(clock()), clock(), os.urandom)
    assert "해제됨" in manager.get(CARDS).get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "031-390-0000"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"residence": ""}, "residence"),
        ({"consent": ""}, "consent"),
        ({"kind": "safety_code", "safety_code": "12345"}, "safety_code"),
    ],
)
def test_a_refused_form_comes_back_as_it_was_typed_with_the_sentence_at_its_field(
    person, services, changes, field
):
    answer = issue(person("manager"), **changes)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    marked = re.search(rf'<input id="{field}"[^>]*>|<input type="checkbox" id="{field}"[^>]*>', page)[0]
    assert 'aria-invalid="true" autofocus' in marked
    assert re.search(rf'id="{field}-error">[^<]+\.', page)
    assert f'value="{ {**FORM, **changes}["phone"] }"' in page
    assert cards.given_out(services, "GP-001") == []


def test_a_safety_code_makes_a_card_too(person):
    assert issue(person("manager"), kind="safety_code", safety_code="12가34나", residence="").status_code == 200


# In a browser


@pytest.fixture
def signed_in(app, browser):
    """Return a function that opens a page as the manager."""
    pages = []

    def start(window):
        page = window(browser, origin)
        page.goto("/login")
        page.fill('[name="login"]', "manager")
        page.fill('[name="password"]', PASSWORD)
        page.locator("main form button").last.click()
        page.wait_for_url("**/manager**")
        pages.append(page)
        return page

    with serving(app) as origin:
        yield start
        for page in pages:
            assert [said for said in page.complaints if "422" not in said] == []
            page.context.close()


@pytest.mark.parametrize("window", [phone, desktop], ids=["390", "1440"])
def test_pages_fit_and_are_accessible(signed_in, clock, write_slips, window, request):
    for days, many in ((1, 31), (0, 12), (28, 18), (31, 24), (45, 7)):
        write_slips(days_ago(clock, days), many)
    size = request.node.callspec.id
    page = signed_in(window)
    page.goto(PAPER)
    page.locator("summary").first.click()
    page.get_by_role("button", name="파쇄 확인").click()
    page.get_by_text("파쇄를 확인했습니다").wait_for()
    page.locator("summary").first.click()
    look_at(page, f"paper-{size}")
    page.goto(CARDS)
    page.fill("#phone", "010-0876-1234")
    page.check("#consent")
    page.get_by_role("button", name="카드 발급").click()
    page.get_by_role("heading", name="카드를 발급했습니다").wait_for()
    look_at(page, f"card-issued-{size}")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF 내려받기").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-1.7")
    page.get_by_role("link", name="카드 목록으로").click()
    page.locator("summary").first.click()
    look_at(page, f"cards-{size}")
    page.get_by_role("button", name="카드 해제").click()
    page.get_by_text("해제됨").wait_for()
    page.get_by_role("radio", name="개인안심번호").check()
    assert page.locator("#phone").is_hidden()
    page.fill("#safety_code", "12345")
    page.check("#consent")
    page.get_by_role("button", name="카드 발급").click()
    page.locator("#safety_code-error").wait_for()
    look_at(page, f"cards-refused-{size}")


def look_at(page, name):
    assert not too_wide(page)
    assert axe_violations(page) == []
    if PICTURES:
        screenshots(page, Path(PICTURES), name)
