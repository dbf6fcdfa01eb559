"""Look after the two stores of the key ring: what lives, what is destroyed, which copy is missing; mend, and move.

A store that was lost is replaced by a new one, which gets everything that lives and every tombstone. A tombstone
counts wherever it is found: mending finishes destructions, it never brings a key back.
"""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from entry_service.durable import sync_path

from .key_ring import AWAY, KINDS, MARK, STRANGE, KeyRing, Kind, names_in
from .keys import KeysUnsafe, write_once

State = Literal["lives", "destroyed", "copy missing", "copy damaged", "not finished", "unreadable"]
TAKEN = "이 폴더는 이미 열쇠 저장소입니다. 빈 폴더를 지정하시기 바랍니다."
WHOLE: set[State] = {"lives", "destroyed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """One key and how it stands in both stores."""

    kind: Kind
    name: str
    state: State


def states(ring: KeyRing) -> list[KeyState]:
    """Return every key that either store knows, by kind and name."""
    return [
        KeyState(kind=kind, name=name, state=_state(ring, kind, name))
        for kind in KINDS
        for name in sorted(ring.names(kind) | ring.dead(kind))
    ]


def repair(ring: KeyRing) -> list[KeyState]:
    """Give each store the copies it lacks and finish destructions; return what was not whole before.

    Raises ``KeysUnsafe`` or ``OSError`` where a store is away. A key of which no copy opens stays as it is.
    """
    found = [one for one in states(ring) if one.state not in WHOLE]
    for one in found:
        if one.state == "not finished":
            ring.destroy(one.kind, one.name)
        elif one.state == "copy damaged":
            _replace_damaged(ring, one.kind, one.name)
        elif one.state == "copy missing":
            ring.get(one.kind, one.name)
    return found


def join(first: Path, second: Path, new: Path) -> int:
    """Make ``new`` the second store: everything that lives, and every tombstone; return how many keys live.

    ``second`` may be lost. The mark comes last, so that a store that was joined by half is none; again continues.
    Raises ``KeysUnsafe`` where the first store is away, or ``new`` is a store already or holds another's keys.
    """
    if not (first / MARK).exists():
        raise KeysUnsafe(AWAY, key=first.name, why="missing")
    if (new / MARK).exists() or new.resolve() == first.resolve():
        raise KeysUnsafe(TAKEN, key=new.name, why="is a store already")
    old = [store for store in (first, second) if (store / MARK).exists()]
    if len({(store / MARK).read_bytes() for store in old}) > 1:
        raise KeysUnsafe(STRANGE, key=second.name, why="another vault")
    living = 0
    new.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind in KINDS:
        (new / kind).mkdir(mode=0o700, exist_ok=True)
        dead = set().union(*(names_in(store, kind, ".gone") for store in old))
        for name in sorted(dead):
            _write(new / kind / f"{name}.gone", b"")
            (new / kind / f"{name}.key").unlink(missing_ok=True)  # it lived when this was begun
        living += sum(_copy(old, new, kind, name) for name in _living(old, kind) - dead)
    _write(new / MARK, (first / MARK).read_bytes())
    sync_path(new)
    return living


def _copy(old: list[Path], new: Path, kind: Kind, name: str) -> bool:
    """Copy a key from where it is; say whether it was still there."""
    for store in old:
        with suppress(FileNotFoundError):
            _write(new / kind / f"{name}.key", (store / kind / f"{name}.key").read_bytes())
            return True
    return False


def _living(old: list[Path], kind: Kind) -> set[str]:
    return set().union(*(names_in(store, kind, ".key") for store in old))


def _state(ring: KeyRing, kind: Kind, name: str) -> State:
    if ring.is_dead(kind, name):
        return "destroyed" if ring.is_gone(kind, name) else "not finished"
    opens = [ring.copy_opens(store, kind, name) for store in (0, 1)]
    if True not in opens:
        return "unreadable"
    return "lives" if all(opens) else "copy missing" if None in opens else "copy damaged"


def _replace_damaged(ring: KeyRing, kind: Kind, name: str) -> None:
    paths = [store / kind / f"{name}.key" for store in ring.stores]
    good, bad = paths if ring.copy_opens(0, kind, name) else paths[::-1]
    draft = bad.with_name(f"{bad.name}.{secrets.token_hex(8)}.new")
    write_once(draft, good.read_bytes())
    os.replace(draft, bad)
    sync_path(bad.parent)
    if ring.is_dead(kind, name):  # meanwhile
        ring.destroy(kind, name)


def _write(path: Path, content: bytes) -> None:
    if not path.exists():
        write_once(path, content)
