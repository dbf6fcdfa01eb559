"""After destruction: no canary in any file, no reading of an old backup; folders and case files by their clock."""

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import make_url, select

from entry_service.core.actors import Actor
from entry_service.core.model import Contact
from entry_service.core.retention import Reading
from entry_service.core.times import KST
from entry_service.services import open_services
from entry_service.store.schema.tables import cases, index_visits
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.retention.purge_folders import due_folders
from entry_service.usecases.retention.purge_plan import plan
from entry_service.usecases.retention.trusted_clock import confirm
from entry_service.vault.checkpoints import AuditUnavailable
from tests.databases import databases, kind  # noqa: F401

from ..door import LIBRARY, NOON, open_door
from ..purging import (
    CANARY,
    DAY,
    ONE,
    PHONE,
    RETENTION,
    believed_since,
    due_at,
    fill,
    log_days,
    pass_of,
    run,
    write_extract_folder,
    write_result_folder,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def door(databases, kind, tmp_path):  # noqa: F811
    with open_door(tmp_path / "var", *databases.pair(kind)) as opened:
        believed_since(opened.services)
        yield opened


def test_no_byte_of_a_destroyed_day_is_left_in_the_files_of_sqlite(databases, tmp_path):  # noqa: F811
    urls = databases.pair("sqlite")
    with open_door(tmp_path / "var", *urls) as door:
        services = door.services
        believed_since(services)
        fill(services, DAY)
        fill(services, DAY + ONE)
        hunted = [pass_of(DAY, 3), f"{DAY}-3".encode(), f"closing-{DAY}".encode()]
        younger = [pass_of(DAY + ONE, 3), f"{DAY + ONE}-3".encode()]
        with services.vault.store.read() as db:
            sealed = db.exec_driver_sql("SELECT sealed FROM records").scalars().all()
        assert all(found_in(urls, one) for one in [*hunted, *younger])
        run(services, due_at(DAY))
        left = [one for one in hunted if found_in(urls, one)]
        assert left == []
        assert sum(bool(found_in(urls, one)) for one in sealed) == 12  # those of the day after
        assert all(found_in(urls, one) for one in younger)
        for canary in (CANARY.encode(), PHONE.encode()):
            assert not found_in(urls, canary)


def found_in(urls, needle):
    """Return the files of the databases, journals too, that hold some bytes."""
    found = []
    for url in urls:
        path = make_url(url).database
        for file in (path, f"{path}-wal", f"{path}-shm"):
            if os.path.exists(file):
                with open(file, "rb") as opened:
                    if needle in opened.read():
                        found.append(file)
    return found


def test_a_backup_that_comes_back_is_unreadable_and_goes_again(databases, tmp_path):  # noqa: F811
    """Databases as they were on the day; the key stores, which no backup holds, as they are."""
    urls = databases.pair("sqlite")
    with open_door(tmp_path / "var", *urls) as door:
        believed_since(door.services)
        fill(door.services, DAY)
        settings = door.services.settings
    paths = [make_url(url).database for url in urls]
    for path in paths:
        shutil.copy(path, f"{path}.backup")
    services = open_services(settings, NOON)
    run(services, due_at(DAY))
    services.close()
    for path in paths:
        for beside in ("-wal", "-shm"):
            if os.path.exists(path + beside):
                os.remove(path + beside)
        shutil.copy(f"{path}.backup", path)
    services = open_services(settings, NOON)
    assert services.vault.count_day(DAY).contacts == 12
    passes = [(DAY, pass_of(DAY, number)) for number in range(12)]
    assert set(services.vault.open_contacts(passes)) == {"unreadable"}
    later = Reading(wall=due_at(DAY) + 12 * ONE, boot_id="a new host", boot_seconds=60.0)
    with pytest.raises(AuditUnavailable):  # the audit came back shorter than it was: a person goes on from there
        purge(services, later)
    assert (
        services.vault.count_day(DAY).contacts == 0
    )  # the clock is not believed, and need not be: the key is dead
    assert log_days(services) == set()
    services.vault.audit.resume(later.wall)
    assert purge(services, later).days == (DAY,)
    services.close()


def test_a_host_restored_on_the_fortieth_day_destroys_as_soon_as_somebody_confirms(door):
    services = door.services
    fill(services, DAY)
    fortieth = Reading(wall=due_at(DAY) + 12 * ONE, boot_id="a new host", boot_seconds=60.0)
    assert purge(services, fortieth).days == ()
    confirm(services, fortieth, shown=fortieth.wall, actor=Actor(account_id="A-admin", role="admin"))
    assert DAY in purge(services, fortieth).days
    passes = [(DAY, pass_of(DAY, number)) for number in range(12)]
    assert set(services.vault.open_contacts(passes)) == {"unreadable"}


def test_folders_go_with_the_last_day_they_cover(door):
    var = door.services.settings.var
    write_extract_folder(var / "extract" / "old", DAY - 27 * ONE, DAY)
    write_extract_folder(var / "extract" / "young", DAY - 26 * ONE, DAY + ONE)
    write_extract_folder(var / "elsewhere" / "deep", DAY - ONE, DAY)
    write_result_folder(door.services.settings.results_dir / "old", DAY - 27 * ONE, DAY)
    write_result_folder(door.services.settings.results_dir / "young", DAY, DAY + ONE)
    fill(door.services, DAY)
    run(door.services, due_at(DAY) - HOUR)
    assert (var / "extract" / "old").exists()
    run(door.services, due_at(DAY))
    kept = {path.name for place in ("extract", "elsewhere", "results") for path in (var / place).iterdir()}
    assert kept == {"young"}
    assert (door.services.settings.key_dir).exists()


def test_plans_and_reports_count_cases_and_go_too_but_population_stays(door):
    var = door.services.settings.var
    for name, at in (("old", due_at(DAY) - 28 * ONE), ("young", due_at(DAY) - 27 * ONE)):
        plan = var / "plans" / name
        plan.mkdir(parents=True)
        told = {"name": "plan", "as_of": at.astimezone(KST).isoformat(timespec="seconds")}
        (plan / "datapackage.json").write_text(json.dumps(told))
        write_result_folder(var / "reports" / name, DAY - 27 * ONE, DAY if name == "old" else DAY + ONE)
    (var / "plans" / "broken").mkdir()
    os.utime(var / "plans" / "broken", ((NOON - 60 * ONE).timestamp(),) * 2)
    stored = var / "population" / "2020-08-01-20200802T000000-01234567"
    stored.mkdir(parents=True)
    (stored / "file.json").write_text("{}")
    fill(door.services, DAY)
    assert run(door.services, due_at(DAY)).unreadable == ("broken",)
    assert {path.name for path in (var / "plans").iterdir()} == {"young", "broken"}
    assert {path.name for path in (var / "reports").iterdir()} == {"young"}
    assert stored.exists()


def test_reports_go_wherever_the_settings_put_them(door, tmp_path):
    settings = replace(door.services.settings, reports=str(tmp_path / "elsewhere"))
    old = tmp_path / "elsewhere" / "old"
    write_result_folder(old, DAY - 27 * ONE, DAY)
    assert due_folders(settings, DAY).due == (old,)


def test_a_folder_that_does_not_say_what_it_covers_is_named_and_stays(door, tmp_path):
    var = door.services.settings.var
    broken, new = var / "extract" / "broken", var / "extract" / "new"
    for folder in (broken, new):
        folder.mkdir(parents=True)
        (folder / "datapackage.json").write_text("{")
    long_ago = (NOON - 60 * ONE).timestamp()
    for path in (broken / "datapackage.json", broken):
        os.utime(path, (long_ago, long_ago))
    outside = tmp_path / "outside"
    write_extract_folder(outside, DAY - 90 * ONE, DAY - 80 * ONE)
    (var / "extract" / "link").symlink_to(outside)
    fill(door.services, DAY)
    done = run(door.services, due_at(DAY))
    assert done.unreadable == ("broken",)
    assert broken.exists()
    assert outside.exists()


def test_a_folder_whose_removal_was_interrupted_is_finished(door):
    var = door.services.settings.var
    half = var / "extract" / ".destroying-old"
    half.mkdir(parents=True)
    (half / "facilities.csv").write_text("facility_id\n")
    assert due_folders(door.services.settings, DAY - 90 * ONE).due == (half.resolve(),)
    fill(door.services, DAY)
    run(door.services, due_at(DAY))
    assert not half.exists()


def test_a_closed_case_is_forgotten_when_none_of_its_visits_is_left(door):
    services = door.services
    fill(services, DAY)
    closed = {"closed_at": NOON + ONE, "closed_by": "A-officer"}
    services.store.write(lambda db: db.execute(cases.update().values(**closed)))
    run(services, NOON + 20 * ONE)  # its contact file would be due, its visits are not
    assert count(services, cases) == 1
    run(services, due_at(DAY))
    assert (count(services, cases), count(services, index_visits)) == (0, 0)


def test_a_case_that_nobody_closes_is_forgotten_after_the_longest_time(door):
    services = door.services
    fill(services, DAY)
    run(services, due_at(DAY))
    assert count(services, cases) == 1
    run(services, NOON + 89 * ONE)
    assert count(services, cases) == 1
    run(services, NOON + 91 * ONE)
    assert count(services, cases) == 0


def test_a_file_that_was_begun_late_does_not_outlive_its_case(door):
    services = door.services
    fill(services, DAY)
    with services.store.read() as db:
        [[case_id]] = db.execute(select(cases.c.case_id)).all()
    services.vault.store.write(lambda db: services.vault.case_files.begin(db, case_id, NOON + 85 * ONE))
    run(services, NOON + 89 * ONE)
    assert services.vault.case_files.find(case_id).destroyed_at is None
    run(services, NOON + 91 * ONE)
    assert count(services, cases) == 0
    assert services.vault.case_files.find(case_id).destroyed_at is not None


def test_a_case_file_is_destroyed_with_an_audit_row(door):
    """The vault's own tests say what is destroyed with it; here: when, and that the audit knows."""
    services = door.services
    services.vault.case_files.close("case-1", NOON)
    run(services, NOON + 14 * ONE - HOUR)
    assert services.vault.case_files.find("case-1").destroyed_at is None
    done = run(services, NOON + 14 * ONE + HOUR)
    assert done.case_files == 1
    assert services.vault.case_files.find("case-1").destroyed_at is not None
    run(services, NOON + 14 * ONE + 2 * HOUR)
    told = services.vault.audit.entries(NOON, NOON + 30 * ONE, action="case_file_destroyed")
    assert len(told) == 1


def test_the_subject_key_of_a_year_goes_two_years_after_it(door):
    services = door.services
    services.vault.audit.append(
        "phone_searched", Actor(account_id="A-officer", role="officer"), now=NOON, subjects=["+821000001234"]
    )
    run(services, datetime(2022, 12, 31, 14, 0, tzinfo=UTC))
    assert services.vault.audit.about("+821000001234", NOON + ONE) != []
    new_year = datetime(2022, 12, 31, 15, 0, tzinfo=UTC)  # 2023-01-01 00:00 KST
    looked = Reading(wall=new_year, boot_id="the only run", boot_seconds=0)
    assert plan(services, looked, today=date(2023, 1, 1)).subject_years == (2020,)
    done = run(services, new_year)
    assert done.subject_years == (2020,)
    assert services.vault.audit.about("+821000001234", NOON + ONE) == []


def test_contacts_of_another_day_are_still_readable(door):
    services = door.services
    fill(services, DAY)
    contact = Contact(name=CANARY, phone=PHONE, residence="카나리아시")
    services.vault.deposit(DAY + ONE, b"12345678", contact)
    run(services, due_at(DAY))
    assert services.vault.open_contacts([(DAY + ONE, b"12345678")]) == [contact]
    assert services.settings.retention_days == RETENTION
    assert services.facility(LIBRARY)


def count(services, table):
    with services.store.read() as db:
        return len(db.execute(select(table)).all())
