"""The commands, run as a person runs them: what they print and refuse, and that no refusal is a traceback."""

import os
import stat
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entry_service import clock
from entry_service.cli import main
from entry_service.core.model import Device
from entry_service.passwords import verify_password
from entry_service.services import open_services
from entry_service.settings import read_settings
from entry_service.store.database.engine import HeldLock
from entry_service.store.sites import accounts, devices, facilities, posters
from tests import second_factor

PASSWORD = "느티나무 아래 산본로 2020"
HEADER = "facility_id,name,category,address,lon,lat,area_m2,sensitive"
LIBRARY = "GP-001,산본도서관,library,경기도 군포시 산본로 1,126.9312,37.3581,1200.5,false"
CLINIC = "GP-002,산본의원,health,경기도 군포시 산본로 2,126.9313,37.3582,,true"


@pytest.fixture
def var(tmp_path, monkeypatch) -> Path:
    """Return a folder of a service of its own; the environment holds no other setting."""
    for name in [name for name in os.environ if name.startswith("ENTRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENTRY_VAR", str(tmp_path / "var"))
    mask = os.umask(0o022)
    yield tmp_path / "var"
    os.umask(mask)


@pytest.fixture
def run(var):
    """Return a function that runs a command; a traceback is a failed test unless an exit code is expected."""

    def command(*words: object, typed: str | None = None, exit_code: int = 0) -> Result:
        done = CliRunner().invoke(main, [str(word) for word in words], input=typed)
        unexpected = done.exception if not isinstance(done.exception, SystemExit) else None
        assert unexpected is None, done.exc_info
        assert done.exit_code == exit_code, done.output
        return done

    return command


@pytest.fixture
def city(run, tmp_path):
    """Migrate, and register two facilities."""
    run("migrate")
    file = tmp_path / "sites.csv"
    file.write_text("\n".join([HEADER, LIBRARY, CLINIC]), encoding="utf-8")
    run("facility", "import", file)
    return file


def store(reading):
    """Return what ``reading(db)`` finds in the log."""
    services = open_services(read_settings(), clock.now(), writer=False)
    try:
        with services.store.read() as db:
            return reading(db)
    finally:
        services.close()


def test_help_names_every_command(run):
    shown = run("--help").output
    assert all(name in shown for name in main.commands)


def test_migrate_makes_databases_and_keys_for_their_owner_alone_and_may_be_repeated(run, var):
    run("migrate")
    secret = (var / "keys" / "secret").read_text()
    run("migrate")
    assert (var / "keys" / "secret").read_text() == secret
    open_to_others = [path for path in var.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []
    assert {path.name for path in (var / "keys").iterdir()} >= {"secret", "issuer", "certificates"}


@pytest.mark.parametrize(
    "words",
    [
        ("account", "list"),
        ("facility", "list"),
        ("extract", "--out", "/nowhere/extract"),
        ("serve", "--bind", "127.0.0.1:1"),
    ],
)
def test_before_migrate_every_command_says_what_to_do(run, var, monkeypatch, words):
    monkeypatch.setenv("ENTRY_SECRET", "Zq3-long-enough-for-the-settings-7351")
    refused = run(*words, exit_code=1)
    assert "python -m entry_service migrate" in refused.stderr


def test_settings_that_cannot_be_are_refused(run, monkeypatch):
    monkeypatch.setenv("ENTRY_SLOT_SECOND", "15")
    assert "ENTRY_SLOT_SECOND" in run("migrate", exit_code=2).stderr
    monkeypatch.delenv("ENTRY_SLOT_SECOND")
    monkeypatch.setenv("ENTRY_LOG_URL", "no address")
    assert "ENTRY_LOG_URL" in run("migrate", exit_code=2).stderr
    monkeypatch.setenv("ENTRY_LOG_URL", "postgresql+psycopg://entry:hidden@127.0.0.1:1/log")
    refused = run("migrate", exit_code=1)
    assert "데이터베이스를 열 수 없습니다" in refused.stderr
    assert "hidden" not in refused.output


def test_a_folder_that_cannot_be_written_is_a_sentence(run, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ENTRY_VAR", str(tmp_path / "file" / "var"))
    assert str(tmp_path / "file") in run("migrate", exit_code=1).stderr


def test_while_the_service_holds_the_log_writing_waits_and_reading_does_not(run, city, var, tmp_path):
    held = HeldLock(var / "log.sqlite")
    for words in (("migrate",), ("facility", "import", city)):
        assert "다른 프로세스가 출입 기록을 쓰고 있습니다" in run(*words, exit_code=1).stderr
    assert "산본도서관" in run("facility", "list").output
    run("extract", "--out", tmp_path / "extract")
    held.close()


def test_an_account_gets_the_password_that_was_typed_twice(run, city):
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    shown = run("account", "add", "hong.staff", "--role", "staff", "--facility", "GP-001", typed=typed)
    assert PASSWORD not in shown.output
    kept = store(lambda db: accounts.by_login(db, "hong.staff"))
    assert (kept.role, kept.facility_id) == ("staff", "GP-001")
    assert verify_password(kept.password_hash, PASSWORD)
    assert run("account", "list").output.split("\t")[:3] == ["hong.staff", "staff", "GP-001"]


def test_a_password_may_come_from_a_pipe_and_never_from_the_command_line(run, city):
    run("account", "add", "officer.kim", "--role", "officer", "--password-stdin", typed=PASSWORD + "\n")
    assert verify_password(store(lambda db: accounts.by_login(db, "officer.kim")).password_hash, PASSWORD)
    run("account", "add", "officer.lee", "--role", "officer", "--password", PASSWORD, exit_code=2)


def test_the_first_administrator_is_added_and_a_lost_factor_reset_by_command(run, city):
    run("account", "add", "city.admin", "--role", "admin", "--password-stdin", typed=PASSWORD)
    account_id = store(lambda db: accounts.by_login(db, "city.admin")).account_id
    services = open_services(read_settings(), clock.now())
    second_factor.enrol(services.vault, account_id, clock.now())
    services.close()
    assert "2단계 인증을 초기화했습니다: city.admin" in run("account", "reset-factor", "city.admin").output
    assert "찾을 수 없습니다" in run("account", "reset-factor", "nobody", exit_code=1).stderr
    services = open_services(read_settings(), clock.now(), writer=False)
    day = timedelta(days=1)
    rows = services.vault.audit.entries(clock.now() - day, clock.now() + day, limit=9)
    state = services.vault.factors.state(account_id)
    services.close()
    assert state == "none"
    assert [(one.action, one.outcome, one.account_id) for one in rows] == [
        ("factor_changed", "reset", "operator"),
        ("account_changed", "added_admin", "operator"),
    ]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("Kim", "--role", "officer"), "login"),
        (("kim.officer", "--role", "king"), "role"),
        (("kim.staff", "--role", "staff"), "facility_id"),
        (("kim.staff", "--role", "staff", "--facility", "GP-404"), "facility_id"),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_field(run, city, words, field):
    assert (
        f"오류: {field}: " in run("account", "add", *words, "--password-stdin", typed=PASSWORD, exit_code=2).stderr
    )
    assert store(accounts.all) == []


def test_a_weak_password_is_refused_and_a_login_taken_once(run, city):
    add = ("account", "add", "officer.kim", "--role", "officer", "--password-stdin")
    assert "password" in run(*add, typed="passwordpassword12", exit_code=2).stderr
    run(*add, typed=PASSWORD)
    assert "login" in run(*add, typed=PASSWORD, exit_code=2).stderr


def test_imported_facilities_have_a_poster_and_the_usual_hours(run, city):
    many = store(facilities.all)
    assert [(one.facility_id, one.sensitive, one.area_m2) for one in many] == [
        ("GP-001", False, 1200.5),
        ("GP-002", True, None),
    ]
    assert (many[0].opens, many[0].closes) == (7, 23)
    assert store(lambda db: posters.current(db, "GP-001")).epoch == 1


def test_importing_again_changes_facts_and_keeps_posters(run, city):
    before = store(lambda db: posters.current(db, "GP-001")).poster_id
    city.write_bytes("\r\n".join([HEADER, LIBRARY.replace("산본", "중앙")]).encode("cp949"))
    assert "시설 0곳을 등록하고 1곳의" in run("facility", "import", city).output
    assert store(lambda db: facilities.get(db, "GP-001")).name == "중앙도서관"
    assert store(lambda db: posters.current(db, "GP-001")).poster_id == before
    assert len(store(facilities.all)) == 2


NEW = "GP-009,새 도서관,library,경기도 군포시 산본로 9,126.93,37.35,,"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([HEADER, NEW, NEW.replace("126.93", "12.6")], "3행 lon: "),
        ([HEADER, NEW, NEW], "3행 facility_id: "),
        ([HEADER, NEW, NEW.replace("library", "libary").replace("009", "010")], "3행 category: "),
        ([HEADER, NEW + ",more"], "2행: 열의 수"),
        ([HEADER, NEW[:-1]], "2행: 열의 수"),
        ([HEADER, NEW.replace("GP-009", "")], "2행 facility_id: "),
        ([HEADER.replace("lon", "longitude"), NEW], "1행 lon: lon 열이 없습니다"),
        ([HEADER.replace("area_m2", "lat"), NEW], "1행 lat: 같은 이름의 열"),
        ([HEADER, NEW.replace("새 도서관", '"새 도서관')], "CSV 형식이 아닙니다"),
        ([HEADER], "한 곳도 없습니다"),
        ([""], "1행 address: address 열이 없습니다"),
    ],
)
def test_a_file_with_one_wrong_line_is_refused_whole_with_line_and_field(run, city, lines, told):
    city.write_text("\n".join(lines), encoding="utf-8")
    refused = run("facility", "import", city, exit_code=2)
    assert told in refused.stderr
    assert len(store(facilities.all)) == 2


def test_a_file_in_no_encoding_is_refused(run, city):
    city.write_bytes(b"\xff\xfe\x00\x81")
    assert "UTF-8" in run("facility", "import", city, exit_code=2).stderr


def test_devices_are_listed_and_revoked(run, city):
    services = open_services(read_settings(), clock.now())
    device = Device(device_id="D-1", facility_id="GP-001", name="정문")
    services.store.write(lambda db: devices.add(db, device, sha256(b"token").digest(), clock.now()))
    services.close()
    assert run("device", "list", "GP-001").output.split("\t")[:2] == ["D-1", "정문"]
    assert "찾을 수 없습니다" in run("device", "revoke", "GP-002", "D-1", exit_code=1).stderr
    run("device", "revoke", "GP-001", "D-1")
    assert store(lambda db: devices.all(db, "GP-001"))[0].device.revoked_at is not None
    assert "찾을 수 없습니다" in run("device", "list", "GP-404", exit_code=1).stderr


def test_an_extract_covers_four_weeks_up_to_the_last_midnight(run, city, tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2020, 8, 25, 9, 30, tzinfo=UTC))
    out = tmp_path / "extract"
    shown = run("extract", "--out", out).output
    days = sorted(path.name for path in (out / "facility_hours").iterdir())
    assert (days[0], days[-1], len(days)) == ("2020-07-28.csv.gz", "2020-08-24.csv.gz", 28)
    assert str(out) in shown
    again = run("extract", "--out", tmp_path / "again", "--reuse", out).output
    assert "가져온 날: 28일" in again
    assert sorted(path.name for path in (tmp_path / "again" / "facility_hours").iterdir()) == days
    run("extract", "--out", out, "--as-of", "2020-08-10")  # a replay: what was known at the end of that day
    assert '"as_of": "2020-08-11T00:00:00+09:00"' in (out / "datapackage.json").read_text()
    assert '"end": "2020-08-11T00:00:00+09:00"' in (out / "datapackage.json").read_text()
    run("extract", "--out", out, "--as-of", "2020-08-10T00:00")  # a time at midnight is that time
    assert '"as_of": "2020-08-10T00:00:00+09:00"' in (out / "datapackage.json").read_text()
    run("extract", "--out", out, "--as-of", "2020-08-25")  # today has no end yet
    assert '"as_of": "2020-08-25T18:30:00+09:00"' in (out / "datapackage.json").read_text()
    assert '"end": "2020-08-25T00:00:00+09:00"' in (out / "datapackage.json").read_text()


def test_an_extract_refuses_what_does_not_fit(run, city, tmp_path):
    backwards = ("--start", "2020-08-02", "--end", "2020-08-01")
    assert "field: end" in run("extract", "--out", tmp_path / "extract", *backwards, exit_code=2).stderr
    assert str(tmp_path) in run("extract", "--out", tmp_path, exit_code=1).stderr
    replay = ("--as-of", "2020-08-10", "--reuse", tmp_path)
    assert "--reuse" in run("extract", "--out", tmp_path / "extract", *replay, exit_code=2).stderr
    for option in ("--as-of", "--start", "--end"):
        for wrong in ("yesterday", "2020-02-30", "0001-01-01", "0202-08-01", "9999-12-31", "2020-08-01T25:00"):
            assert option in run("extract", "--out", tmp_path / "extract", option, wrong, exit_code=2).stderr


def test_serve_refuses_an_address_it_cannot_read_a_port_in_use_and_a_demo_that_is_not_there(run, city):
    assert "--bind" in run("serve", "--bind", "nowhere", exit_code=2).stderr
    assert "make demo" in run("serve", "--demo", "--bind", "127.0.0.1:1", exit_code=1).stderr


def test_more_than_one_process_needs_postgresql(run, city, monkeypatch):
    monkeypatch.setenv("ENTRY_WORKERS", "2")
    assert "PostgreSQL" in run("serve", "--bind", "127.0.0.1:1", exit_code=2).stderr
