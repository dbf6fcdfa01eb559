"""The audit's second place: a folder elsewhere with a file that only grows, one signed line a row.

A line says: at this moment row ``seq`` had this ``hash``. Whoever holds the database alone can therefore not cut
its tail, put an earlier state back or write the chain anew. A line that did not fit on the disk stays a fragment,
and the whole line follows it. A folder without its marker is no second place: an empty mount point must not pass
for one.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ed25519

from entry_service.core.errors import Unavailable
from entry_service.durable import sync_path

from . import keys
from .audit_rows import Trusted

MARK, FILE = "audit-copy", "checkpoints.jsonl"
LONGEST_LINE = 1_024  # bytes; ours have about 300
Kind = Literal["row", "resumed"]


class AuditUnavailable(Unavailable):
    """What is about to be done cannot be written down durably in both places: so it is not done."""

    code, sentence = (
        "audit_unavailable",
        "접속기록을 남길 수 없어 처리하지 않았습니다. 관리자에게 알려 주시기 바랍니다.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One line. ``resumed`` says: from here the chain goes on, what was beyond is lost (a backup was restored).

    The signature covers that of the line before, and broken attempts between the two, so that no line can be taken
    out, put in, doubled or said again.
    """

    kind: Kind
    seq: int
    hash: str
    at: str
    signature: str

    def line(self) -> bytes:
        """Return the line with its end; what a second attempt would repeat comes first."""
        fields = {name: getattr(self, name) for name in ("kind", "seq", "hash", "at", "signature")}
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"

    def holds(self, trusted: Trusted, before: str) -> bool:
        """Say whether the signature is the audit's own, after a line with the signature ``before``."""
        try:
            signature = bytes.fromhex(self.signature)
        except (ValueError, TypeError):
            return False
        what = _signed(self.kind, self.seq, self.hash, self.at, before)
        return signature.hex() == self.signature and trusted.signed(signature, what)


def checkpoint(
    key: ed25519.Ed25519PrivateKey, kind: Kind, seq: int, row: bytes, at: str, before: str
) -> Checkpoint:
    """Return the signed checkpoint of a row, to follow a line with the signature ``before``, empty at first."""
    signature = key.sign(_signed(kind, seq, row.hex(), at, before))
    return Checkpoint(kind=kind, seq=seq, hash=row.hex(), at=at, signature=signature.hex())


def read_line(line: bytes) -> Checkpoint | None:
    """Return the checkpoint of a whole line, exactly as it was written, or nothing."""
    with suppress(ValueError, TypeError):
        found = Checkpoint(**json.loads(line))
        if found.line() == line and type(found.seq) is int and found.kind in ("row", "resumed"):
            return found
    return None


def is_fragment(line: bytes, following: bytes) -> bool:
    """Say whether the line is a first attempt at the one that follows it, broken off by a full disk."""
    begun, (same, _, _) = line.removesuffix(b"\n"), following.partition(b'"at"')
    return bool(begun) and (same.startswith(begun) or begun.startswith(same))


class SecondPlace:
    """The folder of the checkpoints."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder; nothing is opened yet."""
        self.folder, self.path = folder, folder / FILE

    def make(self, public_key: bytes) -> None:
        """Make the folder and its marker where there is none."""
        if self.is_marked():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.mark(public_key)

    def mark(self, public_key: bytes) -> None:
        """Say whose place this is, durably and never half."""
        keys.replace(self.folder / MARK, public_key.hex().encode() + b"\n")

    def is_marked(self) -> bool:
        """Say whether the folder is a second place at all."""
        return (self.folder / MARK).exists()

    def public_key(self) -> bytes:
        """Return the key whose place this is; raise ``AuditUnavailable`` where it says none."""
        try:
            return bytes.fromhex((self.folder / MARK).read_text().strip())
        except (OSError, ValueError) as failure:
            raise AuditUnavailable(reason="second_place_missing") from failure

    def why_not(self, public_key: bytes) -> str:
        """Return why this is not the second place of the audit with this key, or nothing."""
        try:
            marked = (self.folder / MARK).read_text().strip()
        except (OSError, UnicodeDecodeError):
            return "second_place_missing"
        return "" if marked == public_key.hex() else "second_place_of_another"

    @contextmanager
    def held(self) -> Iterator[int]:
        """Give the opened file for appending; no other process or thread appends meanwhile. Raises ``OSError``."""
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if new:
                sync_path(self.folder)
            yield descriptor
        finally:
            os.close(descriptor)

    def size(self) -> int:
        """Return the bytes of the file, 0 where there is none."""
        return self.path.stat().st_size if self.path.exists() else 0


@dataclass(frozen=True, slots=True)
class Tail:
    """How the file ends: its newest line, if it has one, and what was left of attempts at the next one.

    ``before`` is what the next line's signature covers of what stands before it.
    """

    newest: Checkpoint | None
    fragments: tuple[bytes, ...]
    before: str


def read_tail(descriptor: int, trusted: Trusted) -> Tail:
    """Return how the opened file ends; raise ``AuditUnavailable`` where the newest line is none of ours."""
    size = os.fstat(descriptor).st_size
    begin = max(0, size - 8 * LONGEST_LINE)
    lines = os.pread(descriptor, 8 * LONGEST_LINE, begin).splitlines(keepends=True)
    newest, stood_before, fragments, before = None, "", [], ""
    for line in lines[1:] if begin else lines:
        found = read_line(line)
        if found is None:
            fragments.append(line)
            before = with_fragment(before, line)
        else:
            newest, stood_before, before = found, before, found.signature
            fragments = []
    if size and (newest is None or not newest.holds(trusted, stood_before)) and (begin or lines != fragments):
        raise AuditUnavailable(reason="checkpoint_edited")
    return Tail(newest, tuple(fragments), before)


def with_fragment(before: str, fragment: bytes) -> str:
    """Return what a line's signature covers, where a broken attempt at it stands before it."""
    return before + "|" + fragment.removesuffix(b"\n").hex()


def add_lines(descriptor: int, lines: list[bytes]) -> None:
    """Append the lines durably; a fragment of an earlier attempt is ended first. Raises ``OSError``."""
    size = os.fstat(descriptor).st_size
    fragment = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    waiting = (b"\n" if fragment else b"") + b"".join(lines)
    try:
        while waiting:
            waiting = waiting[os.write(descriptor, waiting) :]
    except OSError:
        with suppress(OSError):  # a file that may only grow keeps the fragment
            os.ftruncate(descriptor, size)
        raise
    os.fsync(descriptor)


def _signed(kind: Kind, seq: int, row: str, at: str, before: str) -> bytes:
    return f"entry-log audit checkpoint|{kind}|{seq}|{row}|{at}|{before}".encode()
