"""Sign-in, sign-out, sessions and device tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import perf_counter

import pytest
from sqlalchemy import select

from entry_service import create_app, passwords
from entry_service.core.actors import Actor
from entry_service.store.schema.tables import sessions
from entry_service.store.sites import accounts, devices
from entry_service.store.sites import sessions as kept
from entry_service.usecases.sites import keep_accounts
from entry_service.web.frame import auth
from entry_service.web.frame.auth import safe_next
from entry_service.web.frame.sessions import record_wrong_password
from tests.databases import databases, kind  # noqa: F401
from tests.usecases.door import open_door

from .conftest import TOKENS

ADMIN = Actor(account_id="A-admin", role="admin")


def session_cookie(someone):
    cookie = someone.client.get_cookie("session")
    return cookie.value if cookie else None


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("staff", "/staff"),
        ("manager", "/manager"),
        ("officer", "/officer"),
        ("approver", "/approver"),
        ("auditor", "/auditor"),
        ("admin", "/admin"),
        ("field", "/field"),
    ],
)
def test_each_role_lands_on_its_own_page(person, role, home):
    assert person().signs_in(role).headers["Location"] == home


def test_a_page_that_needs_a_sign_in_leads_there_and_back(person):
    someone = person()
    away = someone.get("/admin", headers={"Accept": "text/html"})
    assert away.status_code == 303
    assert away.headers["Location"] == "/login?next=%2Fadmin"
    assert "/staff/join" not in someone.get(away.headers["Location"]).get_data(as_text=True)
    assert "/staff/join" in someone.get("/login?next=%2Fstaff").get_data(as_text=True)  # it needs no account
    assert someone.signs_in("admin", next="/admin").headers["Location"] == "/admin"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\nx", "officer"],
)
def test_sign_in_never_leads_to_another_host(target):
    assert safe_next(target, "officer") == "/officer"


def test_unknown_login_wrong_password_and_waiting_account_get_the_same_answer(person):
    wrong = person().signs_in("officer", "wrong")
    unknown = person().signs_in("nobody-of-this-name", "wrong")
    for _ in range(12):
        waiting = person().signs_in("officer", "wrong")
    strip = [page.get_data(as_text=True).split("<main")[1] for page in (wrong, unknown, waiting)]
    cleaned = {part.split('name="csrf_token"')[0] for part in strip}
    assert [page.status_code for page in (wrong, unknown, waiting)] == [401, 401, 401]
    assert len(cleaned) == 1


def test_an_account_waits_after_ten_wrong_passwords_and_is_free_again_later(person, clock):
    for _ in range(10):
        assert person().signs_in("officer", "wrong").status_code == 401
    assert person().signs_in("officer").status_code == 401  # the right password, but it waits
    clock.passes(minutes=5, seconds=1)
    assert person().signs_in("officer").status_code == 303


def test_no_refusal_is_quicker_than_another(person, monkeypatch):
    """Writing down that an officer's password was wrong takes longer than finding nobody of that name."""
    monkeypatch.setattr(auth, "REFUSED_AFTER", 0.6)
    took = []
    for login in ("nobody-of-this-name", "staff", "officer"):
        someone = person()
        token = someone.token()
        begun = perf_counter()
        someone.client.post("/login", data={"csrf_token": token, "login": login, "password": "wrong"})
        took.append(perf_counter() - begun)
    assert min(took) >= 0.6


def test_wrong_passwords_at_the_same_moment_all_count(databases, kind, tmp_path, settings, clock):  # noqa: F811
    with open_door(tmp_path / "door", *databases.pair(kind)) as door, ThreadPoolExecutor(10) as pool:
        one = accounts.Account(
            account_id="A-1", login="one", role="admin", facility_id=None, password_hash="!", created_at=clock()
        )
        door.services.store.write(lambda db: accounts.add(db, one))
        app = create_app(settings, door.services, clock=clock)

        def guess(_):
            with app.app_context():
                record_wrong_password("A-1", clock())

        list(pool.map(guess, range(settings.login_failures)))
        with door.services.store.read() as db:
            after = accounts.by_id(db, "A-1")
    assert after.failures == settings.login_failures
    assert after.locked_until == clock() + timedelta(minutes=settings.login_wait_minutes)


def test_the_wait_doubles_and_never_grows_beyond_an_hour(settings):
    from entry_service.web.frame.sessions import wait_after

    waits = [wait_after(failures, settings) for failures in (9, 10, 11, 20, 30, 500)]
    assert [wait and wait.total_seconds() / 60 for wait in waits] == [None, 5, None, 10, 20, 60]


def test_wrong_passwords_are_forgotten_after_a_right_one(person, services):
    for _ in range(3):
        person().signs_in("officer", "wrong")
    person().signs_in("officer")
    with services.store.read() as db:
        assert accounts.by_login(db, "officer").failures == 0


def test_a_megabyte_of_password_is_refused_before_hashing(person, monkeypatch):
    monkeypatch.setattr("entry_service.passwords.verify_password", lambda *_: pytest.fail("it was hashed"))
    assert person().signs_in("officer", "x" * 900_000).status_code == 413


def test_a_password_longer_than_any_is_refused_before_hashing(person, monkeypatch):
    monkeypatch.setattr("entry_service.passwords._hasher", None)
    assert person().signs_in("officer", "x" * 2_000).status_code == 422


def test_a_planted_session_cookie_is_worth_nothing_after_sign_in(person):
    someone = person()
    someone.client.set_cookie("session", "planted-by-a-stranger")
    someone.signs_in("officer")
    assert session_cookie(someone) != "planted-by-a-stranger"
    stranger = person()
    stranger.client.set_cookie("session", "planted-by-a-stranger")
    assert stranger.get("/admin").status_code in {303, 401}


def test_a_password_changed_while_a_sign_in_is_judged_opens_nothing(person, services, clock, monkeypatch):
    verify = passwords.verify_password

    def verified_and_then_disabled(known, typed):
        right = verify(known, typed)
        keep_accounts.disable_account(services, "A-officer", by=ADMIN, now=clock())
        return right

    monkeypatch.setattr(passwords, "verify_password", verified_and_then_disabled)
    assert person().signs_in("officer").status_code == 401
    assert sessions_of(services) == []


def test_the_form_token_changes_at_sign_in(person):
    someone = person()
    before = someone.token()
    someone.signs_in("admin")
    refused = someone.client.post("/logout", data={"csrf_token": before})
    assert refused.status_code == 400


def test_sign_in_again_ends_the_session_before(person, services):
    someone = person("officer")
    first = session_cookie(someone)
    someone.signs_in("officer")
    thief = person()
    thief.client.set_cookie("session", first)
    assert thief.get("/officer/cases", headers={"Accept": "application/json"}).status_code == 401


def test_sign_out_ends_the_session_for_every_copy_of_its_cookie(person):
    someone = person("admin")
    copy = session_cookie(someone)
    assert someone.post("/logout").status_code == 303
    assert session_cookie(someone) is None
    thief = person()
    thief.client.set_cookie("session", copy)
    assert thief.get("/admin", headers={"Accept": "application/json"}).status_code == 401


def test_a_session_ends_by_itself_when_idle_and_at_the_end_of_the_day(person, clock):
    someone = person("admin")
    for _ in range(15):
        clock.passes(minutes=50)
        assert someone.get("/admin/accounts", headers={"Accept": "application/json"}).status_code in {200, 401}
    assert someone.get("/admin", headers={"Accept": "application/json"}).status_code == 401
    someone = person("admin")
    clock.passes(minutes=61)
    assert someone.get("/admin", headers={"Accept": "application/json"}).status_code == 401


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(person, clock):
    someone = person("officer")
    for _ in range(6):
        clock.passes(minutes=10)
        asked = someone.get("/api/v1/results/status", headers={"X-Unattended": "1"})
    assert asked.status_code == 401  # after an hour in which nobody did anything


def test_the_database_forgets_sessions_whose_time_is_over_at_the_next_sign_in(person, services, settings, clock):
    person("officer")
    clock.passes(hours=settings.session_hours, minutes=-1)
    person("admin")
    assert sessions_of(services) == ["A-admin", "A-officer"]
    clock.passes(minutes=1)
    person("staff")
    assert sessions_of(services) == ["A-admin", "A-staff"]


def sessions_of(services):
    with services.store.read() as db:
        return sorted(db.execute(select(sessions.c.account_id)).scalars())


def test_the_database_keeps_only_hashes_of_cookies_and_tokens(person, services, settings):
    someone = person("officer")
    services.close()
    kept_bytes = b"".join(path.read_bytes() for path in settings.var.glob("*.sqlite*") if path.is_file())
    assert session_cookie(someone).encode() not in kept_bytes
    assert TOKENS["GP-001"].encode() not in kept_bytes


def test_cookies_are_hidden_from_scripts_and_foreign_pages(person):
    response = person().signs_in("officer")
    cookies = {line.split("=")[0]: line for line in response.headers.getlist("Set-Cookie")}
    assert "HttpOnly" in cookies["session"]
    assert "SameSite=Lax" in cookies["session"]
    assert "Path=/" in cookies["session"]
    assert "Domain" not in cookies["session"]


def test_over_https_cookies_carry_the_host_prefix_and_secure(settings, services, clock):
    from dataclasses import replace

    from .conftest import PASSWORD, Person

    secure = create_app(replace(settings, secure_cookies=True), services, clock=clock)
    client = secure.test_client()
    someone = Person(client)
    https = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/login"}}
    page = client.get("/login", base_url="https://localhost").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    form = {"csrf_token": token, "login": "officer", "password": PASSWORD}
    response = client.post("/login", data=form, **https)
    assert response.status_code == 303, someone
    for line in response.headers.getlist("Set-Cookie"):
        assert line.startswith("__Host-")
        assert "Secure" in line
    assert response.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_revoked_device_is_refused_at_its_next_contact(person, services, device, clock):
    path = "/api/v1/facilities/GP-001/occupancy"
    assert person().get(path, headers=device).status_code == 200
    services.store.write(lambda db: devices.revoke(db, "D-GP-001", clock()))
    assert person().get(path, headers=device).status_code == 401


def test_a_session_of_an_account_that_is_gone_is_no_session(person, services):
    someone = person("admin")
    services.store.write(lambda db: kept.end_all_of(db, "A-admin"))
    assert someone.get("/admin", headers={"Accept": "application/json"}).status_code == 401
