"""Who is let in where, and how a refusal or a fault looks: one shape, in Korean, nothing told of what was sent."""

import json
import logging
import re

import pytest

from entry_service.web.api.openapi import OPERATIONS
from entry_service.web.frame import logs

from .conftest import ROLES
from .routes import address, rules, with_device

CANARY = "카나리아-010-0876-5432"
NOT_HERE = {"no_watcher"}  # said on purpose: no analytics run beside a service under test
ENDS_ITSELF = {"auth.sign_out", "staff.leave"}  # calling these would end the caller


def test_every_view_declares_who_may_call_it(app):
    assert [rule for rule in rules(app) if not hasattr(app.view_functions[rule.endpoint], "access")] == []


def test_a_view_that_declares_nothing_is_closed_to_everybody(app, person, device):
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    assert app.test_client().get("/forgotten", headers=device).status_code == 403
    for role in ROLES:
        assert person(role).get("/forgotten").status_code == 403


@pytest.fixture
def people(app, person):
    """Return role → somebody; ``nobody`` has no sign-in, ``device`` is the staff device at GP-001."""
    return {"nobody": person(), "device": with_device(app), **{role: person(role) for role in ROLES}}


def test_every_route_lets_in_exactly_those_it_declares(app, people):
    checked = 0
    tokens = {name: someone.token() for name, someone in people.items()}
    for rule in rules(app):
        access = app.view_functions[rule.endpoint].access
        for name, someone in people.items():
            allowed = access.open or name in access.roles or (name == "device" and access.device)
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                if allowed and rule.endpoint in ENDS_ITSELF:
                    continue
                headers = {"Accept": "application/json", "X-CSRFToken": tokens[name]}
                answer = someone.client.open(address(rule), method=method, headers=headers)
                code = answer.json["code"] if answer.is_json and answer.status_code >= 400 else ""
                refused = {"not_signed_in": 401, "not_allowed": 403}.get(code) == answer.status_code
                assert refused == (not allowed), (rule.rule, method, name, answer.status_code)
                expected = "not_signed_in" if name in {"nobody", "device"} else "not_allowed"
                assert allowed or code == expected, (rule.rule, method, name)
                assert answer.status_code < 500 or code in NOT_HERE, (rule.rule, method, name)
                checked += 1
                answer.close()
    assert checked > 150


def test_a_refusal_is_a_problem_for_programs_and_a_korean_page_for_people(app):
    client = app.test_client()
    problem = client.get("/api/v1/nowhere")
    assert problem.mimetype == "application/problem+json"
    assert problem.json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "찾을 수 없습니다.",
        "code": "not_found",
    }
    page = client.get("/nowhere", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    text = page.get_data(as_text=True)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert re.search(r"<h1>찾을 수 없습니다\.</h1>", text)
    assert "<code>not_found</code>" in text
    assert '<html lang="ko"' in text


@pytest.mark.parametrize(
    ("path", "accept", "media"),
    [
        ("/nowhere", "*/*", "text/html"),
        ("/nowhere", "", "text/html"),
        ("/nowhere", "application/json", "application/problem+json"),
        ("/nowhere", "application/problem+json", "application/problem+json"),
        ("/nowhere", "text/html;q=0.5, application/json", "application/problem+json"),
        ("/nowhere", "image/png", "text/html"),
        ("/api/v1/nowhere", "text/html", "application/problem+json"),
        ("/api/", "text/html", "application/problem+json"),
        ("/apiary", "text/html", "text/html"),
    ],
)
def test_the_shape_follows_the_caller(app, path, accept, media):
    assert app.test_client().get(path, headers={"Accept": accept}).mimetype == media


def test_a_wrong_method_names_the_right_ones(app):
    for path, allowed in (("/officer", "GET"), ("/api/v1/scans", "POST"), ("/logout", "POST")):
        answer = app.test_client().delete(path, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
        assert allowed in answer.headers["Allow"]


def test_a_body_that_is_too_large_is_refused_whatever_it_is(app, device, person, settings):
    large = "x" * (settings.max_body + 1)
    someone = person("officer")
    part = f'--b\r\nContent-Disposition: form-data; name="passes"; filename="x"\r\n\r\n{large}\r\n--b--\r\n'
    token = {"X-CSRFToken": someone.token()}
    sent = [
        app.test_client().post("/api/v1/passes", data=large, content_type="application/json"),
        app.test_client().post("/api/v1/scans", data=large, content_type="application/json", headers=device),
        someone.post("/officer/cases", {"passes": large}, headers={"Accept": "application/json"}),
        someone.client.post(
            "/officer/cases", data=part, content_type="multipart/form-data; boundary=b", headers=token
        ),
    ]
    assert [answer.status_code for answer in sent] == [413] * 4
    assert sent[0].json["code"] == "too_large"


def test_without_a_sign_in_a_page_leads_there_and_a_form_says_so(app):
    page = {"Accept": "text/html"}
    assert (
        app.test_client().get("/officer/cases", headers=page).headers["Location"]
        == "/login?next=%2Fofficer%2Fcases"
    )
    refused = app.test_client().post("/officer/cases", headers=page)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "로그인이 필요합니다." in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get(f"/{CANARY}"),
        lambda client: client.get(f"/api/v1/{CANARY}?name={CANARY}"),
        lambda client: client.get("/login", query_string={"lang": CANARY, "contrast": CANARY}),
        lambda client: client.get("/api/v1/keys", headers={"Accept-Language": "ko", "X-Name": "canary"}),
        lambda client: client.post("/api/v1/passes", json={CANARY: CANARY}),
        lambda client: client.post("/api/v1/passes", json={"name": [CANARY], "days": []}),
        lambda client: client.post("/api/v1/passes", data=f"{{{CANARY}", content_type="application/json"),
        lambda client: client.post("/api/v1/verifications", json={"phone": CANARY}),
        lambda client: client.post("/login", data={"login": CANARY, "password": CANARY}),
        lambda client: client.get(f"/static/css/{CANARY}"),
        lambda client: client.get(f"/vendor/{CANARY}"),
        lambda client: client.get(f"/E/{CANARY}"),
        lambda client: client.open(f"/{CANARY}", method="CANARY"),
    ],
)
def test_nothing_that_was_sent_is_repeated(app, send, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = send(app.test_client())
    assert CANARY not in answer.get_data(as_text=True)
    assert "카나리아" not in answer.get_data(as_text=True)
    assert all("카나리아" not in value for _, value in answer.headers)
    assert "카나리아" not in caplog.text + str([vars(record) for record in caplog.records])


class Chained(Exception):
    """A fault whose text, arguments, notes and causes hold what somebody typed."""


def break_view(app, monkeypatch, endpoint):
    def fault(**parts):
        typed = CANARY
        try:
            raise ValueError(f"cannot read {typed}")
        except ValueError as reason:
            reason.add_note(typed)
            raise Chained(typed, {"name": typed}) from reason

    fault.access = app.view_functions[endpoint].access
    monkeypatch.setitem(app.view_functions, endpoint, fault)


@pytest.mark.parametrize(
    ("endpoint", "path", "media"),
    [("start.start", "/", "text/html"), ("api.keys", "/api/v1/keys", "application/problem+json")],
)
def test_a_fault_says_nothing_of_the_inside(app, monkeypatch, caplog, capfd, endpoint, path, media):
    break_view(app, monkeypatch, endpoint)
    with caplog.at_level(logging.DEBUG):
        answer = app.test_client().get(path)
    told = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (500, media)
    assert "서비스에 문제가 생겼습니다. 잠시 후 다시 시도해 주시기 바랍니다." in told
    for inside in (CANARY, "Chained", "Traceback", "ValueError", "test_errors_web", "line "):
        assert inside not in told
    lines = [logs.JsonLines().format(record) for record in caplog.records] + [caplog.text, *capfd.readouterr()]
    assert CANARY not in "".join(lines)
    [faulted] = [
        json.loads(line) for line in lines if line.startswith("{") and '"fault"' in line and "kind" in line
    ]
    assert (faulted["kind"], faulted["route"], faulted["level"]) == ("Chained", path, "error")
    assert re.search(r"fault:\d+", faulted["where"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d{4}", faulted["at"])


def test_a_fault_before_the_view_is_answered_in_the_same_shape(app, monkeypatch):
    def cannot(*_):
        raise Chained(CANARY)

    monkeypatch.setattr("entry_service.web.frame.sessions.account_of", cannot)
    for path in ("/officer", "/api/v1/facilities?q=GP"):
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        assert CANARY not in answer.get_data(as_text=True)


def test_a_database_that_cannot_be_read_is_said_to_be_unavailable_not_a_fault(app, services, monkeypatch):
    from contextlib import contextmanager

    from entry_service.core.errors import Unavailable

    @contextmanager
    def away():
        raise Unavailable(reason="gone")
        yield

    monkeypatch.setattr(services.store, "read", away)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "1")
    assert "gone" not in answer.get_data(as_text=True)


def test_a_log_line_names_the_declared_route_and_no_more(app, caplog):
    with caplog.at_level(logging.DEBUG, "entry_service"):
        app.test_client().get("/officer/cases/5f2c1a?name=x", headers={"Accept": "application/json"})
    [line] = [json.loads(logs.JsonLines().format(record)) for record in caplog.records]
    assert set(line) == {"at", "level", "event", "method", "route", "status", "code", "ms"}
    assert (line["route"], line["status"], line["code"]) == ("/officer/cases/<case_id>", 401, "not_signed_in")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d{4}", line["at"])


def test_there_is_no_console_and_no_debugger(app):
    assert app.debug is False
    for path in ("/console", "/?__debugger__=yes&cmd=resource&f=style.css"):
        answer = app.test_client().get(path)
        assert "Werkzeug" not in answer.get_data(as_text=True)


def test_operations_answer_programs_even_when_a_browser_asks(app):
    for known in OPERATIONS:
        if known.path.startswith("/api/"):
            path = re.sub(r"<[^>]+>", "unknown", known.path)
            answer = app.test_client().open(path, method="PATCH", headers={"Accept": "text/html"})
            assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
