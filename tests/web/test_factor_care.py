"""Second factors in the hands of administrators, and the codes that a demonstration shows."""

import json
from dataclasses import replace

import pytest

from entry_service import create_app
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.store.sites import accounts

from .conftest import Person, code_for
from .forms import text

OTHER_PASSWORD = "수리산-등산로-입구-소나무-1989"


def test_an_administrator_resets_a_factor_with_a_code_of_their_own(person, app, services):
    admin, address = person("admin"), "/admin/accounts/A-officer"
    assert "2단계 인증 초기화" in text(admin.get(address))
    assert "2단계 인증 초기화" not in text(admin.get("/admin/accounts/A-staff"))
    refused = admin.post(f"{address}/factor", {"code": "000000"})
    assert refused.status_code == 422
    assert services.vault.factors.state("A-officer") == "confirmed"
    assert admin.post(f"{address}/factor", {"code": code_for(app, "admin")}).headers["Location"] == address
    assert services.vault.factors.state("A-officer") == "none"
    assert "아직 등록하지 않았습니다" in text(admin.get(address))


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_accounts_of_the_new_roles_are_added_by_page(person, services, role):
    admin = person("admin")
    given = {"login": f"new.{role}", "role": role, "facility_id": "", "password": ""}
    assert admin.post("/admin/accounts", given).status_code == 200
    with services.store.read() as db:
        assert accounts.by_login(db, f"new.{role}").role == role


@pytest.mark.parametrize("extra", ["account_id", "password_hash", "created_at", "failures", "locked_until", "by"])
def test_no_field_besides_the_four_changes_an_account(person, services, extra):
    admin = person("admin")
    given = {"login": "new.officer", "role": "officer", "facility_id": "GP-001", "password": OTHER_PASSWORD}
    admin.post("/admin/accounts", {**given, extra: "A-planted"})
    admin.post("/admin/accounts/A-manager/password", {"password": OTHER_PASSWORD, "role": "admin", "login": "x"})
    with services.store.read() as db:
        added, changed = accounts.by_login(db, "new.officer"), accounts.by_id(db, "A-manager")
    assert (added.facility_id, added.failures, added.locked_until) == (None, 0, None)
    assert added.account_id.startswith("A-")
    assert "planted" not in f"{added}"
    assert (changed.role, changed.login, changed.facility_id) == ("manager", "manager", "GP-001")


def test_a_demonstration_shows_the_codes_of_its_accounts(app, settings, services, clock):
    folder = settings.var / "demo"
    folder.mkdir(parents=True)
    secret = services.vault.factors.begin("demo-officer", "officer", clock()).secret
    known = [{"login": "officer", "role": "officer", "factor_secret": secret}, {"login": "staff", "role": "staff"}]
    (folder / "sign-ins.json").write_text(json.dumps(known), encoding="utf-8")
    page = text(Person(app.test_client()).get("/simulator/codes"))
    step = step_of(clock())
    for shown in (code_of(read_secret(secret), step), code_of(read_secret(secret), step + 1)):
        assert f">{shown}</code>" in page
    assert page.count('class="demo-code"') == 1
    assert secret not in page


def test_outside_a_demonstration_there_are_no_codes_to_see(settings, services, clock):
    real = create_app(replace(settings, demo=False, sms="off"), services, clock=clock)
    someone = Person(real.test_client())
    assert someone.get("/simulator/codes").status_code == 404
    someone.gives_password("officer")
    assert "/simulator/codes" not in text(someone.get("/login/code"))
