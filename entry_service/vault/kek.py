"""The key-encryption key: a file of its owner alone, or a file that only the operator's passphrase opens.

``kek`` holds the 32 bytes. ``kek.sealed`` holds them under a key that argon2id makes of the passphrase (RFC 9106,
the profile for little memory: 64 MiB, half a second). While both are there the sealing was not finished, and the
plain one counts; it goes only after the sealed one was read back from disk and opened.
"""

import getpass
import os
import secrets
import stat
import sys
import unicodedata
from contextlib import suppress
from pathlib import Path

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entry_service.core.errors import BadInput, Sentence, Unavailable
from entry_service.durable import sync_path

from .keys import KEY_BYTES, NONCE_BYTES, KeysUnsafe, assert_private, key_file, shred, write_once

PLAIN, SEALED = "kek", "kek.sealed"
FORM = "argon2id m=65536 t=3 p=4, AES-256-GCM"  # the only form there is; the file says so to whoever must open it
NOTE = "The vault's key-encryption key; the operator's passphrase opens it (ENTRY_PASSPHRASE_FILE)."
SALT_BYTES = 16
SHORTEST = 15
LONGEST = 1_024  # bytes

_opened: dict[
    bytes, bytes
] = {}  # sealed → key: a passphrase that comes through a descriptor can be read only once


class PassphraseRefused(Unavailable):
    """The key is sealed with a passphrase, and none was given, or a wrong one; the vault does not start."""

    code = "passphrase_refused"
    sentence = (
        "금고의 열쇠가 암호문구로 잠겨 있습니다. ENTRY_PASSPHRASE_FILE에 암호문구 파일을 지정하거나 "
        "터미널에서 입력하시기 바랍니다."
    )


WRONG = "암호문구가 맞지 않거나 잠긴 열쇠 파일이 손상되어 시작하지 않습니다."  # the two cannot be told apart


class _Sealed(msgspec.Struct, frozen=True):
    note: str
    form: str
    salt: bytes
    nonce: bytes
    sealed: bytes


def open_kek(key_dir: Path, passphrase_file: str = "", *, may_make: bool) -> bytes:
    """Return the key-encryption key, made on first use if ``may_make``.

    Raises ``KeysUnsafe`` for a file that is missing, damaged or exposed, ``PassphraseRefused`` without the right
    passphrase.
    """
    sealed = key_dir / SEALED
    if (key_dir / PLAIN).exists() or not sealed.exists():
        return key_file(key_dir, PLAIN, may_make=may_make)
    assert_private(key_dir, sealed)
    content = sealed.read_bytes()
    if content not in _opened:
        _opened[content] = unseal_kek(content, read_passphrase(passphrase_file))
    return _opened[content]


def is_sealed(key_dir: Path) -> bool:
    """Say whether the key needs a passphrase."""
    return (key_dir / SEALED).exists() and not (key_dir / PLAIN).exists()


def set_passphrase(key_dir: Path, kek: bytes, passphrase: str) -> None:
    """Seal the key with a (new) passphrase; the plain file goes once the sealed one has proved to open.

    Killed at any step, the vault opens: with the plain file, the old passphrase, or the new one.
    """
    content = seal_kek(kek, passphrase)
    draft, sealed = key_dir / f"{SEALED}.new", key_dir / SEALED
    _remove_drafts(key_dir)
    write_once(draft, content)
    if unseal_kek(draft.read_bytes(), passphrase) != kek:
        raise KeysUnsafe(key=SEALED, why="wrong")
    os.replace(draft, sealed)
    sync_path(key_dir)
    with suppress(FileNotFoundError):
        os.rename(key_dir / PLAIN, key_dir / f"{PLAIN}.done.new")  # else a half overwritten one would count
    sync_path(key_dir)
    _remove_drafts(key_dir)
    sync_path(key_dir)


def seal_kek(kek: bytes, passphrase: str) -> bytes:
    """Return the content of ``kek.sealed``; raise ``BadInput`` for a passphrase that is too short."""
    plain = _normal(passphrase)
    if len(plain) < SHORTEST:
        raise BadInput(
            Sentence("암호문구는 %(shortest)s자 이상이어야 합니다.", shortest=SHORTEST), field="passphrase"
        )
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_stretched(plain, salt)).encrypt(nonce, kek, FORM.encode())
    return msgspec.json.encode(_Sealed(NOTE, FORM, salt, nonce, sealed))


def unseal_kek(content: bytes, passphrase: str) -> bytes:
    """Return the key; raise ``PassphraseRefused``, or ``KeysUnsafe`` for a file that is none of ours."""
    try:
        held = msgspec.json.decode(content, type=_Sealed)
    except msgspec.MsgspecError as damaged:
        raise KeysUnsafe(key=SEALED, why="damaged") from damaged
    if held.form != FORM:
        raise KeysUnsafe(key=SEALED, why="form")
    try:
        kek = AESGCM(_stretched(_normal(passphrase), held.salt)).decrypt(held.nonce, held.sealed, FORM.encode())
    except (InvalidTag, ValueError) as wrong:
        raise PassphraseRefused(WRONG, key=SEALED, why="wrong") from wrong
    if len(kek) != KEY_BYTES:
        raise KeysUnsafe(key=SEALED, why="length")
    return kek


def read_passphrase(passphrase_file: str, prompt: str = "암호문구: ") -> str:
    """Return the passphrase of a file or descriptor, or as typed; raise ``PassphraseRefused`` without one."""
    if passphrase_file:
        try:
            with open(passphrase_file, "rb") as file:
                _assert_not_open_to_all(file.fileno())
                return file.read(LONGEST + 2).decode().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as unreadable:
            raise PassphraseRefused(key=SEALED, why=type(unreadable).__name__) from unreadable
    if sys.stdin is not None and sys.stdin.isatty():
        return getpass.getpass(prompt)
    raise PassphraseRefused(key=SEALED, why="no passphrase")


def _remove_drafts(key_dir: Path) -> None:
    """Remove what a process has left that was killed while it wrote: a draft of the plain key is the plain key."""
    for draft in (*key_dir.glob(f"{PLAIN}.*.new"), key_dir / f"{SEALED}.new"):
        shred(draft)


def _assert_not_open_to_all(descriptor: int) -> None:
    """Refuse a file that others can read. A group may: so systemd hands a credential to the user of a unit."""
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o027:
        raise KeysUnsafe(key="passphrase", why="permissions")


def _normal(passphrase: str) -> str:
    return unicodedata.normalize("NFC", passphrase)


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        passphrase.encode()[:LONGEST],
        salt,
        time_cost=3,
        memory_cost=65_536,
        parallelism=4,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
