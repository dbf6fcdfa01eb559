"""The key-encryption key: plain, or sealed with a passphrase; killed while it is sealed, the vault still opens."""

import os
import stat

import pytest

from entry_service.core.errors import BadInput
from entry_service.vault import kek
from entry_service.vault.kek import PassphraseRefused, open_kek, set_passphrase
from entry_service.vault.keys import KeysUnsafe

from .conftest import CANARY, DAY, pid

RIGHT, NEXT = "연습용 암호문구 하나 둘 셋", "another practice phrase"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def no_memory(monkeypatch):
    """Let every opening ask for the passphrase, as another process would."""
    monkeypatch.setattr(kek, "_opened", {})


@pytest.fixture
def quick(monkeypatch):
    """Stretch a passphrase with little memory, where a test seals many times."""
    stretch = kek.hash_secret_raw
    monkeypatch.setattr(kek, "hash_secret_raw", lambda *a, **how: stretch(*a, **{**how, "memory_cost": 64}))


@pytest.fixture
def file_of(tmp_path):
    """Return a function that writes a passphrase file and gives its path."""

    def write(passphrase, ending="\n", mode=0o600):
        path = tmp_path / f"passphrase-{len(list(tmp_path.iterdir()))}"
        path.write_text(passphrase + ending, encoding="utf-8")
        path.chmod(mode)
        return str(path)

    return write


def test_a_sealed_key_opens_with_the_passphrase_alone(key_dir, file_of):
    held = open_kek(key_dir, may_make=True)
    set_passphrase(key_dir, held, RIGHT)
    assert [path.name for path in key_dir.iterdir()] == ["kek.sealed"]
    content = (key_dir / "kek.sealed").read_bytes()
    assert held not in content
    assert b"argon2id m=65536 t=3 p=4" in content  # whoever finds the file knows what it wants
    assert stat.S_IMODE((key_dir / "kek.sealed").stat().st_mode) == 0o600
    assert kek.is_sealed(key_dir)
    for ending in ("", "\n", "\r\n"):
        kek._opened.clear()
        assert open_kek(key_dir, file_of(RIGHT, ending), may_make=False) == held


def test_two_sealings_share_no_byte_that_matters(key_dir, quick):
    one, other = (kek.msgspec.json.decode(kek.seal_kek(bytes(32), RIGHT)) for _ in range(2))
    assert all(one[name] != other[name] for name in ("salt", "nonce", "sealed"))


@pytest.mark.parametrize("given", ["", "nothing there", "wrong", "open to all"])
def test_without_the_right_passphrase_the_vault_does_not_start_and_says_why(
    opened, key_dir, file_of, quick, given
):
    vault = opened()
    vault.deposit(DAY, pid(1), CANARY)
    vault.close()
    set_passphrase(key_dir, open_kek(key_dir, may_make=False), RIGHT)
    files = {
        "": lambda: "",
        "nothing there": lambda: str(key_dir / "none"),
        "wrong": lambda: file_of(NEXT),
        "open to all": lambda: file_of(RIGHT, mode=0o644),
    }
    with pytest.raises(KeysUnsafe if given == "open to all" else PassphraseRefused) as refused:
        opened(passphrase_file=files[given]())
    assert "암호문구" in refused.value.sentence or given == "open to all"
    assert RIGHT not in str(refused.value)
    assert NEXT not in str(refused.value)
    assert not (key_dir / "kek").exists()
    again = opened(passphrase_file=file_of(RIGHT))
    assert again.open_contacts([(DAY, pid(1))]) == [CANARY]


def test_a_passphrase_that_comes_through_a_descriptor_is_read_once(key_dir, quick):
    held = open_kek(key_dir, may_make=True)
    set_passphrase(key_dir, held, RIGHT)
    ours, theirs = os.pipe()
    os.write(theirs, RIGHT.encode())
    os.close(theirs)
    assert [open_kek(key_dir, f"/dev/fd/{ours}", may_make=False) for _ in range(2)] == [held, held]
    os.close(ours)


def test_a_short_passphrase_and_a_damaged_file_are_refused(key_dir, quick):
    held = open_kek(key_dir, may_make=True)
    with pytest.raises(BadInput):
        set_passphrase(key_dir, held, "열네 글자가 되지 않음")
    assert open_kek(key_dir, may_make=False) == held
    set_passphrase(key_dir, held, RIGHT)
    content = (key_dir / "kek.sealed").read_bytes()
    for damaged in (b"", b"{}", content.replace(b"t=3", b"t=1")):
        with pytest.raises(KeysUnsafe):
            kek.unseal_kek(damaged, RIGHT)
    at = content.index(b'"sealed":"') + 12
    flipped = content[:at] + (b"A" if content[at : at + 1] != b"A" else b"B") + content[at + 1 :]
    with pytest.raises(PassphraseRefused):
        kek.unseal_kek(flipped, RIGHT)


@pytest.mark.parametrize("sealed_before", [False, True])
@pytest.mark.parametrize("step", range(16))
def test_killed_at_any_step_of_sealing_the_key_is_there_and_the_next_try_finishes(
    key_dir, file_of, quick, monkeypatch, sealed_before, step
):
    held = open_kek(key_dir, may_make=True)
    if sealed_before:
        set_passphrase(key_dir, held, RIGHT)
    steps = iter(range(100))

    def dying(work):
        def one(*arguments, **named):
            if next(steps) == step:
                raise Killed
            return work(*arguments, **named)

        return one

    with monkeypatch.context() as patched:
        for module, name in (
            (os, "replace"),
            (os, "rename"),
            (os, "link"),
            (os, "fsync"),
            (kek, "shred"),
            (kek, "sync_path"),
        ):
            patched.setattr(module, name, dying(getattr(module, name)))
        try:
            set_passphrase(key_dir, held, NEXT)
        except Killed:
            pass
        else:
            assert step >= 13, "the steps are counted wrongly"
    assert open_with_either(key_dir, file_of) == held
    set_passphrase(key_dir, held, NEXT)
    assert [path.name for path in key_dir.iterdir()] == ["kek.sealed"]
    kek._opened.clear()
    assert open_kek(key_dir, file_of(NEXT), may_make=False) == held


def open_with_either(key_dir, file_of):
    """Return the key as the operator gets it back, who knows both passphrases."""
    for passphrase in (RIGHT, NEXT):
        try:
            return open_kek(key_dir, file_of(passphrase), may_make=False)
        except PassphraseRefused:
            continue
    raise AssertionError("the key is lost")
