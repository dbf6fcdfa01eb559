"""The page of the state of the service: the doctor's findings in a browser, for administrators alone."""

import re
from dataclasses import replace

import pytest

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import ROLES
from .forms import text


def rows(page: str) -> dict[str, str]:
    """Return what is said → state."""
    found = re.findall(r'<span class="badge badge-\w+">([^<]+)</span></td><td>([^<]+)</td>', page)
    return {told: state for state, told in found}


def test_only_administrators_see_it(person):
    for role in set(ROLES) - {"admin"}:
        assert person(role).get("/admin/state").status_code == 403


def test_it_says_what_the_doctor_finds_and_on_wish_reads_the_databases_too(person, settings):
    admin = person("admin")
    first = text(admin.get("/admin/state"))
    told = rows(first)
    assert told["시연에서는 파기하지 않습니다."] == "정상"
    assert "출입 기록: sqlite" not in first
    whole = rows(text(admin.get("/admin/state?all=1")))
    assert any(said.startswith("출입 기록: sqlite") and state == "정상" for said, state in whole.items())
    (settings.key_dir / "audit").chmod(0o644)
    worse = text(admin.get("/admin/state"))
    assert "조치 필요" in rows(worse).values()
    assert re.search(r"조치가 필요한 항목이 \d+개 있습니다", worse)
    states = list(rows(worse).values())
    assert states.index("조치 필요") < states.index("정상")


def test_of_a_vault_of_its_own_it_says_what_it_cannot_see(app, person, settings, tmp_path):
    admin = person("admin")
    assert "entry-log-vault-doctor" not in text(admin.get("/admin/state"))
    app.extensions["settings"] = replace(settings, vault_socket=str(tmp_path / "nobody.sock"))
    assert "entry-log-vault-doctor가 매일 밤 따로 살펴봅니다" in text(admin.get("/admin/state"))


def test_in_english_the_findings_are_english(person):
    page = text(person("admin").get("/admin/state?lang=en", headers={"Accept-Language": "en"}))
    assert "A demonstration destroys nothing." in page
    assert not re.search(r"<td>[^<]*[가-힣]", page)


@pytest.mark.real
@pytest.mark.parametrize("size", [phone, desktop])
def test_it_is_read_on_a_phone_and_on_a_desk(app, browser, person, size):
    with serving(app) as origin:
        page = size(browser, origin)
        cookie = person("admin").client.get_cookie("session")
        page.context.add_cookies([{"name": "session", "value": cookie.value, "url": origin}])
        page.goto("/admin/state?all=1")
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.context.close()
