"""Keys on disk (folder 0700, files 0600): the key-encryption key, the issuer's, and small things they wrap.

Keys that have an end are random files of the key ring; a derived key could not be destroyed.
"""

import os
import secrets
import stat
from contextlib import suppress
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entry_service.core.errors import Unavailable
from entry_service.durable import sync_open, sync_path

KEY_BYTES = 32
NONCE_BYTES = 12


class KeysUnsafe(Unavailable):
    """A key file is missing, damaged or readable by others; the vault does not start."""

    code = "keys_unsafe"
    sentence = "열쇠 파일이 없거나 손상되었거나 다른 사람이 읽을 수 있어 시작하지 않습니다."


def key_file(key_dir: Path, name: str, *, may_make: bool) -> bytes:
    """Return the 32 bytes of a key file, made on first use if ``may_make``.

    Raises
    ------
    KeysUnsafe
        Missing although data exist, of another length, or open to group or others.
    """
    path = key_dir / name
    if not path.exists():
        if not may_make:
            raise KeysUnsafe(key=name, why="missing")
        key_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, secrets.token_bytes(KEY_BYTES))
    assert_private(key_dir, path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeysUnsafe(key=name, why="length")
    return key


def assert_private(key_dir: Path, path: Path) -> None:
    """Raise ``KeysUnsafe`` where group or others may look into the folder or the file."""
    for place in (key_dir, path):
        if stat.S_IMODE(place.stat().st_mode) & 0o077:
            raise KeysUnsafe(key=path.name, why="permissions")


def write_once(path: Path, content: bytes) -> None:
    """Write a file durably under its final name, never half; one that another process wrote meanwhile stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        sync_open(file)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    sync_path(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file durably in place of what is there: the earlier one or the new one is found, never half."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")  # two may do it at once
    write_once(draft, content)
    draft.replace(path)
    sync_path(path.parent)


def shred(path: Path) -> None:
    """Overwrite and remove a file; one that is not there is no error."""
    with suppress(FileNotFoundError):
        with open(path, "r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            sync_open(file)
        path.unlink()


def wrap_small(kek: bytes, purpose: bytes, data: bytes) -> bytes:
    """Return a small secret, encrypted and bound to its purpose."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(kek).encrypt(nonce, data, b"small|" + purpose)


def unwrap_small(kek: bytes, purpose: bytes, wrapped: bytes) -> bytes:
    """Return the secret; raise ``KeysUnsafe`` for another key or purpose, or a damaged one."""
    try:
        return AESGCM(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], b"small|" + purpose)
    except (InvalidTag, ValueError) as wrong:
        raise KeysUnsafe(key="kek", why="wrong") from wrong


def wrap(kek: bytes, day: date, purpose: bytes, key: bytes) -> bytes:
    """Return a day's key as the database kept it before keys were files (migration 0004)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(kek).encrypt(nonce, key, _binding(day, purpose))


def unwrap(kek: bytes, day: date, purpose: bytes, wrapped: bytes) -> bytes:
    """Return the key; raise ``KeysUnsafe`` where the key-encryption key is another one."""
    try:
        return AESGCM(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _binding(day, purpose))
    except (InvalidTag, ValueError) as wrong:
        raise KeysUnsafe(key="kek", why="wrong") from wrong


def _binding(day: date, purpose: bytes) -> bytes:
    return purpose + b"|" + day.isoformat().encode()
