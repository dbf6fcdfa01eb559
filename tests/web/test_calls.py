"""The webhook of the exchange and the simulated telephone, as they are called over HTTP."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from entry_service import create_app
from entry_service.cli import main
from entry_service.core.signatures import sign
from entry_service.core.times import KST
from entry_service.store.log import scans
from entry_service.store.sites import facilities

from .browser import axe_violations, desktop, phone, serving, too_wide
from .forms import text, values

NUMBER, CALLER = "0800390001", "010-0391-4826"


@pytest.fixture(autouse=True)
def numbered(services):
    """Give the library a telephone number."""
    facility = replace(services.facility("GP-001"), call_number=NUMBER)
    services.store.write(lambda db: facilities.update_facility(db, facility))


def report(app, clock, *, key=None, at=None, header=None, **changed):
    sent = {
        "call_id": "exchange-1",
        "facility_number": "080-039-0001",
        "caller": CALLER,
        "called_at": clock().isoformat(),
    }
    body = json.dumps({**sent, **changed}).encode()
    signed = (
        header if header is not None else sign(key or app.extensions["settings"].call_key, body, at or clock())
    )
    headers = {"X-Entry-Signature": signed}
    return app.test_client().post("/api/v1/calls", data=body, content_type="application/json", headers=headers)


def rows(services, clock):
    with services.store.read() as db:
        day = timedelta(days=2)
        return scans.scans_between(db, "GP-001", clock() - day, clock() + day, refused=True)


def test_the_exchange_hears_what_to_say(app, clock, services):
    answer = report(app, clock)
    assert (answer.status_code, answer.json) == (200, {"message": "방문 등록이 완료되었습니다", "repeated": False})
    assert report(app, clock).json["repeated"] is True
    [row] = rows(services, clock)
    assert (row.source, row.outcome) == ("call", "accepted")


def test_a_refusal_is_spoken_too(app, clock, services):
    refused = report(app, clock, caller="")
    assert (refused.status_code, refused.json["code"]) == (422, "caller_unknown")
    assert "직원에게" in refused.json["detail"]
    unknown = report(app, clock, facility_number="080-039-0009")
    assert (unknown.status_code, unknown.json["code"]) == (404, "call_number_unknown")
    assert [row.outcome for row in rows(services, clock)] == ["caller_unknown"]


@pytest.mark.parametrize(
    "changed",
    [
        {"header": ""},
        {"header": "t=1,v1=00"},
        {"key": "another secret than the exchange has"},
        {"at": -301},
        {"at": 301},
    ],
)
def test_what_is_not_signed_now_and_by_the_exchange_is_refused_unread(app, clock, services, changed):
    if "at" in changed:
        changed = {"at": clock() + timedelta(seconds=changed["at"])}
    refused = report(app, clock, **changed, surprise=1)
    assert (refused.status_code, refused.json["code"]) == (403, "signature_refused")
    assert rows(services, clock) == []


def test_without_a_secret_nobody_can_call(settings, services, clock):
    app = create_app(replace(settings, demo=False, sms="off"), services, clock=clock)
    refused = report(app, clock, key="a secret that was never agreed on here")
    assert (refused.status_code, refused.json["code"]) == (404, "calls_off")
    assert app.test_client().get("/simulator/call").status_code == 404
    agreed = replace(settings, demo=False, sms="off", call_secret="the exchange and we agreed on this one")
    assert report(create_app(agreed, services, clock=clock), clock).status_code == 200


def test_no_number_is_in_a_log_line(app, clock, caplog, capsys):
    report(app, clock, caller="031-391-4826")
    report(app, clock, caller=CALLER, surprise=CALLER)
    said = caplog.text + capsys.readouterr().err
    assert not [digits for digits in ("4826", "391-48") if digits in said]


def test_the_simulated_telephone_calls_and_says_what_is_heard(person, services, clock):
    visitor = person()
    assert "080-039-0001 · 산본도서관" in text(visitor.get("/simulator/call"))
    heard = visitor.post("/simulator/call", {"number": NUMBER, "caller": CALLER})
    assert (heard.status_code, "방문 등록이 완료되었습니다" in text(heard)) == (200, True)
    withheld = visitor.post("/simulator/call", {"number": NUMBER, "caller": ""})
    assert (withheld.status_code, "발신번호를 표시하여" in text(withheld)) == (422, True)
    assert [row.outcome for row in rows(services, clock)] == ["accepted", "caller_unknown"]


def test_outside_a_demonstration_the_simulated_telephone_reports_nothing(settings, services, clock):
    """It signs with the agreed secret: left open, it would let in by anybody's number without the exchange."""
    agreed = replace(settings, demo=False, sms="off", call_secret="the exchange and we agreed on this one")
    client = create_app(agreed, services, clock=clock).test_client()
    token = values(text(client.get("/login")))["csrf_token"]
    sent = client.post("/simulator/call", data={"number": NUMBER, "caller": CALLER, "csrf_token": token})
    assert (sent.status_code, rows(services, clock)) == (404, [])


@pytest.mark.parametrize("size", [phone, desktop])
def test_the_telephone_in_a_browser(browser, app, size):
    with serving(app) as origin:
        page = size(browser, origin)
        page.goto("/simulator/call")
        assert (axe_violations(page), too_wide(page)) == ([], False)
        page.get_by_label("내 휴대전화번호").fill(CALLER)
        page.get_by_role("button", name="전화 걸기").click()
        page.get_by_role("status").get_by_text("방문 등록이 완료되었습니다").wait_for()
        assert (axe_violations(page), too_wide(page)) == ([], False)
        assert page.complaints == []
        page.context.close()


def test_the_command_calls_the_running_service(app, clock, services, monkeypatch):
    """A person at a terminal in place of the exchange: the same webhook, the same answers."""
    clock.now = datetime.now(UTC)  # the command has no other clock
    secret = "the exchange and we agreed on this one"
    signed = create_app(replace(app.extensions["settings"], call_secret=secret), services, clock=clock)
    monkeypatch.setenv("ENTRY_VAR", str(app.extensions["settings"].var))
    monkeypatch.setenv("ENTRY_SECRET", app.extensions["settings"].secret)
    monkeypatch.setenv("ENTRY_CALL_SECRET", secret)

    def call(*words):
        done = CliRunner().invoke(main, ["call", "--service", origin, *words])
        return done.exit_code, done.output

    with serving(signed) as origin:
        at = f"{clock().astimezone(KST):%Y-%m-%dT%H:%M}"
        once = ("--to", "080-039-0001", "--from", CALLER, "--id", "1", "--at", at)
        assert call(*once) == (0, "방문 등록이 완료되었습니다\n")
        assert call(*once) == (0, "방문 등록이 완료되었습니다 (이미 등록된 전화입니다)\n")
        code, said = call("--to", "080-039-0001")
        assert (code, "발신번호를 표시하여" in said) == (2, True)
        code, said = call("--to", "080-039-7777", "--from", CALLER)
        assert (code, "등록되지 않은 번호입니다" in said) == (1, True)
        monkeypatch.setenv("ENTRY_CALL_SECRET", "another secret than the exchange has")
        code, said = call(*once)
        assert (code, "서명을 확인할 수 없습니다" in said) == (1, True)
    code, said = call(*once)
    assert (code, "서비스에 연결할 수 없습니다" in said) == (1, True)
    monkeypatch.delenv("ENTRY_CALL_SECRET")
    code, said = call(*once)
    assert (code, "ENTRY_CALL_SECRET이 없어" in said) == (1, True)
    assert [row.outcome for row in rows(services, clock)] == ["accepted", "caller_unknown"]
