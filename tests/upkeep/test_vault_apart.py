"""A vault in a process of its own: each user backs its own part up, each puts its own back, and they fit again."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from entry_service.core.errors import Unavailable
from entry_service.services import open_own_vault, open_services, prepare_log, prepare_vault
from entry_service.settings import Settings
from entry_service.store.log import scans
from entry_service.store.sites import facilities
from entry_service.upkeep import backups, restores
from entry_service.usecases.retention.purge import purge
from tests.vault.apart import served_apart

from .site import A_DAY, FIRST, LIBRARY, ONE, contact, days, noon, pid, reading, visit

LAST = FIRST + 3 * ONE


class Apart:
    """The folders and databases of the two users; ``new`` gives those of a host that is put up again."""

    def __init__(self, databases, kind: str, home: Path, name: str) -> None:
        urls = [databases._create(kind, None) if kind == "postgresql" else "" for _ in range(2)]
        common = {"demo": True, "vault_socket": str(home / "nobody.sock")}  # its days lie in the past
        stores = {"key_copy": str(home / "keys2"), "audit_copy": str(home / "audit2")}
        self.log = Settings(var=home / name / "log", log_url=urls[0], **common)
        self.vault = Settings(var=home / name / "vault", vault_url=urls[1], **stores, **common)

    def opened(self, web: Settings, day):
        """Return the web side of a vault that answers."""
        return open_services(replace(self.log, vault_socket=web.vault_socket), noon(day))


@pytest.fixture
def host(databases, kind, tmp_path):
    """Return a host whose doors worked for some days, with the keys that lie in the safe."""
    host = Apart(databases, kind, tmp_path, "host")
    prepare_log(host.log)
    prepare_vault(host.vault)
    with served_apart(host.vault) as web:
        services = host.opened(web, FIRST)
        services.store.write(lambda db: facilities.add(db, LIBRARY))
        purge(services, reading(FIRST))
        for day in days(FIRST, LAST):
            for number in range(A_DAY):
                services.vault.deposit(day, pid(day, number), contact(number))
            services.store.write(
                lambda db, day=day: scans.append_many(db, map(visit, [day] * A_DAY, range(A_DAY)))
            )
        services.close()
    return host


def back_up(host: Apart, home: Path) -> dict[str, backups.Backup]:
    """Let each user back its own part up."""
    return {
        "log": backups.make(host.log, home / "backups-log", noon(LAST), vault=False),
        "vault": backups.make(host.vault, home / "backups-vault", noon(LAST), log=False),
    }


def lose(host: Apart, home: Path) -> None:
    """Lose the host but for what lies in the safe: the keys that are no day's."""
    for side in (host.log, host.vault):
        kept = home / "safe" / side.var.name
        shutil.copytree(side.key_dir, kept, ignore=lambda *_: ["days", "cases", "subjects", "requests"])
        shutil.rmtree(side.var)


def put_up(databases, kind: str, home: Path) -> Apart:
    """Return a new host with the keys of the safe, and with nothing else."""
    new = Apart(databases, kind, home, "new")
    for side in (new.log, new.vault):
        side.var.mkdir(parents=True)
        shutil.copytree(home / "safe" / side.var.name, side.key_dir)
    return new


def readable(new: Apart, day) -> int:
    """Return how many contacts the vault opens."""
    vault = open_own_vault(new.vault)
    passes = [(one, pid(one, number)) for one in days(FIRST, LAST) for number in range(A_DAY)]
    opened = vault.open_contacts(passes)
    vault.close()
    right = [contact(number) for _ in days(FIRST, LAST) for number in range(A_DAY)]
    return sum(one == other for one, other in zip(opened, right, strict=True))


@pytest.mark.parametrize("first", ["log", "vault"])
def test_both_parts_put_back_in_any_order_fit_again(databases, kind, tmp_path, host, first):
    made = back_up(host, tmp_path)
    assert [(name, set(one.told.parts)) for name, one in made.items()] == [("log", {"log"}), ("vault", {"vault"})]
    lose(host, tmp_path)
    new = put_up(databases, kind, tmp_path)
    for name in (first, *({"log", "vault"} - {first})):
        done = restores.restore(new.log if name == "log" else new.vault, made[name], reading(LAST))
        assert set(done.rows) == {name}
    assert readable(new, LAST) == 4 * A_DAY
    with served_apart(new.vault) as web:
        services = new.opened(web, LAST)
        assert len(services.vault.days()) == 4
        services.vault.deposit(LAST, b"newcomer", contact(1))
        with services.store.read() as db:
            assert all(scans.find_scan(db, f"{day}-0") for day in days(FIRST, LAST))
        services.close()


def test_days_that_ended_since_go_when_the_two_meet_again(databases, kind, tmp_path, host):
    made = back_up(host, tmp_path)
    later = LAST + timedelta(days=27)
    with served_apart(host.vault) as web:
        services = host.opened(web, later)
        assert set(purge(services, reading(later)).days) == set(days(FIRST, LAST - ONE))
        services.close()
    lose(host, tmp_path)
    new = put_up(databases, kind, tmp_path)
    for name, side in (("log", new.log), ("vault", new.vault)):
        restores.restore(side, made[name], reading(later))
    assert readable(new, later) == A_DAY
    with served_apart(new.vault) as web:
        services = new.opened(web, later)
        purge(services, reading(later))
        assert services.vault.days() == [LAST]
        with services.store.read() as db:
            assert not scans.find_scan(db, f"{FIRST}-0")
            assert scans.find_scan(db, f"{LAST}-0")
        services.close()


def test_a_vault_that_is_there_is_never_overwritten(tmp_path, host):
    made = back_up(host, tmp_path)
    before = readable(host, LAST)
    for name, side in (("log", host.log), ("vault", host.vault)):
        with pytest.raises((backups.BackupRefused, Unavailable)) as refused:
            restores.restore(side, made[name], reading(LAST))
        assert refused.value.code == "backup_refused", name
    assert readable(host, LAST) == before == 4 * A_DAY


def test_another_key_than_the_vaults_own_opens_nothing_and_starts_nothing(databases, kind, tmp_path, host):
    made = back_up(host, tmp_path)
    lose(host, tmp_path)
    shutil.rmtree(tmp_path / "safe" / "vault")
    stranger = Apart(databases, kind, tmp_path / "elsewhere", "host")
    prepare_vault(stranger.vault)
    shutil.copytree(stranger.vault.key_dir, tmp_path / "safe" / "vault")
    new = put_up(databases, kind, tmp_path)
    with pytest.raises(Unavailable) as refused:
        restores.restore(new.vault, made["vault"], reading(LAST))
    assert refused.value.code in {"keys_unsafe", "audit_unavailable"}
