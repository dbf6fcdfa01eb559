"""``drill``, ``sunset`` and ``report`` on the command line: a whole drill, a rehearsal, an end by two people."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from entry_service import clock
from entry_service.cli import main
from entry_service.core.posters import poster_id
from entry_service.services import open_services, prepare
from entry_service.settings import Settings, keep_secret
from entry_service.store.sites import accounts, facilities, posters
from tests import second_factor
from tests.usecases.door import LIBRARY, OFFICE, place


@pytest.fixture
def settings(tmp_path):
    """Give a service with two open facilities, an administrator, an approver and an officer."""
    settings = Settings(var=tmp_path / "var")
    prepare(settings)
    keep_secret(settings)
    services = open_services(settings, clock.now())

    def furnish(db):
        for number, one in enumerate((LIBRARY, OFFICE)):
            facilities.add(db, place(one, opens=0, closes=24))
            hung = {"epoch": 1, "valid_from": clock.now(), "retired_at": None}
            posters.add(db, posters.Poster(poster_id=poster_id(bytes([number] * 10), 1), facility_id=one, **hung))
        for role in ("admin", "approver", "officer"):
            known = {"facility_id": None, "password_hash": "x", "created_at": clock.now()}
            accounts.add(db, accounts.Account(account_id=f"A-{role}", login=role, role=role, **known))

    services.store.write(furnish)
    for role in ("admin", "approver"):
        second_factor.enrol(services.vault, f"A-{role}", clock.now())
    services.close()
    return settings


@pytest.fixture
def call(settings):
    """Return a function that runs a command."""

    def run(*words, typed=None):
        environment = {"ENTRY_VAR": str(settings.var), "COLUMNS": "200"}
        return CliRunner(env=environment).invoke(main, words, input=typed, catch_exceptions=False)

    return run


def test_a_drill_without_people_finds_everybody_and_leaves_nothing(call, tmp_path):
    file = tmp_path / "drill.json"
    told = call("drill", "outbreak", "--unattended", "--sites", "2", "--contacts", "6", "--json", str(file))
    assert told.exit_code == 0
    result = json.loads(file.read_text())
    assert (result["recall"], result["precision"], result["unattended"]) == (1.0, 1.0, True)
    assert "cleaned" in call("drill", "list").output
    assert "0건" in call("drill", "clean").output


def test_what_was_typed_wrongly_is_a_sentence(call):
    for words in (
        ("drill", "outbreak"),
        ("drill", "outbreak", "--officer", "admin"),
        ("drill", "outbreak", "--unattended", "--sites", "9"),
        ("drill", "outage"),
        ("sunset", "start", "--login", "officer"),
    ):
        assert call(*words).exit_code == 2, words
    assert call("drill", "outbreak", "--unattended", "--scanned").exit_code == 1


def test_a_drill_that_people_did_not_finish_stays_for_the_pages_until_it_is_cleaned(call):
    told = call("drill", "outbreak", "--officer", "officer", "--sites", "1", "--contacts", "2", "--wait", "0")
    assert told.exit_code == 1
    assert "/officer/cases/drill-" in told.output
    assert call("drill", "outbreak", "--unattended", "--sites", "1", "--contacts", "2").exit_code == 1
    assert "1건" in call("drill", "clean").output


def test_a_rehearsal_of_an_outage_touches_nothing(call, settings, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in settings.var.rglob("*")}
    told = call("drill", "outage", "--rehearse", "--devices", "3", "--readings", "10", "--minutes", "10")
    assert "잃음 0건" in told.output
    assert {path: path.stat().st_mtime_ns for path in settings.var.rglob("*")} == before


def test_two_people_end_it_and_the_proof_is_verified_without_the_service(call, settings, tmp_path, monkeypatch):
    code = second_factor.code_of(second_factor.SECRET, second_factor.step_of(clock.now()))
    assert "아무것도 바꾸지 않았습니다" in call("sunset", "plan").output
    for login, words in (("admin", "요청했습니다"), ("approver", "결정했습니다")):
        assert words in call("sunset", "start", "--login", login, typed=f"{code}\n").output
    assert "등록 종료" in call("sunset", "status").output
    assert call("sunset", "proof").exit_code == 1  # it ends in a minute
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    file = tmp_path / "proof.json"
    assert call("sunset", "proof", "--out", str(file)).exit_code == 0
    settings.var.rename(tmp_path / "gone")
    verified = call("sunset", "verify", str(file), "--key", str(file.with_suffix(".pem")))
    assert "맞습니다" in verified.output
    said = json.loads(file.read_text())
    said["receipt"]["scans"] = 7
    file.write_text(json.dumps(said))
    assert call("sunset", "verify", str(file), "--key", str(file.with_suffix(".pem"))).exit_code == 2


def test_the_report_says_that_no_cost_was_entered(call, tmp_path):
    file, book = tmp_path / "report.json", tmp_path / "report.xlsx"
    told = call("report", "usefulness", "--json", str(file), "--xlsx", str(book))
    assert "비용 미입력" in told.output
    assert json.loads(file.read_text())["whole"]["cost"] is None
    assert book.read_bytes().startswith(b"PK")


def test_keys_go_at_once_only_after_yes_and_whoever_asked_is_named(call, monkeypatch):
    code = second_factor.code_of(second_factor.SECRET, second_factor.step_of(clock.now()))
    for login in ("admin", "approver"):
        call("sunset", "start", "--login", login, typed=f"{code}\n")
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    code = second_factor.code_of(second_factor.SECRET, second_factor.step_of(later))
    early = ("sunset", "start", "--destroy-now", "--login")
    assert call(*early, "admin", typed=f"n\n{code}\n").exit_code == 1
    assert "요청했습니다" in call(*early, "admin", typed=f"y\n{code}\n").output
    assert call("sunset", "withdraw", "--login", "approver").exit_code == 1
    told = call(*early, "approver", typed=f"y\n{code}\n").output
    assert "admin, 20" in told
    assert "결정했습니다" in told
    assert call("sunset", "withdraw", "--login", "admin").exit_code == 1
