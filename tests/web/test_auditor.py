"""The auditor's pages and the public counts: who, why and how much, and never about whom."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from entry_service.core.actors import ACTIONS, PURPOSES, Actor
from entry_service.core.audit_rules import REASONS
from entry_service.vault import audit_verification
from entry_service.vault.audit_verification import WHY
from entry_service.web.auditor import words
from entry_service.web.frame.access import ROLES

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import Person

OFFICER = Actor(account_id="A-officer", role="officer", origin="192.0.2.7")
APPROVER = Actor(account_id="A-approver", role="approver", origin="192.0.2.8")
PHONE = "+821000001234"
HASH = "0a1b2c3d" * 8


@pytest.fixture
def busy(services, clock):
    """Fill a month: searches, a reveal, exports, refusals, a destroyed day."""
    append, now = services.vault.audit.append, clock()
    for number in range(24):
        at = now - timedelta(minutes=10 * number)
        subjects = [PHONE if number % 3 == 0 else f"+82100000{number:04}"]
        append("phone_searched", OFFICER, now=at, purpose="contact_tracing", case_id="case-7", subjects=subjects)
    facts = {"now": now, "purpose": "contact_tracing", "request_hash": HASH, "case_id": "case-7"}
    append("disclosure_asked", OFFICER, rows=12, **facts)
    append("disclosure_approved", APPROVER, rows=12, **facts)
    append("disclosure_opened", OFFICER, rows=12, subjects=[PHONE], **facts)
    append("contacts_exported", OFFICER, now=now + timedelta(hours=6), rows=12)  # at midnight, without a reason
    for _ in range(3):
        append("refused", OFFICER, now=now, outcome="own_request")
    append("day_destroyed", Actor(account_id="service", role="service"), now=now, rows=340)
    return services


@pytest.fixture
def auditor(person):
    signed_in = person()
    signed_in.signs_in("auditor")
    return signed_in


def test_every_closed_word_has_a_name():
    assert words.ACTIONS.keys() == set(ACTIONS)
    assert words.PURPOSES.keys() == {*PURPOSES, "drill"}
    assert words.RULES.keys() == words.RULE_ACTIONS.keys() == REASONS.keys()
    assert set(ROLES) <= words.ROLES.keys()
    assert WHY.keys() == set(audit_verification.Why.__args__) - {""}


@pytest.mark.parametrize("path", ["/auditor", "/auditor/months/2020-08"])
@pytest.mark.parametrize("role", ["officer", "approver", "admin", "manager"])
def test_nobody_else_reads_the_audit(person, path, role):
    other = person()
    other.signs_in(role)
    assert other.get(path).status_code == 403
    assert other.post("/auditor/verify").status_code == 403


@pytest.mark.parametrize("path", ["/auditor", "/auditor/months/2020-08"])
def test_the_rows_name_accounts_and_reasons_but_nobody_who_was_looked_up(busy, auditor, path):
    page = auditor.get(path).get_data(as_text=True)
    for shown in ("officer", "연락처 열람", "접촉자 조사", "많은 전화번호 검색", "같은 사람을 되풀이하여 검색"):
        assert shown in page
    for hidden in (PHONE, PHONE[3:], "1234", "case-7"):
        assert hidden not in page


def test_the_list_is_narrowed_and_paged(busy, auditor):
    for _ in range(60):
        busy.vault.audit.append("sign_in", APPROVER, now=auditor.client.application.extensions["clock"]())
    newest = auditor.get("/auditor?account=A-approver&action=sign_in").get_data(as_text=True)
    assert newest.count("<tr>") == 51
    older = re.search(r"before=(\d+)#rows", newest)[1]
    last = auditor.get(f"/auditor?account=A-approver&action=sign_in&before={older}").get_data(as_text=True)
    assert last.count("<tr>") == 11
    assert "이전 기록" in newest
    assert "이전 기록" not in last
    assert "이 조건의 기록이 없습니다." in auditor.get("/auditor?month=2020-07").get_data(as_text=True)
    for nonsense in ("month=2020-99", "before=x", "account=nobody", "action=drop"):
        assert auditor.get(f"/auditor?{nonsense}").status_code == 200


def test_the_button_verifies_and_names_the_first_bad_row(busy, auditor, settings, monkeypatch):
    monkeypatch.setattr(audit_verification, "STEPS", 1)
    answer = auditor.post("/auditor/verify", follow_redirects=True).get_data(as_text=True)
    assert "건이 모두 맞습니다. 따로 적어 두실 값:" in answer
    file = settings.audit_copy_dir / "checkpoints.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:4], *lines[5:]]))
    answer = auditor.post("/auditor/verify", follow_redirects=True).get_data(as_text=True)
    assert "5번 기록에서 멈추었습니다. 사본이 바뀌었습니다." in answer


@pytest.mark.parametrize("month", ["2020-09", "2020-13", "x", "1999-01"])
def test_a_month_that_has_not_begun_has_no_report(auditor, month):
    assert auditor.get(f"/auditor/months/{month}").status_code == 404


def test_the_public_counts_are_those_of_the_audit_and_kept_for_a_minute(busy, person, clock):
    page = person().get("/transparency").get_data(as_text=True)
    cells = [cell.partition("<")[0] for cell in page.partition("<tbody>")[2].split('<td class="number">')[1:8]]
    assert cells == ["1", "1", "0", "12", "1", "340", "0"]
    busy.vault.audit.append("disclosure_opened", OFFICER, now=clock(), rows=5)
    assert "17명" not in person().get("/transparency").get_data(as_text=True)
    clock.passes(seconds=61)
    answer = person().get("/transparency")
    assert "17명" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "private, max-age=60"


def test_a_service_in_which_nothing_happened_says_so(services, person):
    assert "아직 센 것이 없습니다." in person().get("/transparency").get_data(as_text=True)


def test_months_without_acts_are_there_with_zeros(busy, person, clock):
    clock.passes(days=70)
    page = person().get("/transparency").get_data(as_text=True)
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    assert [row.partition("월")[0][-2:].strip() for row in rows] == ["11", "10", "9", "8"]
    assert rows[0].count(">0<") == 7


def test_the_pages_in_a_browser(app, busy, browser):
    """Readable on a phone and on a desk, without a violation of axe."""
    reader = Person(app.test_client())
    reader.signs_in("auditor")
    cookie = reader.client.get_cookie("session")
    with serving(app) as origin:
        for opened in (phone(browser, origin), desktop(browser, origin)):
            opened.context.add_cookies([{"name": "session", "value": cookie.value, "url": origin}])
            for path in ("/auditor", "/auditor/months/2020-08", "/transparency"):
                opened.goto(path)
                assert axe_violations(opened) == [], path
                assert not too_wide(opened), path
            assert opened.complaints == []


def test_whatever_a_use_case_says_came_of_it_has_a_word():
    said = set()
    for path in (Path(words.__file__).parents[2] / "usecases").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            found = call.args[3:4] if name == "note_change" else []
            if name.endswith("audit.append") and ast.unparse(call.args[0]) != "'refused'":  # told by their code
                found = [one.value for one in call.keywords if one.arg == "outcome"]
            said |= {one.value for one in found if isinstance(one, ast.Constant)}
    assert {"plan_sent", "visit_removed"} <= said
    assert said - set(words.OUTCOMES) == set()
