"""The checklist in a real Chromium when its plan changes, the sign-in ends, or somebody signs out."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from entry_service.store.plans import plans
from tests.field_notes import given, moved

from ..browser import axe_violations, too_wide
from ..planned import plan_of
from ..planned import stop as planned_stop
from .test_field import PLAN, done, notes, phone_of, posts, send_newer, stop, team  # noqa: F401 - a fixture

pytestmark = pytest.mark.real
NEWER = "20200825T120000-abcd"
KEPT = """async () => {
  const request = indexedDB.open("entry-field");
  const db = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const found = {};
  for (const name of ["items", "kept"]) {
    const all = db.transaction(name).objectStore(name).getAll();
    found[name] = await new Promise((resolve) => (all.onsuccess = () => resolve(all.result)));
  }
  db.close();
  return JSON.stringify(found);
}"""


def look_again(page: Page) -> None:
    """Do what a phone does that is taken out of a pocket."""
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def test_an_open_phone_says_what_changed_and_loses_no_note(team):  # noqa: F811
    page = phone_of(team)
    market = stop(page, "중앙시장")
    market.get_by_role("button", name="점검표 적기").click()
    market.get_by_text("승강기 단추").click()
    with team.down():
        done(page, "산본도서관")
        only_library = [planned_stop("GP-001", 1), planned_stop("GP-009", 2)]
        send_newer(team, NEWER, only_library)
    look_again(page)
    change = page.locator("#change")
    expect(change).to_contain_text("계획이 바뀌었습니다")
    expect(change).to_contain_text("새로 맡은 곳: GP-009")
    expect(change).to_contain_text("빠진 곳: 중앙시장")
    assert axe_violations(page) == []
    assert not too_wide(page)
    expect(page.locator("#waiting")).to_be_hidden(timeout=60_000)
    expect(page.locator("#count")).to_contain_text("2곳 중 1곳")  # what was done under the old plan carries over
    expect(stop(page, "중앙시장")).to_contain_text("적는 중")  # left the list; its form is still there
    page.reload()
    expect(change).to_be_visible()  # until somebody has read it
    change.get_by_role("button", name="확인했습니다").click()
    expect(change).to_be_hidden()
    card = stop(page, "중앙시장")
    card.get_by_role("button", name="점검표 적기").click()
    expect(card.get_by_label("승강기 단추")).to_be_checked()
    card.get_by_role("button", name="지금 시작").click()
    card.get_by_role("button", name="저장").click()
    expect(card).to_have_count(0, timeout=60_000)  # sent
    assert {name: many[0].plan_id for name, many in notes(team).items()} == {"d-GP-001": PLAN, "d-GP-003": PLAN}


def test_who_is_taken_off_the_plan_still_finishes_what_was_begun(team):  # noqa: F811
    page = phone_of(team)
    market = stop(page, "중앙시장")
    market.get_by_role("button", name="점검표 적기").click()
    market.get_by_text("승강기 단추").click()
    team.services.store.write(lambda db: plans.give_team(db, given(None, plan=PLAN)))
    look_again(page)
    expect(page.locator("#change")).to_contain_text("빠진 곳: 산본도서관, 중앙시장")
    expect(page.locator("#empty")).to_contain_text("오늘 배정된 계획이 없습니다")
    expect(stop(page, "산본도서관")).to_have_count(0)
    market.get_by_role("button", name="지금 시작").click()
    market.get_by_role("button", name="저장").click()
    expect(market).to_have_count(0, timeout=60_000)
    assert [note.plan_id for note in notes(team)["d-GP-003"]] == [PLAN]


def test_a_note_of_another_teams_stop_is_refused_in_words_and_stays_on_the_phone(team, settings):  # noqa: F811
    page = phone_of(team)
    with team.down():
        done(page, "산본도서관")
        folder = settings.var / "plans" / PLAN / "plan.json"
        stops = [planned_stop("GP-001", 1, team=2), planned_stop("GP-003", 2)]
        folder.write_text(json.dumps(plan_of(PLAN, stops)), encoding="utf-8")  # made anew under its name
    look_again(page)
    expect(page.locator("#stuck")).to_contain_text("보내지 못한 기록 1건", timeout=60_000)
    card = stop(page, "산본도서관")
    expect(card).to_contain_text("이 조의 방문지가 아니어서 받지 않았습니다")
    expect(page.get_by_role("link", name="보건소 031-390-0114")).to_be_visible()
    assert axe_violations(page) == []
    team.services.store.write(lambda db: plans.change(db, moved("d-GP-001", 1)))  # the officer gives it back
    page.get_by_role("button", name="다시 보내기").click()
    expect(page.locator("#stuck")).to_be_hidden(timeout=60_000)
    assert len(notes(team)["d-GP-001"]) == 1


def test_who_signs_out_leaves_no_list_and_unsent_notes_stay_sealed(team):  # noqa: F811
    page = phone_of(team)
    assert "중앙시장" not in page.evaluate(KEPT)  # sealed from the first
    with team.down():
        done(page, "산본도서관", "뒷문으로 들어감")
        expect(stop(page, "산본도서관")).to_contain_text("전송 대기")
        assert "뒷문" not in page.evaluate(KEPT)
        page.get_by_role("button", name="로그아웃").click()
        page.wait_for_function("() => location.protocol === 'chrome-error:'")  # wait_for_url fails with the page
    page.goto("/login")
    kept = page.evaluate(KEPT)
    assert '"name":"plan"' not in kept
    assert kept.count('"kind":"check"') == 1
    assert len(posts(team)) == 0


ALONE = """async () => {
  const { FieldService } = await import("/static/js/field/service.js");
  await new FieldService(null).plan(false);
}"""
AGED = """async (now) => {
  const { FieldList } = await import("/static/js/field/list.js");
  const { DoorStore } = await import("/static/js/door/store.js");
  const store = new DoorStore({ name: "entry-field" });
  const list = new FieldList({ store, hours: 12, now: () => Date.parse(now), onGone: () => {} });
  await list.recall();
  return [list.plan?.stops.length ?? null, (await store.kept("plan")) !== null];
}"""


def test_what_the_page_asks_by_itself_keeps_no_sign_in_alive(team, clock):  # noqa: F811
    page = phone_of(team)
    for _ in range(2):
        clock.passes(minutes=25)
        page.evaluate(ALONE)
    clock.passes(minutes=15)
    look_again(page)
    expect(page.locator("#connection")).to_contain_text("로그인이 끝났습니다")
    expect(stop(page, "중앙시장")).to_be_visible()  # work goes on


def test_a_list_lasts_no_longer_than_a_sign_in(team, clock):  # noqa: F811
    page = phone_of(team)
    assert page.evaluate(AGED, (clock() + timedelta(hours=11)).isoformat()) == [2, True]
    assert page.evaluate(AGED, (clock() + timedelta(hours=13)).isoformat()) == [None, False]
