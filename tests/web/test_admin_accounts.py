"""Accounts as the administrator keeps them: a first password is shown once, resets take effect at once."""

import re

import pytest

from entry_service.passwords import DISABLED
from entry_service.store.sites import accounts, facilities

from .conftest import PASSWORD, facility
from .forms import text, values

OTHER_PASSWORD = "수리산-등산로-입구-소나무-1989"


@pytest.fixture
def admin(person):
    return person("admin")


def add(admin, **form):
    given = {"login": "sanbon.door", "role": "staff", "facility_id": "GP-001", "password": ""}
    return admin.post("/admin/accounts", {**given, **form})


def known(services, login="sanbon.door"):
    with services.store.read() as db:
        return accounts.by_login(db, login)


def test_a_drawn_password_is_shown_once_and_opens_the_account(admin, person):
    answer = add(admin)
    password = re.search(r'id="password">([^<]+)<', text(answer))[1]
    assert len(password) >= 15
    assert password not in "".join(answer.headers.getlist("Set-Cookie"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert password not in text(admin.get("/admin/accounts"))
    assert person().signs_in("sanbon.door", password).headers["Location"] == "/staff"


def test_a_typed_password_is_never_shown(admin, person):
    answer = add(admin, password=OTHER_PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/accounts")
    assert OTHER_PASSWORD not in text(admin.get("/admin/accounts"))
    assert person().signs_in("sanbon.door", OTHER_PASSWORD).status_code == 303


def test_a_refused_account_keeps_what_was_typed_but_not_the_password(admin, services):
    answer = add(admin, login="산본", facility_id="GP-404", password="gunpo-gunpo-gunpo")
    page = text(answer)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(\w+)-error"', page)) == {"login", "facility_id", "password"}
    kept = values(page)
    assert (kept["login"], kept["facility_id"], kept["role"]) == ("산본", "GP-404", "staff")
    assert kept["password"] == ""
    assert "gunpo-gunpo-gunpo" not in page


def test_a_facility_may_be_typed_by_its_whole_name_if_only_one_has_it(admin, services):
    add(admin, facility_id="군포시청")
    assert known(services).facility_id == "GP-002"
    services.store.write(lambda db: facilities.add(db, facility("GP-009", "군포시청")))
    assert add(admin, login="second.door", facility_id="군포시청").status_code == 422


def test_a_login_that_is_taken_is_told(admin):
    answer = add(admin, login="manager")
    assert re.findall(r'id="(\w+)-error"', text(answer)) == ["login"]


def test_a_new_password_ends_the_sessions_of_the_account(admin, person):
    manager = person("manager")
    assert manager.get("/manager").status_code == 200
    answer = admin.post("/admin/accounts/A-manager/password", {"password": OTHER_PASSWORD})
    assert answer.status_code == 303
    assert manager.get("/manager").status_code == 303
    assert person().signs_in("manager", PASSWORD).status_code == 401
    assert person().signs_in("manager", OTHER_PASSWORD).status_code == 303


def test_a_bad_new_password_changes_nothing(admin, person):
    manager = person("manager")
    answer = admin.post("/admin/accounts/A-manager/password", {"password": "short"})
    assert answer.status_code == 422
    assert "비밀번호는 15자 이상이어야 합니다." in text(answer)
    assert manager.get("/manager").status_code == 200


def test_a_disabled_account_is_out_at_once_until_it_gets_a_new_password(admin, person, services):
    manager = person("manager")
    assert admin.post("/admin/accounts/A-manager/disable").status_code == 303
    assert manager.get("/manager").status_code == 303
    assert person().signs_in("manager").status_code == 401
    assert known(services, "manager").password_hash == DISABLED
    assert "중지" in text(admin.get("/admin/accounts/A-manager"))
    page = text(admin.post("/admin/accounts/A-manager/password", {"password": ""}))
    password = re.search(r'id="password">([^<]+)<', page)[1]
    assert person().signs_in("manager", password).status_code == 303


def test_an_administrator_cannot_lock_themselves_out(admin):
    answer = admin.post("/admin/accounts/A-admin/disable")
    assert answer.status_code == 409
    assert "자신의 계정은 중지할 수 없습니다" in text(answer)
    assert admin.get("/admin").status_code == 200
    assert "/admin/accounts/A-admin/disable" not in text(admin.get("/admin/accounts/A-admin"))


def test_an_account_that_is_not_there_is_not_found(admin):
    assert admin.get("/admin/accounts/A-404").status_code == 404
    assert admin.post("/admin/accounts/A-404/password").status_code == 404
    assert admin.post("/admin/accounts/A-404/disable").status_code == 404
