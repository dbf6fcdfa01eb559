"""What every answer carries, what every form asks for, and what a foreign page can do: nothing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from entry_service import create_app
from entry_service.web.frame.security import CSP, HEADERS

from .conftest import TOKENS
from .routes import address, rules, signed_in_to

TEMPLATES = Path(__file__).resolve().parents[2] / "entry_service" / "web" / "templates"
SAFE = {"GET", "HEAD", "OPTIONS"}


def fault():
    raise RuntimeError("on purpose")


ANSWERS = {
    "page": lambda client: client.get("/login"),
    "start": lambda client: client.get("/"),
    "HEAD": lambda client: client.head("/login"),
    "OPTIONS": lambda client: client.options("/login"),
    "redirect": lambda client: client.get("/officer", headers={"Accept": "text/html"}),
    "not found, page": lambda client: client.get("/nowhere"),
    "not found, API": lambda client: client.get("/api/v1/nowhere"),
    "wrong method": lambda client: client.put("/login"),
    "not signed in": lambda client: client.get("/api/v1/facilities?q=GP"),
    "foreign form": lambda client: client.post("/login", data={"login": "x"}),
    "too large": lambda client: client.post("/login", data={"login": "x" * 2_000_000}),
    "no JSON": lambda client: client.post("/api/v1/passes", data="x"),
    "JSON": lambda client: client.get("/api/v1/keys"),
    "OpenAPI": lambda client: client.get("/api/v1/openapi.json"),
    "our own file": lambda client: client.get("/static/css/base.css"),
    "no such file": lambda client: client.get("/static/css/nothing.css"),
    "out of the folder": lambda client: client.get("/static/css/../../entry_service/settings.py"),
    "package": lambda client: client.get("/vendor/leaflet/leaflet.css"),
    "package not listed": lambda client: client.get("/vendor/leaflet/package.json"),
    "fault, page": lambda client: client.get("/"),
    "fault, API": lambda client: client.get("/api/v1/keys"),
}
STATUS = {"page": 200, "start": 200, "HEAD": 200, "OPTIONS": 200, "redirect": 303, "wrong method": 405}
STATUS |= {
    "not signed in": 401,
    "foreign form": 400,
    "too large": 413,
    "no JSON": 415,
    "JSON": 200,
    "OpenAPI": 200,
}
STATUS |= {"our own file": 200, "package": 200, "fault, page": 500, "fault, API": 500}
FILES = {"our own file", "package"}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_carries_the_headers(app, monkeypatch, kind):
    if kind.startswith("fault"):
        endpoint = "start.start" if "page" in kind else "api.keys"
        fault.access = app.view_functions[endpoint].access
        monkeypatch.setitem(app.view_functions, endpoint, fault)
    answer = ANSWERS[kind](app.test_client())
    assert answer.status_code == STATUS.get(kind, 404)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert (answer.headers.get("Cache-Control") == "no-store") == (kind not in FILES)
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer.close()


def test_over_https_every_answer_asks_for_https(settings, services, clock):
    secure = create_app(replace(settings, secure_cookies=True), services, clock=clock)
    secure.config["PREFERRED_URL_SCHEME"] = "https"  # how the test client asks
    for kind in ("page", "not found, API", "our own file"):
        answer = ANSWERS[kind](secure.test_client())
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        answer.close()
    assert (
        "Strict-Transport-Security"
        not in create_app(settings, services, clock=clock).test_client().get("/").headers
    )


def test_the_policy_allows_nothing_inline_and_nothing_from_outside():
    rules = {name: sources for name, *sources in (part.split() for part in CSP.split(";"))}
    assert rules["default-src"] == ["'none'"]
    assert rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    assert {source for sources in rules.values() for source in sources} == {
        "'none'",
        "'self'",
        "'wasm-unsafe-eval'",  # the reader of the camera's pictures is WebAssembly
        "data:",
        "blob:",
    }
    assert [name for name, sources in rules.items() if "data:" in sources or "blob:" in sources] == ["img-src"]
    assert [name for name, sources in rules.items() if "'wasm-unsafe-eval'" in sources] == ["script-src"]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_template_holds_an_inline_script_style_or_handler_or_an_outside_address(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    scripts = re.findall(r"<script\b[^>]*>", text)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.I)
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", text)
    assert "|safe" not in text.replace(" ", "")


def forms(app):
    """Return every rule and method that changes something and where a cookie could speak for the caller."""
    return [
        (rule, method)
        for rule in rules(app)
        for method in sorted(rule.methods - SAFE)
        if app.view_functions[rule.endpoint].access.csrf
    ]


def test_every_form_without_a_token_or_with_another_browsers_token_is_refused(app, person):
    foreign = person().token()
    callers = {}
    assert len(forms(app)) >= 8
    for rule, method in forms(app):
        caller = signed_in_to(app, person, rule, callers)
        for token in ({}, {"csrf_token": ""}, {"csrf_token": foreign}):
            answer = caller.client.open(
                address(rule), method=method, data=token, headers={"Accept": "application/json"}
            )
            assert (answer.status_code, answer.json["code"]) == (400, "csrf"), (rule, token)


def test_where_no_token_is_asked_a_foreign_form_cannot_be_sent(app):
    """An open operation has no cookie to ride on, and takes JSON only, which a foreign page may not send."""
    for rule in rules(app):
        access = app.view_functions[rule.endpoint].access
        for method in rule.methods - SAFE if not access.csrf else ():
            assert access.open, rule
            for media in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
                answer = app.test_client().open(address(rule), method=method, data="{}", content_type=media)
                off = rule.endpoint == "kakao.ask"  # without a file of secrets nothing is there
                assert answer.status_code == (404 if off else 415), (rule, media)


@pytest.mark.parametrize("path", ["/login", "/api/v1/scans", "/api/v1/passes", "/officer/cases"])
def test_a_preflight_from_a_foreign_page_is_not_answered_with_leave(app, path):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = app.test_client().options(path, headers=asked)
    assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []


def test_a_cookie_cannot_speak_beside_an_authorization_header(app, person):
    """A foreign page cannot set the header; whoever sets it is judged by it alone."""
    officer = person("officer")
    headers = {"Authorization": "Bearer nonsense", "Accept": "application/json"}
    assert officer.get("/api/v1/facilities?q=GP", headers=headers).status_code == 401
    assert officer.client.post("/officer/cases", headers=headers).status_code == 401


def test_every_cookie_of_ours_is_hidden_from_scripts_except_the_readers_choices(person):
    seen = {}
    someone = person("officer")
    enrolled = person("staff")
    answers = [
        person().get("/login"),
        person().get("/?lang=en&contrast=high"),
        person().gives_password("officer"),
        person().signs_in("officer"),
        someone.post("/logout"),
        enrolled.post("/staff/enrol", {"name": "정문"}),
    ]
    for answer in answers:
        for line in answer.headers.getlist("Set-Cookie"):
            seen[line.split("=")[0]] = line
            assert "Path=/" in line
            assert "Domain" not in line
            assert re.search("SameSite=(Lax|Strict)", line) or "Max-Age=0" in line
    assert set(seen) == {"form", "half", "session", "device", "lang", "contrast"}
    assert {name for name, line in seen.items() if "HttpOnly" not in line} == {"lang", "contrast"}


def test_a_session_token_is_not_in_any_page_or_address(person):
    officer = person("officer")
    token = officer.client.get_cookie("session").value
    for path in ("/", "/officer", "/officer/cases", "/nowhere"):
        assert token not in officer.get(path).get_data(as_text=True)


def test_a_device_token_given_as_cookie_needs_the_pages_token_to_post(app):
    client = app.test_client()
    client.set_cookie("device", TOKENS["GP-001"])
    assert client.post("/api/v1/scans", json={}).json["code"] == "csrf"
    page = client.get("/staff").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    assert client.post("/api/v1/scans", json={}, headers={"X-CSRFToken": token}).json["code"] == "bad_input"


def test_addresses_are_never_made_from_the_host_a_caller_names(app):
    poisoned = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Accept": "text/html"}
    for path in ("/officer", "/staff", "/login"):
        answer = app.test_client().get(path, headers=poisoned)
        assert "evil.example" not in answer.headers.get("Location", "") + answer.get_data(as_text=True)


def test_what_only_tests_use_is_not_served(app):
    assert app.test_client().get("/vendor/axe-core/axe.min.js").status_code == 404
