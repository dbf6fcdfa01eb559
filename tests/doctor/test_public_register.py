"""The public register in a backup: copied with the log, put back where it is missing or shorter, and judged."""

import shutil

import pytest

from entry_service.cli import main
from entry_service.services import prepare
from entry_service.settings import Settings
from entry_service.upkeep import backups, restores
from entry_service.upkeep.public_register import LINES, Standing, look, register_folder
from tests.upkeep.site import FIRST, noon, reading
from tests.web.publication_folder import write_public, write_register


@pytest.fixture
def settings(tmp_path):
    made = Settings(var=tmp_path / "var")
    prepare(made)
    days = write_register(write_public(made.public_dir)) / "days"
    days.mkdir()
    (days / "entries-2020-08-11.json").write_text("{}")
    return made


@pytest.fixture
def saved(settings, tmp_path):
    return backups.make(settings, tmp_path / "backups", noon(FIRST), vault=False)


@pytest.fixture
def new(settings, saved, tmp_path):
    """Return an installation without databases, to which the public result came over by other means."""
    made = Settings(var=tmp_path / "new")
    shutil.copytree(settings.public_dir, made.public_dir)
    return made


def test_the_register_is_put_back_to_the_byte(settings, saved, new):
    assert look(new.public_dir) == Standing.BEHIND
    done = restores.restore(new, saved, reading(FIRST))
    assert (done.register_back, done.register) == (True, Standing.WHOLE)
    for file in (LINES, "days/entries-2020-08-11.json"):
        before, after = (register_folder(one.public_dir) / file for one in (settings, new))
        assert before.read_bytes() == after.read_bytes()


def test_a_register_older_than_the_result_is_told_and_a_newer_one_stays(settings, saved, new, monkeypatch, capsys):
    whole = (register_folder(settings.public_dir) / LINES).read_bytes()
    file = saved.folder / "public-register" / LINES
    assert file.read_bytes() == whole
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(backups.BackupRefused, match="register.jsonl"):
        backups.verify(saved)
    first = whole.splitlines(keepends=True)[0]
    (register_folder(settings.public_dir) / LINES).write_bytes(first + b'{"number": 2, "bef')  # a line begun
    old = backups.make(settings, saved.folder.parent, noon(FIRST).replace(hour=13), vault=False)
    monkeypatch.setenv("ENTRY_VAR", str(new.var))
    assert main(["backup", "restore", str(old.folder)], standalone_mode=False) in {0, None}
    said = capsys.readouterr()
    assert "게시 이력을 되돌렸습니다." in said.out
    assert "게시 이력이 지금 공개한 결과보다 오래되었거나" in said.err
    assert (register_folder(new.public_dir) / LINES).read_bytes() == first
    third = Settings(var=new.var.with_name("third"))
    shutil.copytree(settings.public_dir, third.public_dir)
    register_folder(third.public_dir).mkdir()
    (register_folder(third.public_dir) / LINES).write_bytes(whole)
    done = restores.restore(third, old, reading(FIRST))
    assert (done.register_back, done.register) == (False, Standing.WHOLE)
    assert (register_folder(third.public_dir) / LINES).read_bytes() == whole


def test_the_vault_alone_and_an_installation_that_published_nothing_have_none(settings, tmp_path):
    alone = backups.make(settings, tmp_path / "backups", noon(FIRST), log=False)
    assert alone.told.register == {}
    shutil.rmtree(register_folder(settings.public_dir))
    assert backups.make(settings, tmp_path / "backups", noon(FIRST)).told.register == {}
