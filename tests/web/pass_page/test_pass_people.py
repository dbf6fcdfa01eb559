"""Several passes on one phone: children under 14 with the guardian's number, parents, one after the other."""

import json

from playwright.sync_api import Page, expect

from entry_service.core.times import day_number, kst_day
from entry_service.usecases.doors.typed_code import resolve

from ..browser import axe_violations, too_wide
from .visitor import NAME, PHONE, accepted, fill, get_pass, kept, later, typed_code

CHILD = "방문자둘"


def add(page: Page, label: str, *, name: str = CHILD, phone: str = PHONE, child: bool = False) -> None:
    page.get_by_role("button", name="가족 추가").click()
    expect(page.locator("#new-title")).to_be_focused()
    fill(page, name=name, phone=phone, label=label)
    if child:
        page.get_by_label("만 14세 미만 어린이의 출입증입니다").check()
        page.locator("#guardian").check()
    get_pass(page)


def people(page: Page) -> list[str]:
    return page.locator("#people button").all_inner_texts()


def test_each_has_a_pass_of_their_own_and_a_tap_changes_who_is_shown(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    own = accepted(services, page, clock()).header.pid
    expect(page.locator("#people-box")).to_be_hidden()
    add(page, "첫째", child=True)
    child = accepted(services, page, clock()).header.pid
    assert child != own
    assert [text.split() for text in people(page)] == [["시***자", "님"], ["첫째", "14세", "미만"]]
    assert (axe_violations(page), too_wide(page)) == ([], False)
    page.get_by_role("button", name="시***자 님").click()
    expect(page.locator("#pass-said")).to_have_text("시***자 님 출입증을 보이고 있습니다.")
    assert accepted(services, page, clock()).header.pid == own
    page.reload()  # who was shown last is shown again
    assert accepted(services, page, clock()).header.pid == own
    assert not [
        secret for secret in (NAME, CHILD, "0391-4826") if secret in json.dumps(kept(page), ensure_ascii=False)
    ]


def test_the_label_never_leaves_the_phone(open_pass):
    page = open_pass()
    sent = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    fill(page)
    get_pass(page)
    add(page, "우리막내", child=True)
    assert "우리막내" in kept(page)["entry.pass"]
    assert not [body for body in sent if "우리막내" in body or "child" in body or "guardian" in body]


def test_a_child_needs_the_guardians_consent_and_is_not_refused(open_pass):
    page = open_pass()
    fill(page)
    page.get_by_label("만 14세 미만 어린이의 출입증입니다").check()
    expect(page.locator("#guardian-box")).to_contain_text("보호자의 휴대전화번호")
    page.get_by_role("button", name="출입증 받기").click()
    expect(page.locator("#guardian-error")).to_contain_text("법정대리인이 동의해야")
    expect(page.locator("#guardian")).to_be_focused()
    assert axe_violations(page) == []
    page.locator("#guardian").check()
    get_pass(page)


def test_the_guardians_remembered_number_is_offered_for_the_child(open_pass):
    page = open_pass()
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    page.get_by_role("button", name="가족 추가").click()
    assert page.locator("#name").input_value() == ""
    page.get_by_label("만 14세 미만 어린이의 출입증입니다").check()
    assert page.locator("#phone").input_value() == PHONE


def test_one_of_several_is_removed_and_the_others_stay(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    add(page, "어머니", phone="010-0391-4827")
    page.get_by_role("button", name="지우기").click()
    expect(page.locator("#erase-title")).to_have_text("어머니 출입증을 지우시겠습니까?")
    page.get_by_role("dialog").get_by_role("button", name="지우기").click()
    expect(page.locator("#pass-name")).to_have_text("시***자 님")
    expect(page.locator("#people-box")).to_be_hidden()
    assert "어머니" not in kept(page)["entry.pass"]
    accepted(services, page, clock())
    page.get_by_role("button", name="지우기").click()
    page.get_by_role("dialog").get_by_role("button", name="지우기").click()
    expect(page.locator("#pass-new")).to_be_visible()
    assert kept(page) == {}


def test_all_are_shown_one_after_the_other_at_a_tap(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    for label in ("첫째", "둘째"):
        add(page, label, child=True)
    page.get_by_role("button", name="모두 차례로 보이기").click()
    seen = []
    for words, button in (
        ("3명 중 1번째", "다음: 첫째"),
        ("첫째 (3명 중 2번째)", "다음: 둘째"),
        ("3번째", "마치기"),
    ):
        expect(page.locator("#full-who")).to_contain_text(words)
        expect(page.locator("#full-next")).to_have_text(button)
        seen.append(accepted(services, page, clock()).header.pid)
        assert axe_violations(page) == []
        page.locator("#full-next").click()
    assert len(set(seen)) == 3
    expect(page.locator("#pass-full")).to_be_hidden()
    expect(page.locator("#pass-said")).to_have_text("모두 보였습니다.")


def test_everybody_who_is_remembered_is_renewed(open_pass, services, clock):
    page = open_pass()
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    page.get_by_role("button", name="가족 추가").click()
    fill(page, name=CHILD, label="첫째")
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    later(page, clock, minutes=11)
    tomorrow = day_number(kst_day(clock())) + 1
    expect(page.locator("#pass-until")).to_have_text("내일 출입증까지 받아 두었습니다.")
    page.wait_for_function(
        """day => JSON.parse(localStorage['entry.pass']).holders.every(
             one => one.passes.some(pass => pass.day === day))""",
        arg=tomorrow,
    )


def test_the_single_pass_of_an_older_page_is_still_there(open_pass, services, clock):
    page = open_pass()
    fill(page)
    page.get_by_label("이 휴대전화에 기억하고").check()
    get_pass(page)
    pid = accepted(services, page, clock()).header.pid
    page.evaluate(
        """() => {
      const { holders: [{ name, passes }] } = JSON.parse(localStorage["entry.pass"]);
      const older = passes.map(({ short_handle, short_key, ...one }) => one);
      localStorage["entry.pass"] = JSON.stringify({ v: 1, name, issued_at: "", passes: older });
      localStorage["entry.contact"] = JSON.stringify(JSON.parse(localStorage["entry.contact"]).of.own);
    }"""
    )
    page.reload()
    expect(page.locator("#pass-name")).to_have_text("시***자 님")
    assert accepted(services, page, clock()).header.pid == pid
    expect(page.locator("#pass-typed")).to_be_hidden()  # an older pass has no typed code, and does not pretend
    add(page, "첫째")
    assert len(people(page)) == 2
    page.get_by_role("button", name="시***자 님").click()
    page.get_by_role("button", name="새로 받기").click()
    assert page.locator("#name").input_value() == NAME  # the contact it remembered is the owner's


def test_the_typed_code_on_the_screen_is_whose_pass_it_is(open_pass, services, clock):
    page = open_pass()
    fill(page)
    get_pass(page)
    pid = accepted(services, page, clock()).header.pid
    first = typed_code(page)
    assert resolve(services, first.replace("-", " ").lower(), clock()).pid == pid
    later(page, clock, seconds=15)
    expect(page.locator("#pass-typed")).not_to_have_text(first)
    assert resolve(services, typed_code(page), clock()).pid == pid
