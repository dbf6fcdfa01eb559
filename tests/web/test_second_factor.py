"""The second step of a sign-in: required for four roles, each code once, and half a session opens nothing."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from entry_service import create_app
from entry_service.core.actors import Actor
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.store.sites import accounts
from entry_service.usecases.sites import keep_accounts
from entry_service.vault.checkpoints import AuditUnavailable
from entry_service.web.frame.access import WITH_SECOND_FACTOR

from .conftest import PASSWORD, code_for
from .forms import text

OTHER_PASSWORD = "수리산-등산로-입구-소나무-1989"
ADMIN = Actor(account_id="A-admin", role="admin")
JSON = {"headers": {"Accept": "application/json"}}
HTML = {"headers": {"Accept": "text/html"}}


@pytest.fixture
def newcomer(services, person, clock, password_hash):
    """Return an officer without a second factor who has given the password."""
    account = accounts.Account(
        account_id="A-newcomer",
        login="newcomer",
        role="officer",
        facility_id=None,
        password_hash=password_hash,
        created_at=clock(),
    )
    services.store.write(lambda db: accounts.add(db, account))
    someone = person()
    assert someone.gives_password("newcomer", next="/officer/cases").status_code == 303
    return someone


def half(someone):
    cookie = someone.client.get_cookie("half")
    return cookie.value if cookie else None


def whole(someone):
    cookie = someone.client.get_cookie("session")
    return cookie.value if cookie else None


def is_in(someone, path="/officer/cases"):
    return someone.get(path, **JSON).status_code == 200


def gives_code(someone, code, **form):
    return someone.post("/login/code", {"code": code, **form})


def rows(services, clock):
    """Return what the audit holds: action, outcome and account, the oldest first."""
    found = services.vault.audit.entries(clock() - timedelta(days=1), clock() + timedelta(days=1), limit=100)
    return [(one.action, one.outcome, one.account_id) for one in reversed(found)]


@pytest.mark.parametrize("role", ["officer", "approver", "auditor", "admin"])
def test_the_password_alone_signs_nobody_of_these_roles_in(person, role):
    someone = person()
    answer = someone.gives_password(role, next=f"/{role}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login/code?next=/{role}")
    assert whole(someone) is None
    assert someone.get(f"/{role}", **HTML).status_code in {303, 404}


def test_no_setting_turns_the_second_factor_off():
    from entry_service.settings import SETTINGS

    assert {"officer", "approver", "auditor", "admin"} == WITH_SECOND_FACTOR
    named = [row.name for row in SETTINGS if "FACTOR" in row.name or "TOTP" in row.name]
    assert named == ["ENTRY_FACTOR_WAIT_HOURS"]  # how long a new one only signs in


def test_the_first_sign_in_sets_up_the_factor_and_shows_the_recovery_codes_once(newcomer, services, clock, person):
    assert (
        newcomer.get("/login/code?next=/officer/cases").headers["Location"] == "/login/factor?next=/officer/cases"
    )
    page = text(newcomer.get("/login/factor"))
    secret = "".join(re.findall(r"<span>(\w{4})</span>", page))
    assert (len(secret), page.count("symbol-light")) == (32, 1)
    assert "등록한 뒤 24시간이 지나야" in page  # an approver has to know before it is needed
    wrong = newcomer.post("/login/factor", {"code": "000000"})
    assert wrong.status_code == 422
    assert secret[:4] in text(wrong)
    code = code_of(read_secret(secret), step_of(clock()))
    answer = newcomer.post("/login/factor", {"code": code, "next": "/officer/cases"})
    codes = re.findall(r"<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</code>", text(answer))
    assert (answer.status_code, len(set(codes)), 'href="/officer/cases"' in text(answer)) == (200, 10, True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_in(newcomer)
    assert codes[0] not in text(newcomer.get("/login/factor"))
    other = person()
    other.gives_password("newcomer")
    assert other.get("/login/factor").headers["Location"] == "/login/code"
    assert gives_code(other, code).status_code == 422  # what confirmed does not sign in as well
    assert gives_code(other, codes[3]).status_code == 303
    assert is_in(other)
    assert rows(services, clock) == [
        ("refused", "wrong_code", "A-newcomer"),
        ("factor_changed", "confirmed", "A-newcomer"),
        ("sign_in", "done", "A-newcomer"),
        ("refused", "wrong_code", "A-newcomer"),
        ("sign_in", "done", "A-newcomer"),
    ]


def test_a_recovery_code_works_once(newcomer, services, clock, person):
    secret = services.vault.factors.begin("A-newcomer", "newcomer", clock()).secret
    code = code_of(read_secret(secret), step_of(clock()))
    page = text(newcomer.post("/login/factor", {"code": code}))
    recovery = re.search(r"<code>([A-Z2-7-]{19})</code>", page)[1]
    for status in (303, 422):
        someone = person()
        someone.gives_password("newcomer")
        assert gives_code(someone, recovery.lower()).status_code == status


def test_half_a_session_opens_nothing_else(person, app):
    someone = person()
    someone.gives_password("admin")
    assert half(someone)
    for path in ("/admin", "/admin/accounts", "/manager", "/staff"):
        assert someone.get(path, **HTML).headers["Location"].startswith("/login?"), path
    assert someone.post("/admin/accounts", {"login": "one.two", "role": "admin"}).status_code == 401
    thief = person()  # nor does its token under the other name
    thief.client.set_cookie("session", half(someone))
    assert not is_in(thief, "/admin/accounts")
    thief = person("admin")
    thief.client.set_cookie("half", whole(thief))
    thief.client.delete_cookie("session")
    assert thief.get("/login/code").headers["Location"] == "/login"


def test_without_the_password_there_is_no_second_step(person):
    for path in ("/login/code", "/login/factor"):
        assert person().get(path).headers["Location"] == "/login"
        answer = person().post(path, {"code": "000000"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login")


def test_half_a_session_ends_after_five_minutes(person, app, clock):
    someone = person()
    someone.gives_password("officer")
    clock.passes(minutes=4, seconds=59)
    assert someone.get("/login/code").status_code == 200
    clock.passes(seconds=1)
    assert gives_code(someone, code_for(app, "officer")).headers["Location"] == "/login"
    assert whole(someone) is None


@pytest.mark.parametrize("change", ["password", "disable", "factor"])
def test_changes_of_the_account_end_whole_and_half_sessions(person, app, services, clock, change):
    signed_in, between = person("officer"), person()
    between.gives_password("officer")
    changes = {
        "password": lambda: keep_accounts.reset_password(
            services, "A-officer", OTHER_PASSWORD, shortest=15, by=ADMIN, now=clock()
        ),
        "disable": lambda: keep_accounts.disable_account(services, "A-officer", by=ADMIN, now=clock()),
        "factor": lambda: keep_accounts.reset_factor(
            services, "A-officer", code=code_for(app, "admin"), by=ADMIN, now=clock()
        ),
    }
    assert is_in(signed_in)
    changes[change]()
    assert not is_in(signed_in)
    assert between.get("/login/code").headers["Location"] == "/login"


def test_every_step_gives_a_session_of_a_new_name_and_ends_the_one_before(person, app):
    someone = person()
    someone.client.set_cookie("half", "planted")
    someone.gives_password("officer")
    first = half(someone)
    assert first not in {None, "planted"}
    gives_code(someone, code_for(app, "officer"))
    assert whole(someone) not in {None, first}
    assert half(someone) is None
    copy = person()
    copy.client.set_cookie("half", first)
    assert copy.get("/login/code").headers["Location"] == "/login"


def test_a_code_that_was_seen_signs_in_nobody_in_the_same_step(person, app, services, clock):
    code = code_for(app, "officer")
    first, second = person(), person()
    for someone in (first, second):
        someone.gives_password("officer")
    assert gives_code(first, code).status_code == 303
    assert gives_code(second, code).status_code == 422
    assert not is_in(second)
    assert rows(services, clock)[-2:] == [("sign_in", "done", "A-officer"), ("refused", "wrong_code", "A-officer")]


def test_after_five_wrong_codes_the_right_one_waits_as_well(person, app):
    someone = person()
    someone.gives_password("officer")
    for _ in range(5):
        assert gives_code(someone, "not a code").status_code == 422
    answer = gives_code(someone, code_for(app, "officer"))
    assert answer.status_code == 429
    assert "잠시 잠겼습니다" in text(answer)
    assert whole(someone) is None


def test_wrong_passwords_of_these_roles_are_written_down_and_those_of_staff_are_not(person, services, clock):
    for login in ("officer", "staff", "nobody-of-this-name"):
        person().gives_password(login, "wrong")
    person("staff")
    person("manager")
    assert rows(services, clock) == [("refused", "wrong_password", "A-officer")]
    assert (
        services.vault.audit.entries(clock() - timedelta(1), clock() + timedelta(1), limit=9)[0].origin
        == "127.0.0.1"
    )


def test_while_an_account_waits_nothing_more_is_written_down(person, services, clock):
    for _ in range(15):
        person().gives_password("officer", "wrong")
    assert len(rows(services, clock)) == 10


def test_who_cannot_be_written_down_is_not_in(person, app, services, monkeypatch):
    someone = person()
    someone.gives_password("officer")
    code = code_for(app, "officer")

    def unavailable(*_, **__):
        raise AuditUnavailable

    monkeypatch.setattr(type(services.vault.audit), "append", unavailable)
    assert gives_code(someone, code).status_code == 503
    assert whole(someone) is None
    assert person("staff")  # the doors go on


def test_the_set_up_that_cannot_be_written_down_leaves_no_factor(newcomer, services, clock, monkeypatch):
    secret = services.vault.factors.begin("A-newcomer", "newcomer", clock()).secret

    def unavailable(*_, **__):
        raise AuditUnavailable

    monkeypatch.setattr(type(services.vault.audit), "append", unavailable)
    answer = newcomer.post("/login/factor", {"code": code_of(read_secret(secret), step_of(clock()))})
    assert answer.status_code == 503
    assert services.vault.factors.state("A-newcomer") == "none"
    assert whole(newcomer) is None


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_second_step_never_leads_to_another_host(person, app, onward):
    someone = person()
    someone.gives_password("officer")
    answer = gives_code(someone, code_for(app, "officer"), next=onward)
    assert answer.headers["Location"] == "/officer"


def test_over_https_the_half_session_carries_the_prefix_and_is_hidden(settings, services, clock):
    secure = create_app(replace(settings, secure_cookies=True), services, clock=clock)
    client = secure.test_client()
    page = client.get("/login", base_url="https://localhost").get_data(as_text=True)
    form = {"csrf_token": page.split('name="csrf-token" content="')[1].split('"')[0]}
    form |= {"login": "officer", "password": PASSWORD}
    headers = {"Referer": "https://localhost/login"}
    answer = client.post("/login", data=form, base_url="https://localhost", headers=headers)
    [line] = [line for line in answer.headers.getlist("Set-Cookie") if "half" in line]
    assert line.startswith("__Host-half=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
