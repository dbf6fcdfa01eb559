"""Random keys, each wrapped by the key-encryption key and kept as a file in two stores, outside every database.

A backup of the data therefore holds no key, and a key that was destroyed in both stores is gone from every backup.
Kinds of keys are ``days``, ``cases`` and ``subjects``. A tombstone is written in both stores before anything is
removed: from then on the key is dead, also to a copy that comes back; destroying again finishes what was begun.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entry_service.core.errors import EntryError

from .keys import KEY_BYTES, NONCE_BYTES, KeysUnsafe

Kind = Literal["days", "cases", "subjects"]
MARK = "key-store"  # a store without it is no store: an empty mount point must not pass for one


class KeyGone(EntryError):
    """The key was destroyed, or was never there: what it sealed stays sealed for good."""

    status, code, sentence = 410, "key_gone", "보존 기간이 지나 열쇠가 파기되어 열람할 수 없습니다."


class KeyRing:
    """The wrapped keys of one vault in its two stores."""

    def __init__(self, kek: bytes, first: Path, second: Path) -> None:
        """Open the stores; raise ``KeysUnsafe`` where one is not there or belongs to another vault."""
        self._cipher, self.stores = AESGCM(kek), (first, second)
        marks = [store / MARK for store in self.stores]
        for store, mark in zip(self.stores, marks, strict=True):
            if not mark.exists():
                raise KeysUnsafe(key=store.name, why="missing")
        if marks[0].read_bytes() != marks[1].read_bytes():
            raise KeysUnsafe(key=second.name, why="another vault")

    @staticmethod
    def make(first: Path, second: Path) -> None:
        """Make the stores of a new vault. A second store that is away is not made anew: ``KeysUnsafe`` later."""
        if not (first / MARK).exists():
            _write(first / MARK, secrets.token_hex(16).encode())
            _write(second / MARK, (first / MARK).read_bytes())

    def draw(self, kind: Kind, name: str, size: int = KEY_BYTES) -> bytes:
        """Return the key of this name, drawn on first use; it is durable in both stores. Raises ``KeyGone``.

        Two processes that draw at once get the same key: the first file wins.
        """
        if not self._path(0, kind, name).exists() and not self._path(1, kind, name).exists():
            nonce, key = secrets.token_bytes(NONCE_BYTES), secrets.token_bytes(size)
            self._assert_alive(kind, name)
            wrapped = nonce + self._cipher.encrypt(nonce, key, f"{kind}|{name}".encode())
            _write(self._path(0, kind, name), wrapped)
        return self.get(kind, name)

    def get(self, kind: Kind, name: str) -> bytes:
        """Return the key; a store that lost its copy gets it back from the other. Raises ``KeyGone``."""
        self._assert_alive(kind, name)
        paths = self._path(0, kind, name), self._path(1, kind, name)
        for path, other in (paths, paths[::-1]):
            with suppress(FileNotFoundError):
                wrapped = path.read_bytes()
                if not other.exists():
                    _write(other, wrapped)
                return self._unwrap(kind, name, wrapped)
        raise KeyGone

    def destroy(self, kind: Kind, name: str) -> None:
        """Destroy the key in both stores, durably; destroying again is no error.

        Raises ``OSError`` where a store cannot be written: then nothing may be said to be destroyed.
        """
        for store in (0, 1):
            _write(self._grave(store, kind, name), b"")
        for store in (0, 1):
            path = self._path(store, kind, name)
            with suppress(FileNotFoundError):
                with open(path, "r+b") as file:
                    file.write(secrets.token_bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
            _sync(path.parent)

    def is_gone(self, kind: Kind, name: str) -> bool:
        """Say whether the key is destroyed and no file of it is left in either store."""
        left = any(self._path(store, kind, name).exists() for store in (0, 1))
        return not left and all(self._grave(store, kind, name).exists() for store in (0, 1))

    def names(self, kind: Kind) -> set[str]:
        """Return the names of the keys that live in either store."""
        found, dead = set(), set()
        for store in self.stores:
            if (store / kind).exists():
                files = {path.name for path in (store / kind).iterdir()}
                found |= {name.removesuffix(".key") for name in files if name.endswith(".key")}
                dead |= {name.removesuffix(".gone") for name in files if name.endswith(".gone")}
        return found - dead

    def _assert_alive(self, kind: Kind, name: str) -> None:
        if any(self._grave(store, kind, name).exists() for store in (0, 1)):
            raise KeyGone

    def _unwrap(self, kind: Kind, name: str, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], f"{kind}|{name}".encode())
        except InvalidTag as wrong:
            raise KeysUnsafe(key=f"{kind}/{name}", why="wrong") from wrong

    def _path(self, store: int, kind: Kind, name: str) -> Path:
        return self.stores[store] / kind / f"{name}.key"

    def _grave(self, store: int, kind: Kind, name: str) -> Path:
        return self.stores[store] / kind / f"{name}.gone"


def _write(path: Path, content: bytes) -> None:
    """Write a file durably under its final name, never half; a file that is there already stays."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
