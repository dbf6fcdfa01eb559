"""The two stores of keys: what is said of them, mending, a new second store, and the commands for it."""

import os
import shutil

import pytest
from click.testing import CliRunner

from entry_service.cli import main
from entry_service.vault import key_stores
from entry_service.vault.key_ring import KINDS, MARK, KeyRing
from entry_service.vault.key_stores import join, repair, states
from entry_service.vault.keys import KeysUnsafe

KEK = bytes(range(32))
LIVES, ENDED = ("2020-08-25", "2020-08-26", "2020-08-27"), "2020-07-01"


@pytest.fixture
def folders(tmp_path):
    first, second = tmp_path / "keys", tmp_path / "away" / "copy"
    KeyRing.make(first, second)
    return first, second


@pytest.fixture
def ring(folders):
    """Return a ring with three days, a case, a subject key, and a day that ended."""
    made = KeyRing(KEK, *folders)
    for name in (*LIVES, ENDED):
        made.draw("days", name, 64)
    made.draw("cases", "a1")
    made.draw("subjects", "2020")
    made.destroy("days", ENDED)
    return made


def content(store):
    return {path.relative_to(store): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def told(ring):
    return {(one.kind, one.name): one.state for one in states(ring)}


def test_stores_that_agree_are_whole(ring):
    days = dict.fromkeys((("days", name) for name in LIVES), "lives")
    rest = {("days", ENDED): "destroyed", ("cases", "a1"): "lives", ("subjects", "2020"): "lives"}
    assert told(ring) == days | rest
    assert repair(ring) == []


def test_what_a_store_lacks_comes_from_the_other_and_destruction_is_finished(ring, folders):
    first, second = folders
    before = content(second)
    lost, damaged, half = (first / "days" / f"{name}.key" for name in LIVES)
    right = {path: path.read_bytes() for path in (lost, damaged, half)}
    lost.unlink()
    damaged.write_bytes(damaged.read_bytes()[:20])
    (second / "days" / f"{LIVES[2]}.gone").write_bytes(b"")
    (second / "days" / f"{ENDED}.key").write_bytes(right[half])  # a copy of an ended day came back
    assert [told(ring)["days", name] for name in LIVES] == ["copy missing", "copy damaged", "not finished"]
    assert told(ring)["days", ENDED] == "not finished"
    assert {(one.name, one.state) for one in repair(ring)} == {
        (LIVES[0], "copy missing"),
        (LIVES[1], "copy damaged"),
        (LIVES[2], "not finished"),
        (ENDED, "not finished"),
    }
    assert {one.state for one in states(ring)} == key_stores.WHOLE
    assert lost.read_bytes() == right[lost]
    assert damaged.read_bytes() == right[damaged]
    assert not half.exists()
    kept = {path: data for path, data in before.items() if LIVES[2] not in path.name}
    assert {path: data for path, data in content(second).items() if path in kept} == kept
    assert not list((second / "days").glob(f"{ENDED}.key"))


def test_a_key_that_opens_nowhere_is_told_and_not_touched(ring, folders):
    for store in folders:
        (store / "cases" / "a1.key").write_bytes(b"")
    assert [one.state for one in repair(ring)] == ["unreadable"]
    assert told(ring)["cases", "a1"] == "unreadable"


@pytest.mark.parametrize("old", ["is there", "is lost"])
def test_a_new_second_store_has_everything_that_lives_and_every_end(ring, folders, tmp_path, old):
    first, second = folders
    (first / "days" / f"{LIVES[0]}.key").unlink() if old == "is there" else shutil.rmtree(second)
    new = tmp_path / "new"
    assert join(first, second, new) == 5
    joined = KeyRing(KEK, first, new)
    assert joined.is_gone("days", ENDED)
    assert joined.names("days") == set(LIVES)
    repair(joined)
    assert {one.state for one in states(joined)} == key_stores.WHOLE
    assert not (new / "kek").exists()
    with pytest.raises(KeysUnsafe):
        join(first, second, new)


@pytest.mark.parametrize("step", range(20))
def test_a_store_that_was_joined_by_half_is_none_and_is_finished_by_the_next_try(
    ring, folders, tmp_path, monkeypatch, step
):
    new = tmp_path / "new"
    done = iter(range(100))
    write = key_stores.write_once

    def dying(path, what):
        if next(done) == step:
            raise InterruptedError
        write(path, what)

    with monkeypatch.context() as patched:
        patched.setattr(key_stores, "write_once", dying)
        try:
            join(*folders, new)
        except InterruptedError:
            with pytest.raises(KeysUnsafe):
                KeyRing(KEK, folders[0], new)
            ring.destroy("days", LIVES[0])  # the day ends meanwhile
            monkeypatch.undo()
            join(*folders, new)
        else:
            assert step >= 7
    joined = KeyRing(KEK, folders[0], new)
    assert joined.names("days") >= set(LIVES[1:])
    assert all((new / kind).exists() for kind in KINDS)
    assert {one.state for one in states(joined)} == key_stores.WHOLE


def test_another_vaults_store_is_not_joined(ring, folders, tmp_path):
    KeyRing.make(tmp_path / "other", tmp_path / "others-copy")
    with pytest.raises(KeysUnsafe):
        join(folders[0], tmp_path / "others-copy", tmp_path / "new")
    assert not (tmp_path / "new" / MARK).exists()
    with pytest.raises(KeysUnsafe):
        join(tmp_path / "nowhere", folders[1], tmp_path / "new")
    with pytest.raises(KeysUnsafe):
        join(*folders, folders[0])


@pytest.mark.parametrize("name", ["kek", "kek.sealed"])
def test_the_key_encryption_key_may_not_lie_in_the_second_store(ring, folders, name):
    (folders[1] / name).write_bytes(KEK)
    with pytest.raises(KeysUnsafe) as refused:
        KeyRing(KEK, *folders)
    assert refused.value.facts == {"key": name, "why": "in the second store"}
    with pytest.raises(KeysUnsafe):
        KeyRing(KEK, folders[0], folders[0])


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a command of a service that was just made."""
    monkeypatch.setenv("ENTRY_VAR", str(tmp_path / "var"))
    monkeypatch.setattr("entry_service.vault.kek._opened", {})

    def command(*arguments, **environ):
        upper = {name.upper(): value for name, value in environ.items()}
        return CliRunner().invoke(main, list(arguments), env=upper)

    assert command("migrate").exit_code == 0
    return command


def test_the_commands_show_mend_and_move(run, tmp_path):
    var = tmp_path / "var"
    ring = KeyRing((var / "keys" / "kek").read_bytes(), var / "keys", var / "key-copy")
    for name in (*LIVES, ENDED):
        ring.draw("days", name, 64)
    ring.destroy("days", ENDED)
    shown = run("vault", "keys")
    assert shown.exit_code == 0, shown.output
    assert [line for line in shown.output.splitlines() if line.startswith("days")] == [
        f"days\t{name}\t{state}" for name, state in ((ENDED, "파기됨"), *((name, "사용 중") for name in LIVES))
    ]
    (var / "key-copy" / "days" / f"{LIVES[0]}.key").unlink()
    assert run("vault", "keys").exit_code == 1
    assert "사본 없음" in run("vault", "keys").output
    mended = run("vault", "keys", "--repair")
    assert (mended.exit_code, "고친 열쇠: 1" in mended.output) == (0, True)
    shutil.rmtree(var / "key-copy")
    away = run("vault", "keys")
    assert away.exit_code == 1
    assert "--join" in away.output
    assert run("vault", "keys", "--join", str(tmp_path / "new")).exit_code == 0
    assert run("vault", "keys", entry_key_copy=str(tmp_path / "new")).exit_code == 0
    twice = run("vault", "keys", "--join", str(tmp_path / "new"))
    assert twice.exit_code == 1


def test_the_passphrase_is_set_and_changed_by_command(run, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for path, phrase in ((first, "첫 번째 연습용 암호문구입니다"), (second, "두 번째 연습용 암호문구입니다")):
        path.write_text(phrase)
        os.chmod(path, 0o600)
    keys = tmp_path / "var" / "keys"
    assert run("vault", "passphrase", entry_passphrase_file=str(first)).exit_code == 0
    assert not (keys / "kek").exists()
    assert run("vault", "keys").exit_code == 1
    assert run("vault", "keys", entry_passphrase_file=str(second)).exit_code == 1
    assert run("vault", "keys", entry_passphrase_file=str(first)).exit_code == 0
    changed = run("vault", "passphrase", "--new-file", str(second), entry_passphrase_file=str(first))
    assert changed.exit_code == 0, changed.output
    assert run("vault", "keys", entry_passphrase_file=str(first)).exit_code == 1
    assert run("vault", "keys", entry_passphrase_file=str(second)).exit_code == 0
    assert run("migrate", entry_passphrase_file=str(second)).exit_code == 0
    assert "연습용" not in changed.output
