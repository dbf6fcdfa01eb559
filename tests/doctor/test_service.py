"""Keys, databases, certificate, watcher, destruction, backup: each check fails for what would really be wrong."""

import fcntl
import shutil
import sqlite3
import ssl
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

from sqlalchemy import create_engine, text

from entry_service import clock, create_app, lan
from entry_service.core.model import Contact
from entry_service.core.times import kst_day
from entry_service.doctor import runs
from entry_service.doctor.examination import CHECKS, VAULT_CHECKS, examine
from entry_service.services import prepare, prepare_vault
from entry_service.settings import Settings
from entry_service.upkeep import backups
from entry_service.usecases.hotspots.run_status import LOCK
from tests.web.browser import serving
from tests.web.publication_folder import write_public, write_register

PERSON = Contact(name="시험방문자", phone="+821000001234", verified=True)


def states(found) -> list[str]:
    return [one.state for one in found]


def with_a_contact(site):
    services = site.open()
    services.vault.deposit(kst_day(site.now), b"12345678", PERSON)
    services.close()


def test_a_key_that_one_store_lacks_fails_and_so_does_a_store_that_is_away(site, tmp_path):
    with_a_contact(site)
    assert states(site.ask("keys")) == ["ok", "ok"]
    next((tmp_path / "keys2" / "days").glob("*.key")).unlink()
    found, _ = site.ask("keys")
    assert (found.state, "copy missing 1" in found.en) == ("failed", True)
    shutil.rmtree(tmp_path / "keys2")
    assert states(site.ask("keys")) == ["failed", "ok"]
    assert states(site.ask("keys", vault_socket=str(tmp_path / "nobody.sock"))) == ["failed"]


def test_a_database_of_another_form_or_journal_fails(site):
    assert states(site.ask("database")) == ["ok", "ok"]
    log = sqlite3.connect(site.settings.var / "log.sqlite")
    log.execute("PRAGMA journal_mode=DELETE")
    log.close()
    assert states(site.ask("database")) == ["failed", "ok"]
    (site.settings.var / "vault.sqlite").unlink()
    assert states(site.ask("database")) == ["failed", "failed"]


def test_a_postgresql_that_may_lose_writes_fails_by_the_name_of_its_setting(databases, tmp_path, now):
    url = databases.new("postgresql", "log")
    settings = Settings(var=tmp_path / "var", log_url=url)
    prepare(settings)
    reading = clock.reading(now)
    assert states(examine(settings, reading, ("database",))) == ["ok", "ok"]
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text(f'ALTER DATABASE "{engine.url.database}" SET synchronous_commit = off'))
    engine.dispose()
    [found, _vault] = examine(settings, reading, ("database",))  # a fault of one hides nothing of the other
    assert found.state == "failed"
    assert "synchronous_commit" in found.ko


class Says(BaseHTTPRequestHandler):
    """What a proxy says: the status that its server was given."""

    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def answering(folder, now, status=200):
    """Serve HTTPS with a self-made certificate for 127.0.0.1 and localhost's other names; give the port."""
    cert, key, _ = lan.certificate(folder, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = HTTPServer(("127.0.0.1", 0), Says)
    server.status = status
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # callers that only look hang up
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_certificate_fails_when_it_ran_out_and_warns_before(site, tmp_path):
    with answering(tmp_path / "tls", site.now) as port:
        origin = f"https://127.0.0.1:{port}"
        found = site.ask("certificate", origin=origin)
        assert states(found) == ["ok", "warning"]  # nobody vouches for it
        assert states(site.ask("certificate", site.now + timedelta(days=20), origin=origin))[0] == "warning"
        assert states(site.ask("certificate", site.now + timedelta(days=31), origin=origin))[0] == "failed"
        assert states(site.ask("certificate", site.now - timedelta(days=1), origin=origin))[0] == "failed"


def test_a_certificate_of_another_host_fails_and_so_does_a_proxy_that_is_down(site, tmp_path):
    with answering(tmp_path / "tls", site.now) as port:
        [found, *_] = site.ask("certificate", origin=f"https://127.0.0.2:{port}")
        assert states([found]) == ["failed"]  # the server listens on 127.0.0.1 alone: nobody answers there
        other = site.ask("certificate", origin=f"https://ip6-localhost:{port}")
        assert states(other)[0] == "failed"
    [found] = site.ask("certificate", origin=f"https://127.0.0.1:{port}")
    assert (found.state, "Nobody answers" in found.en) == ("failed", True)
    assert states(site.ask("certificate")) == ["warning"]  # http on this machine


def test_a_service_that_does_not_answer_fails_and_one_whose_proxy_finds_nobody_too(site, tmp_path):
    services = site.open()
    with serving(create_app(site.settings, services, clock=lambda: site.now)) as origin:
        assert states(site.ask("service", origin=origin)) == ["ok"]
    services.close()
    [found] = site.ask("service", origin=origin)
    assert (found.state, "ConnectionRefusedError" in found.en) == ("failed", True)
    for status, state in ((200, "ok"), (502, "failed"), (302, "failed")):
        with answering(tmp_path / "tls", site.now, status) as port:
            [found] = site.ask("service", origin=f"https://127.0.0.1:{port}")
            assert (found.state, str(status) in found.ko) == (state, status != 200)


def test_copies_on_the_same_disk_and_a_demonstration_warn(site):
    assert states(site.ask("settings")) == ["warning", "warning"]
    assert states(site.ask("settings", demo=True)) == ["warning"] * 3


def test_a_watcher_that_ended_fails_and_one_that_never_began_warns(site, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "UNIT", tmp_path / "entry-log-watch.service")
    assert states(site.ask("watcher")) == ["ok"]
    runs.UNIT.touch()
    assert states(site.ask("watcher")) == ["warning"]
    site.settings.results_dir.mkdir()
    lock = site.settings.results_dir / LOCK
    lock.touch()
    assert states(site.ask("watcher")) == ["failed"]
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        [found] = site.ask("watcher")
        assert (found.state, found.en) == ("ok", "The watcher of the analytics runs.")


def test_a_day_that_is_kept_too_long_fails(site):
    with_a_contact(site)
    assert states(site.ask("purge")) == ["ok"]
    assert states(site.ask("purge", site.now + timedelta(days=40))) == ["failed"]


def test_no_backup_fails_and_so_does_an_old_one(site, tmp_path):
    assert states(site.ask("backup", backups="")) == ["warning"]
    assert states(site.ask("backup")) == ["failed", "failed"]
    backups.make(site.settings, tmp_path / "backups", site.now)
    assert states(site.ask("backup")) == ["ok", "ok"]
    assert states(site.ask("backup", site.now + timedelta(hours=27))) == ["failed", "failed"]


def test_a_backup_of_the_log_alone_is_none_of_the_vault(site, tmp_path):
    backups.make(site.settings, tmp_path / "backups", site.now, vault=False)
    found = site.ask("backup")
    assert (states(found), "금고" in found[1].ko) == (["ok", "failed"], True)
    apart = site.ask("backup", vault_socket=str(tmp_path / "nobody.sock"))
    assert states(apart) == ["ok"]  # there the vault is another user's, whose own doctor looks


def test_the_doctor_of_a_vault_of_its_own_looks_at_what_only_its_user_sees(tmp_path, now):
    here = {"key_copy": str(tmp_path / "keys2"), "audit_copy": str(tmp_path / "audit2")}
    settings = Settings(
        var=tmp_path / "var", vault_socket=str(tmp_path / "vault.sock"), backups=str(tmp_path / "backups"), **here
    )
    settings.var.mkdir(mode=0o700)
    prepare_vault(settings)
    settings.vault_key_dir.chmod(0o700)

    def ask(*only: str) -> list[tuple[str, str]]:
        found = examine(settings, clock.reading(now), only, vault=True)
        return [(one.check, one.state) for one in found]

    assert not (settings.var / "log.sqlite").exists()
    assert {check for check, _ in ask()} == set(VAULT_CHECKS)
    assert ask("keys", "database", "backup") == [
        ("keys", "ok"),
        ("keys", "ok"),
        ("database", "ok"),
        ("backup", "failed"),
    ]
    backups.make(settings, tmp_path / "backups", now, log=False)
    assert ask("backup") == [("backup", "ok")]
    shutil.rmtree(tmp_path / "audit2")
    assert ask("keys") == [("keys", "ok"), ("keys", "failed")]
    shutil.rmtree(tmp_path / "keys2")
    assert ask("keys")[0] == ("keys", "failed")
    (settings.var / "vault.sqlite").chmod(0o640)
    assert ("permissions", "failed") in ask("permissions")
    (settings.var / "vault.sqlite").unlink()
    assert ask("database") == [("database", "failed")]


def test_a_backup_that_cannot_be_read_or_is_dated_ahead_is_told_and_proves_nothing(site, tmp_path):
    made = backups.make(site.settings, tmp_path / "backups", site.now)
    assert states(site.ask("backup", site.now - timedelta(minutes=1))) == ["failed", "failed"]
    (made.folder / backups.TOLD).write_text("{}")
    assert states(site.ask("backup")) == ["warning", "failed", "failed"]
    backups.make(site.settings, tmp_path / "backups", site.now + timedelta(hours=1))
    found = site.ask("backup", site.now + timedelta(hours=1))
    assert states(found) == ["warning", "ok", "ok"]
    assert made.folder.name in found[0].ko


def test_a_register_that_is_missing_older_another_or_changed_fails(site):
    assert states(site.ask("register")) == ["ok"]
    public = write_public(site.settings.public_dir)
    assert states(site.ask("register")) == ["failed"]
    file = write_register(public) / "register.jsonl"
    assert states(site.ask("register")) == ["ok"]
    whole = file.read_bytes()
    first, second = whole.splitlines(keepends=True)
    found = {}
    for name, lines in (
        ("older", first),
        ("another", first + second.replace(b"sha256:", b"sha256:0", 1)),
        ("처음 적은 것과", first.replace(b'"k": 10', b'"k": 3') + second),
    ):
        file.write_bytes(lines)
        [one] = site.ask("register")
        found[name] = one.state, name in one.ko + one.en
    assert set(found.values()) == {("failed", True)}


def test_a_database_that_is_away_hides_nothing_of_the_others(site):
    found = site.ask("database", log_url="postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    assert states(found) == ["failed", "ok"]
    assert "could not look: OperationalError" in found[0].en


def test_the_command_says_it_in_both_languages_and_by_its_exit_code(site, monkeypatch, capsys):
    from entry_service.cli import main
    from entry_service.commands.doctor import NAMES

    assert set(NAMES) == set(CHECKS)
    monkeypatch.setenv("ENTRY_VAR", str(site.settings.var))
    monkeypatch.setenv("ENTRY_KEY_COPY", site.settings.key_copy)
    monkeypatch.setenv("ENTRY_AUDIT_COPY", site.settings.audit_copy)
    assert main(["doctor", "--only", "keys"], standalone_mode=False) in {0, None}
    assert "두 저장소에서 모두 열립니다" in capsys.readouterr().out
    shutil.rmtree(site.settings.key_copy)
    assert main(["doctor", "--only", "keys", "--language", "en"], standalone_mode=False) == 1
    assert "✗ keys: refused: keys_unsafe" in capsys.readouterr().out
