"""The drill: the host is lost. Restored on day 5, every contact opens; the same backup restored on day 40, none.

Real files: the database through SQLite's backup (on PostgreSQL a copy of it), the key-encryption key from
its escrow, the wrapped keys from the second store alone.
"""

import shutil
import sqlite3
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from entry_service.core.model import Contact
from entry_service.core.times import KST
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.vault import kek

from .conftest import DAY, pid

A_DAY = 12  # contacts
BEFORE = 9  # days with visitors before the backup
RETENTION = 28
PASSPHRASE = "연습용 암호문구 하나 둘 셋"


class Site:
    """A host with its own var; the second store of keys and the escrow lie elsewhere."""

    def __init__(self, databases, kind, tmp_path: Path, name: str, vault_url: str = ""):
        """Take a place that is empty."""
        self.elsewhere = tmp_path / "elsewhere"
        self.settings = Settings(
            var=tmp_path / name,
            log_url=databases.new(kind, "log"),
            vault_url=vault_url or databases.new(kind, "vault"),
            key_copy=str(self.elsewhere / "key-store"),
            audit_copy=str(self.elsewhere / "audit"),
        )

    def open(self, day: date, **settings):
        """Start the service as its operator does: migrate, then serve."""
        chosen = self.settings if not settings else Settings(**{**vars(self.settings), **settings})
        prepare(chosen)
        return open_services(chosen, noon(day))

    def live(self, first: date, last: date, *, destroying: bool):
        """Let visitors come every day, and the days that are due end."""
        services = self.open(first)
        for day in days(first, last):
            for number in range(A_DAY):
                services.vault.deposit(day, pid(number), contact(day, number))
            due = day - timedelta(days=RETENTION)
            if destroying and due in services.vault.days():
                services.vault.destroy_key(due, noon(day))
                services.vault.destroy_rows(due)
        services.close()


def noon(day):
    return datetime.combine(day, time(12), KST)


def days(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def contact(day, number):
    return Contact(name="시험방문자", phone=f"+82100{day.month:02}{day.day:02}{number:03}", verified=True)


def backup(databases, kind, url):
    """Return the address of a backup of the vault, made as docs/operations.md says, and restored."""
    if kind == "postgresql":
        return databases._create("postgresql", url)
    copy = databases._create("sqlite", None)
    source, target = (sqlite3.connect(make_url(of).database) for of in (url, copy))
    source.backup(target)
    source.close()
    target.close()
    return copy


def readable(services, first, last):
    """Return how many contacts open, of all that were deposited."""
    asked = [(day, pid(number)) for day in days(first, last) for number in range(A_DAY)]
    found = services.vault.open_contacts(asked)
    right = [contact(day, number) for day in days(first, last) for number in range(A_DAY)]
    return sum(one == other for one, other in zip(found, right, strict=True)), len(asked)


@pytest.fixture
def first_day():
    return DAY - timedelta(days=BEFORE)


@pytest.fixture
def site(databases, kind, tmp_path, first_day):
    """Return a site that has been open until the day of the backup."""
    made = Site(databases, kind, tmp_path, "var")
    made.live(first_day, DAY, destroying=True)
    shutil.copytree(made.settings.key_dir, tmp_path / "escrow", ignore=lambda *_: ["days", "cases", "subjects"])
    return made


def lose(site):
    """Lose the host, with its databases and its first store of keys."""
    shutil.rmtree(site.settings.var)


def restore(databases, kind, tmp_path, saved):
    """Return a new host with the backup and what lay in escrow; the second store is connected."""
    new = Site(databases, kind, tmp_path, "new-var", saved)
    shutil.copytree(tmp_path / "escrow", new.settings.key_dir)
    return new


@pytest.mark.parametrize("escrow", ["kek", "passphrase"])
def test_restored_on_day_5_every_contact_opens(databases, kind, site, tmp_path, first_day, escrow):
    saved = backup(databases, kind, site.settings.vault_url)
    site.live(DAY + timedelta(days=1), DAY + timedelta(days=5), destroying=True)
    lose(site)
    given = {}
    if escrow == "passphrase":
        key_dir = tmp_path / "escrow"
        kek.set_passphrase(key_dir, kek.open_kek(key_dir, may_make=False), PASSPHRASE)
        (tmp_path / "passphrase").write_text(PASSPHRASE)
        (tmp_path / "passphrase").chmod(0o600)
        given = {"passphrase_file": str(tmp_path / "passphrase")}
    services = restore(databases, kind, tmp_path, saved).open(DAY + timedelta(days=5), **given)
    assert readable(services, first_day, DAY) == ((BEFORE + 1) * A_DAY,) * 2
    lost = DAY + timedelta(days=3)  # after the backup: the contacts are lost, the key is not
    assert services.vault.deposit(lost, pid(1), contact(lost, 1)) == "accepted"
    assert services.vault.find_passes(contact(DAY, 3).phone, [DAY]) == [(DAY, pid(3))]
    services.close()


def test_restored_on_day_40_none_opens_and_the_rows_go(databases, kind, site, tmp_path, first_day):
    saved = backup(databases, kind, site.settings.vault_url)
    site.live(DAY + timedelta(days=1), DAY + timedelta(days=40), destroying=True)
    lose(site)
    restored = restore(databases, kind, tmp_path, saved)
    later = DAY + timedelta(days=40)
    services = restored.open(later)
    opened, asked = readable(services, first_day, DAY)
    assert (opened, asked) == (0, (BEFORE + 1) * A_DAY)
    assert services.vault.dead_days() == days(first_day, DAY)
    for day in services.vault.dead_days():
        services.vault.destroy_key(day, noon(later))
        assert services.vault.destroy_rows(day) == A_DAY
    assert services.vault.dead_days() == []
    assert min(services.vault.days()) == DAY + timedelta(days=40 - RETENTION + 1)
    services.close()
    assert not [one for one in restored.settings.key_dir.rglob("*.key") if one.stem <= DAY.isoformat()]


def test_a_second_store_that_is_backed_up_with_the_data_would_undo_it_all(
    databases, kind, site, tmp_path, first_day
):
    """The control: the drill can fail, and why the keys may lie in no backup of the data."""
    saved = backup(databases, kind, site.settings.vault_url)
    shutil.copytree(site.elsewhere / "key-store", tmp_path / "with-the-data")
    site.live(DAY + timedelta(days=1), DAY + timedelta(days=40), destroying=True)
    lose(site)
    shutil.rmtree(site.elsewhere / "key-store")
    shutil.copytree(tmp_path / "with-the-data", site.elsewhere / "key-store")
    services = restore(databases, kind, tmp_path, saved).open(DAY + timedelta(days=40))
    assert readable(services, first_day, DAY) == ((BEFORE + 1) * A_DAY,) * 2
    services.close()
