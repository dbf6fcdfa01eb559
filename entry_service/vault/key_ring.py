"""Random keys, each wrapped by the key-encryption key and kept as a file in two stores, outside every database.

A backup of the data therefore holds no key, and a key that was destroyed in both stores is gone from every backup.
Kinds of keys are ``days``, ``cases`` and ``subjects``. A tombstone is written in both stores before anything is
removed: from then on the key is dead, also to a copy that comes back; destroying again finishes what was begun.
"""

import secrets
from pathlib import Path
from typing import Literal, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entry_service.core.errors import EntryError
from entry_service.durable import sync_path

from .keys import KEY_BYTES, NONCE_BYTES, KeysUnsafe, shred, write_once

Kind = Literal["days", "cases", "subjects"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MARK = "key-store"  # a store without it is no store: an empty mount point must not pass for one

AWAY = (
    "열쇠 저장소를 찾을 수 없습니다. 연결되어 있는지 확인하시고, 두 번째 저장소를 잃어버렸다면 "
    "`vault keys --join`으로 새로 만드시기 바랍니다."
)
STRANGE = "두 번째 열쇠 저장소가 다른 금고의 것입니다. ENTRY_KEY_COPY를 확인하시기 바랍니다."
TOGETHER = "두 번째 열쇠 저장소는 첫 번째 저장소나 마스터 열쇠(kek)와 다른 곳이어야 합니다."


class KeyGone(EntryError):
    """The key was destroyed, or was never there: what it sealed stays sealed for good."""

    status, code, sentence = 410, "key_gone", "보존 기간이 지나 열쇠가 파기되어 열람할 수 없습니다."


class KeyRing:
    """The wrapped keys of one vault in its two stores."""

    def __init__(self, kek: bytes, first: Path, second: Path) -> None:
        """Open the stores; raise ``KeysUnsafe`` where one is not there or belongs to another vault."""
        self._cipher, self.stores = AESGCM(kek), (first, second)
        _assert_apart(first, second)
        marks = [store / MARK for store in self.stores]
        for store, mark in zip(self.stores, marks, strict=True):
            if not mark.exists():
                raise KeysUnsafe(AWAY, key=store.name, why="missing")
        if marks[0].read_bytes() != marks[1].read_bytes():
            raise KeysUnsafe(STRANGE, key=second.name, why="another vault")

    @staticmethod
    def make(first: Path, second: Path) -> None:
        """Make the stores of a new vault. A second store that is away is not made anew: ``KeysUnsafe`` later.

        A first store that is new takes the mark of the second: so a lost host comes back from its second store.
        """
        if not (first / MARK).exists():
            _write(second / MARK, secrets.token_hex(16).encode())  # first of all: killed here, it is taken over
            _write(first / MARK, (second / MARK).read_bytes())

    def draw(self, kind: Kind, name: str, size: int = KEY_BYTES) -> bytes:
        """Return the key of this name, drawn on first use; it is durable in both stores.

        Two processes that draw at once get the same key: the first file wins. Raises ``KeyGone``, and
        ``KeysUnsafe`` where a store is away: a key of one store alone could be lost, or outlive its destruction.
        """
        if not any(path.exists() for path in self._paths(kind, name)):
            self._assert_here()
            self._keep(kind, name, secrets.token_bytes(size))
        return self.get(kind, name)

    def keep(self, kind: Kind, name: str, key: bytes) -> None:
        """Take over a key that was kept elsewhere; the same again is no error. Raises as ``draw`` does."""
        if not any(path.exists() for path in self._paths(kind, name)):
            self._assert_here()
            self._keep(kind, name, key)
        if self.get(kind, name) != key:
            raise KeysUnsafe(key=f"{kind}/{name}", why="another key")

    def get(self, kind: Kind, name: str) -> bytes:
        """Return the key; a store that lost its copy gets it back from the other, if it is here.

        Raises ``KeyGone``; ``KeysUnsafe`` where neither copy opens: another key-encryption key, or damaged.
        """
        self._assert_alive(kind, name)
        paths = self._paths(kind, name)
        damaged: KeysUnsafe | None = None
        for store, path in enumerate(paths):
            try:
                wrapped = path.read_bytes()
                key = self._unwrap(kind, name, wrapped)
            except FileNotFoundError:
                continue
            except KeysUnsafe as refusal:
                damaged = refusal
                continue
            other = paths[1 - store]
            if not other.exists() and self._is_here(1 - store):
                _write(other, wrapped)
                self._assert_still_alive(kind, name)
            return key
        raise damaged or KeyGone

    def destroy(self, kind: Kind, name: str) -> None:
        """Destroy the key in both stores, durably; destroying again is no error.

        Raises ``KeysUnsafe`` where a store is away and ``OSError`` where one cannot be written: then nothing may
        be said to be destroyed.
        """
        self._assert_here()
        for store in (0, 1):
            _write(self._grave(store, kind, name), b"")
        for path in self._paths(kind, name):
            for file in (path, *_drafts(path)):
                shred(file)
            sync_path(path.parent)

    def is_gone(self, kind: Kind, name: str) -> bool:
        """Say whether the key is destroyed and no file of it is left in either store; both must be here."""
        left = any(path.exists() or _drafts(path) for path in self._paths(kind, name))
        buried = all(self._grave(store, kind, name).exists() and self._is_here(store) for store in (0, 1))
        return buried and not left

    def is_dead(self, kind: Kind, name: str) -> bool:
        """Say whether the key's destruction was begun: from then on nothing may use it."""
        return any(self._grave(store, kind, name).exists() for store in (0, 1))

    def lives(self, kind: Kind, name: str) -> bool:
        """Say whether a key that was read before may still be used: a quick look into the first store only."""
        return self._path(0, kind, name).exists() and not self._grave(0, kind, name).exists()

    def copy_opens(self, store: int, kind: Kind, name: str) -> bool | None:
        """Say whether a store's own copy of a key opens; None where it has none."""
        try:
            self._unwrap(kind, name, self._path(store, kind, name).read_bytes())
        except FileNotFoundError:
            return None
        except KeysUnsafe:
            return False
        return True

    def names(self, kind: Kind) -> set[str]:
        """Return the names of the keys that live in either store."""
        return set().union(*(names_in(store, kind, ".key") for store in self.stores)) - self.dead(kind)

    def dead(self, kind: Kind) -> set[str]:
        """Return the names of the keys that either store calls destroyed."""
        return set().union(*(names_in(store, kind, ".gone") for store in self.stores))

    def _keep(self, kind: Kind, name: str, key: bytes) -> None:
        self._assert_alive(kind, name)
        nonce = secrets.token_bytes(NONCE_BYTES)
        _write(self._path(0, kind, name), nonce + self._cipher.encrypt(nonce, key, f"{kind}|{name}".encode()))
        self._assert_still_alive(kind, name)

    def _assert_alive(self, kind: Kind, name: str) -> None:
        if self.is_dead(kind, name):
            raise KeyGone

    def _assert_still_alive(self, kind: Kind, name: str) -> None:
        """Take back what was written while another process destroyed the key."""
        if self.is_dead(kind, name):
            self.destroy(kind, name)
            raise KeyGone

    def _assert_here(self) -> None:
        for store in (0, 1):
            if not self._is_here(store):
                raise KeysUnsafe(AWAY, key=self.stores[store].name, why="missing")

    def _is_here(self, store: int) -> bool:
        """Say whether the store itself is there, and not just the empty place where it is mounted."""
        return (self.stores[store] / MARK).exists()

    def _unwrap(self, kind: Kind, name: str, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], f"{kind}|{name}".encode())
        except (InvalidTag, ValueError) as wrong:
            raise KeysUnsafe(key=f"{kind}/{name}", why="wrong") from wrong

    def _paths(self, kind: Kind, name: str) -> tuple[Path, Path]:
        return self._path(0, kind, name), self._path(1, kind, name)

    def _path(self, store: int, kind: Kind, name: str) -> Path:
        return self.stores[store] / kind / f"{name}.key"

    def _grave(self, store: int, kind: Kind, name: str) -> Path:
        return self.stores[store] / kind / f"{name}.gone"


def _assert_apart(first: Path, second: Path) -> None:
    """Refuse a second store that is the first, or lies with the key that opens it."""
    if first.resolve() == second.resolve():
        raise KeysUnsafe(TOGETHER, key=second.name, why="same place")
    for kek in ("kek", "kek.sealed"):
        if (second / kek).exists():
            raise KeysUnsafe(TOGETHER, key=kek, why="in the second store")


def names_in(store: Path, kind: Kind, ending: str) -> set[str]:
    """Return the names of a store's files with the ending ``.key`` or ``.gone``."""
    if not (store / kind).exists():
        return set()
    return {path.name.removesuffix(ending) for path in (store / kind).iterdir() if path.name.endswith(ending)}


def holds_keys(store: Path) -> bool:
    """Say whether a folder has any key: then the key-encryption key cannot be new."""
    return any(names_in(store, kind, ".key") for kind in KINDS)


def _drafts(path: Path) -> list[Path]:
    """Return what a process that was killed while it wrote the file has left."""
    return sorted(path.parent.glob(f"{path.name}.*.new"))


def _write(path: Path, content: bytes) -> None:
    """Write a file durably, and its folder where that is missing; a file that is there already stays."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, content)
