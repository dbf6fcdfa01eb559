"""Upgrade and the way back while old devices are connected: expand first, contract in a generation of its own.

What a device of the version before sends is recorded in ``old_device.json``; what it holds in its queue may be
older than the upgrade.
"""

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import OperationalError

from deploy import install
from entry_service import create_app
from entry_service.core.errors import Unavailable
from entry_service.core.model import Device
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.database.migrate import MIGRATIONS, generation, is_current, migrate
from entry_service.store.log import scans
from entry_service.store.schema.doubt_tables import doubts
from entry_service.store.sites import devices, facilities
from entry_service.web.frame.sessions import token_hash
from tests.store.conftest import facility
from tests.web.camera import phone_with_pass

from ..databases import databases, kind

__all__ = ["databases", "kind"]
HERE = Path(__file__).parent
RELEASED = "0008"  # a migration after it only adds, or begins a generation
TOKEN = "token of a door of the version before"
TAKES_AWAY = re.compile(
    r"\b(?:drop_(?:table|column|constraint)|rename_table|DROP (?!TRIGGER)|RENAME )|new_column_name"
    r"|nullable=False(?!, server_default)"
)
NEXT = '''
"""A later version adds a column and a table."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{before}"


def upgrade() -> None:
    op.add_column("facilities", sa.Column("of_a_later_version", sa.Text()))
    op.create_table("later", sa.Column("later_id", sa.Integer(), primary_key=True))
'''


def later(folder: Path, revision: str) -> Path:
    """Return the migrations of a later version."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    names = sorted(path.name for path in (folder / "versions").glob("*.py"))
    before = names[-1].split("_")[0]
    (folder / "versions" / f"{revision}_later.py").write_text(
        NEXT.format(revision=revision, before=before).lstrip()
    )
    return folder


def furnish(services, now) -> None:
    def write(db) -> None:
        facilities.add(db, facility("GP-001"))
        device = Device(device_id="D-1", facility_id="GP-001", name="정문")
        devices.add(db, device, token_hash(TOKEN), now)

    services.store.write(write)


@pytest.fixture
def settings(databases, kind, tmp_path) -> Settings:
    urls = {name: databases._create(kind, None) for name in ("log_url", "vault_url")}
    return Settings(var=tmp_path / "var", demo=True, **urls)


def test_the_version_before_runs_on_the_schema_of_a_later_one(settings, now, tmp_path, request):
    """The way back: the code is switched, the database stays, nothing is lost."""
    prepare(settings)
    migrate(settings.log_url, later(tmp_path / "later", "9999"))
    assert is_current(settings.log_url)
    prepare(settings)  # what the unit does before each start: nothing is undone
    services = open_services(settings, now)
    request.addfinalizer(services.close)
    furnish(services, now)
    sent = old_requests(services, settings, now)
    assert [one.status_code for one in sent] == [200, 200, 200]
    engine = create_engine(settings.log_url)
    with engine.connect() as db:
        assert db.execute(text("SELECT count(*) FROM later")).scalar() == 0
    engine.dispose()


def test_what_the_version_before_has_no_words_for_is_put_under_those_that_it_has(databases, kind, now):
    """The statements of docs/operations.md, as they are told there."""
    told = (HERE.parents[1] / "docs" / "operations.md").read_text()
    statements = re.findall(r"`((?:UPDATE|DELETE FROM) doubts [^`]+);`", told)
    assert len(statements) == 2
    engine = create_engine(databases.new(kind, "log"))
    rows = [("one", "closed"), ("two", "closed"), ("two", "outside_hours"), ("three", "burst")]
    with engine.begin() as db:
        facilities.add(db, facility("GP-001"))
        for scan_id, reason in rows:
            doubt = {"scan_id": scan_id, "reason": reason, "facility_id": "GP-001"}
            db.execute(insert(doubts).values(**doubt, beside="", scanned_at=now, found_at=now))
        for statement in statements:
            db.execute(text(statement))
        found = db.execute(text("SELECT scan_id, reason FROM doubts ORDER BY scan_id")).all()
    engine.dispose()
    assert [*map(tuple, found)] == [("one", "outside_hours"), ("three", "burst"), ("two", "outside_hours")]


def test_a_database_of_a_later_generation_is_refused_and_left_alone(settings, tmp_path):
    prepare(settings)
    migrate(settings.log_url, later(tmp_path / "later", "1.9999"))
    for act in (is_current, migrate):
        with pytest.raises(Unavailable) as refused:
            act(settings.log_url)
        assert refused.value.facts["reason"] == "schema 1.9999"


def test_a_migration_that_would_keep_doors_waiting_gives_up_and_changes_nothing(databases, tmp_path):
    url = databases.new("postgresql", "log")
    engine = create_engine(url)
    with engine.connect() as somebody:
        somebody.execute(text("LOCK TABLE facilities"))
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate(url, later(tmp_path / "later", "9999"))
    migrate(url, tmp_path / "later")
    engine.dispose()


def old_requests(services, settings, now):
    """Send what a door of the version before sends: a scan, the same again, a queue with yesterday's reading."""
    client = create_app(settings, services, clock=lambda: now).test_client()
    told = json.loads((HERE / "old_device.json").read_text())
    code = phone_with_pass(services, now).code(now)
    yesterday = now - timedelta(days=1)
    queued = phone_with_pass(services, yesterday, seed=b"queued").code(yesterday)
    filled = json.dumps(told, ensure_ascii=False)
    shown = {"code now": code, "now": now.isoformat(), "code queued": queued, "queued": yesterday.isoformat()}
    for name, value in shown.items():
        filled = filled.replace(f"<{name}>", value)
    filled = json.loads(filled)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    sent = [client.post(filled["scan_path"], json=filled["scan"], headers=headers) for _ in range(2)]
    return [*sent, client.post(filled["sync_path"], json=filled["sync"], headers=headers)]


@pytest.mark.parametrize("revision", ["0005", "0007"])
def test_an_old_device_goes_on_after_the_upgrade_and_each_entry_is_there_once(settings, now, revision, request):
    migrate(settings.log_url, revision=revision)
    prepare(settings)
    services = open_services(settings, now)
    request.addfinalizer(services.close)
    furnish(services, now)
    first, again, queue = old_requests(services, settings, now)
    assert (first.status_code, first.json["outcome"], again.json["repeated"]) == (200, "accepted", True)
    assert queue.status_code == 200, queue.json
    told = json.loads((HERE / "old_device.json").read_text())
    wanted = [told["scan"]["scan_id"], told["sync"]["items"][0]["scan_id"]]
    with services.store.read() as db:
        assert set(scans.find_scans(db, wanted)) == set(wanted)


def test_migrations_after_the_release_only_add_unless_they_begin_a_generation():
    assert (generation("0008"), generation("1.0012")) == (0, 1)
    before = 0
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        revision = path.name.split("_")[0]
        if revision > RELEASED and generation(revision) == before:
            added = re.sub(r"create_table\((?:.|\n)*?\n    \)", "", path.read_text(encoding="utf-8"))
            assert not TAKES_AWAY.search(added), path.name
        before = generation(revision)


def test_installed_units_become_those_of_the_release_in_use_both_ways_and_no_other_is_added(tmp_path, capsys):
    place = tmp_path / "systemd"
    place.mkdir()
    for name, start in (("entry-log-1", "old"), ("entry-log-2", "new")):
        units = tmp_path / "releases" / name / "deploy" / "systemd"
        units.mkdir(parents=True)
        units.joinpath("entry-log.service").write_text(f"[Service]\nExecStart={start}\n")
        units.joinpath("entry-log-watch.service").write_text("[Service]\nExecStart=watch\n")
        (tmp_path / "releases" / name / ".installed").touch()
    (place / "entry-log.service").write_text("[Service]\nExecStart=old\n")
    for name, start in (("entry-log-2", "new"), ("entry-log-1", "old")):
        install.switch(tmp_path, tmp_path / "releases" / name)
        install.renew_units(tmp_path, place)
        assert (place / "entry-log.service").read_text() == f"[Service]\nExecStart={start}\n"
        told = capsys.readouterr().out
        assert (f"+ExecStart={start}" in told, "쓰지 않는 유닛: entry-log-watch.service" in told) == (True, True)
    install.renew_units(tmp_path, place)
    assert "ExecStart" not in capsys.readouterr().out
    assert [unit.name for unit in place.iterdir()] == ["entry-log.service"]


def release(home: Path, name: str, units: dict[str, str]) -> None:
    for path, content in units.items():
        unit = home / "releases" / name / "deploy" / path
        unit.parent.mkdir(parents=True, exist_ok=True)
        unit.write_text(content)
    (home / "releases" / name / ".installed").touch()
    install.switch(home, home / "releases" / name)


def test_a_unit_that_was_edited_is_left_alone_and_the_others_are_renewed(tmp_path, capsys):
    place = tmp_path / "systemd"
    place.mkdir()
    for name, start in (("entry-log-1", "old"), ("entry-log-2", "new")):
        both = {f"systemd/entry-log{one}.service": f"[Service]\nExecStart={start}\n" for one in ("", "-watch")}
        release(tmp_path, name, both)
    (place / "entry-log.service").write_text("[Service]\nExecStart=old\nReadWritePaths=/srv/keys\n")
    (place / "entry-log-watch.service").write_text("[Service]\nExecStart=old\n")
    with pytest.raises(SystemExit, match=r"drop-in(.|\n)*systemd/entry-log\.service$"):
        install.renew_units(tmp_path, place)
    assert "-ReadWritePaths=/srv/keys" in capsys.readouterr().out
    assert (place / "entry-log.service").read_text().endswith("ReadWritePaths=/srv/keys\n")
    assert (place / "entry-log-watch.service").read_text() == "[Service]\nExecStart=new\n"


def test_what_a_renewed_unit_starts_when_it_fails_is_installed_with_it_and_one_of_two_services_renewed(tmp_path):
    place = tmp_path / "systemd"
    place.mkdir()
    told = "[Unit]\nOnFailure=entry-log-notify@%n.service\n"
    units = ("systemd/entry-log-daily.service", "rolling/entry-log@.service")
    release(tmp_path, "entry-log-1", dict.fromkeys(units, "[Unit]\n"))
    for unit in units:
        (place / Path(unit).name).write_text("[Unit]\n")
    new = {**dict.fromkeys(units, told), "systemd/entry-log-notify@.service": "word", "systemd/other.timer": ""}
    release(tmp_path, "entry-log-2", new)
    install.renew_units(tmp_path, place)
    found = {unit.name: unit.read_text() for unit in place.iterdir()}
    assert found == {**{Path(unit).name: told for unit in units}, "entry-log-notify@.service": "word"}


def test_another_python_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(install.sys, "version_info", (3, 12, 1))
    with pytest.raises(SystemExit, match="dnf install python3.11"):
        install.refuse_other_machines()


def test_the_release_in_use_is_switched_in_one_step_and_never_to_half_a_one(tmp_path, capsys):
    for name in ("entry-log-1", "entry-log-2", "entry-log-3"):
        (tmp_path / "releases" / name).mkdir(parents=True)
    for name in ("entry-log-1", "entry-log-2"):
        (tmp_path / "releases" / name / ".installed").touch()
        install.switch(tmp_path, tmp_path / "releases" / name)
        assert (tmp_path / "current").resolve().name == name
    with pytest.raises(SystemExit, match="entry-log-3"):
        install.switch(tmp_path, tmp_path / "releases" / "entry-log-3")  # broken off while it was installed
    assert (tmp_path / "current").resolve().name == "entry-log-2"
    install.switch(tmp_path, tmp_path / "releases" / "entry-log-1")
    assert ((tmp_path / "current").resolve().name, "entry-log-1" in capsys.readouterr().out) == (
        "entry-log-1",
        True,
    )
