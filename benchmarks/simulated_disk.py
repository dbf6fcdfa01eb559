"""A disk under SQLite that remembers every write and flush, can fail a flush, and can lose its power.

It puts itself between SQLite and the operating system (a VFS, made with ctypes from the library that Python's own
``sqlite3`` uses): ``write``, ``truncate`` and ``sync`` are recorded and passed on. ``after_power_cut`` writes down
what may be left when the power goes at some point: everything up to a file's last flush, and of what came after it
any part, torn at sectors.
"""

import ctypes
import ctypes.util
import random
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

SECTOR = 512
SQLITE_IOERR_FSYNC = 1034
SQLITE_OK = 0
_int, _i64, _ptr = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(_int, _ptr, _ptr, _ptr, _int, ctypes.POINTER(_int))
_DELETE = ctypes.CFUNCTYPE(_int, _ptr, _ptr, _int)
_WRITE = ctypes.CFUNCTYPE(_int, _ptr, _ptr, _int, _i64)
_TRUNCATE = ctypes.CFUNCTYPE(_int, _ptr, _i64)
_SYNC = ctypes.CFUNCTYPE(_int, _ptr, _int)


class _Vfs(ctypes.Structure):
    """The head of sqlite3_vfs; the 14 functions after xDelete are copied as they are."""

    _fields_ = [
        ("iVersion", _int),
        ("szOsFile", _int),
        ("mxPathname", _int),
        ("pNext", _ptr),
        ("zName", ctypes.c_char_p),
        ("pAppData", _ptr),
        ("xOpen", _ptr),
        ("xDelete", _ptr),
        ("others", _ptr * 14),
    ]


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = [
        ("iVersion", _int),
        ("xClose", _ptr),
        ("xRead", _ptr),
        ("xWrite", _ptr),
        ("xTruncate", _ptr),
        ("xSync", _ptr),
        ("others", _ptr * 13),
    ]


class Step(NamedTuple):
    """One thing that happened: a write, truncation, flush or deletion of a file, or a word of the program."""

    kind: Literal["write", "truncate", "sync", "delete", "word"]
    file: str
    offset: int = 0
    data: bytes = b""
    word: object = None


class NoSharedSqlite(Exception):
    """Python's SQLite is built in and cannot be reached."""


@dataclass
class SimulatedDisk:
    """Everything that was written since it was installed, and the flush that shall fail, if any."""

    fail_sync_at: int | None = None
    steps: list[Step] = field(default_factory=list)
    syncs: int = 0
    recording: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: list = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)
    _original: dict[int, tuple] = field(default_factory=dict)

    def say(self, word: object) -> None:
        """Put a word of the program between the steps: a scan was acknowledged."""
        with self._lock:
            self.steps.append(Step("word", "", word=word))

    def install(self) -> None:
        """Become the default disk of every database that this process opens from now on."""
        library = _library()
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        found = library.sqlite3_vfs_find(None)
        copy = _Vfs()
        ctypes.memmove(ctypes.byref(copy), found, ctypes.sizeof(_Vfs))
        real_open, real_delete = _OPEN(found.contents.xOpen), _DELETE(found.contents.xDelete)

        def open_file(_vfs, name, file, flags, out):
            code = real_open(ctypes.cast(found, _ptr).value, name, file, flags, out)
            if code == SQLITE_OK and name:
                self._watch(file, ctypes.string_at(name).decode())
            return code

        def delete_file(_vfs, name, sync_folder):
            self._record(Step("delete", Path(ctypes.string_at(name).decode()).name))
            return real_delete(ctypes.cast(found, _ptr).value, name, sync_folder)

        hooks = _OPEN(open_file), _DELETE(delete_file)
        copy.zName = b"simulated"
        copy.xOpen, copy.xDelete = (ctypes.cast(hook, _ptr).value for hook in hooks)
        self._kept += [copy, hooks, real_open, real_delete, library]
        if library.sqlite3_vfs_register(ctypes.byref(copy), 1) != SQLITE_OK:
            raise NoSharedSqlite("the VFS was not accepted")

    def _watch(self, file: int, name: str) -> None:
        """Give the opened file a copy of its method table in which three functions are ours."""
        slot = ctypes.cast(file, ctypes.POINTER(ctypes.POINTER(_Methods)))
        address = ctypes.addressof(slot.contents.contents)
        with self._lock:
            self._names[file] = Path(name).name
            if address not in self._original:
                self._original[address] = self._table(slot.contents.contents)
            table = self._original[address]
        slot[0] = ctypes.pointer(table)

    def _table(self, real: _Methods) -> _Methods:
        table = _Methods()
        ctypes.memmove(ctypes.byref(table), ctypes.byref(real), ctypes.sizeof(_Methods))
        write, truncate, sync = _WRITE(real.xWrite), _TRUNCATE(real.xTruncate), _SYNC(real.xSync)

        def on_write(file, data, size, offset):
            self._record(Step("write", self._names[file], offset, ctypes.string_at(data, size)))
            return write(file, data, size, offset)

        def on_truncate(file, size):
            self._record(Step("truncate", self._names[file], size))
            return truncate(file, size)

        def on_sync(file, flags):
            with self._lock:
                self.syncs += 1
                fails = self.syncs == self.fail_sync_at
            if fails:
                return SQLITE_IOERR_FSYNC
            code = sync(file, flags)
            if code == SQLITE_OK:
                self._record(Step("sync", self._names[file]))
            return code

        hooks = _WRITE(on_write), _TRUNCATE(on_truncate), _SYNC(on_sync)
        table.xWrite, table.xTruncate, table.xSync = (ctypes.cast(hook, _ptr).value for hook in hooks)
        self._kept += [table, hooks, write, truncate, sync]
        return table

    def _record(self, step: Step) -> None:
        with self._lock:
            if self.recording:
                self.steps.append(step)


def after_power_cut(steps: list[Step], cut: int, folder: Path, chance: random.Random) -> set[object]:
    """Write into ``folder`` what is left if the power goes before step ``cut``; return the words said by then."""
    flushed = {step.file: at for at, step in enumerate(steps[:cut]) if step.kind == "sync"}
    files: dict[str, bytearray] = {}
    for at, step in enumerate(steps[:cut]):
        content = files.setdefault(step.file, bytearray()) if step.file else bytearray()
        safe = at < flushed.get(step.file, -1)
        if step.kind == "delete":
            del files[step.file]
        elif step.kind == "truncate" and (safe or chance.random() < 0.5):
            del content[step.offset :]
            content.extend(bytes(step.offset - len(content)))
        elif step.kind == "write":
            _put(content, step, None if safe else chance)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {step.word for step in steps[:cut] if step.kind == "word"}


def _put(content: bytearray, step: Step, chance: random.Random | None) -> None:
    """Put a write into the file, whole; or with ``chance`` all, nothing or any of its sectors."""
    fate = 0.0 if chance is None else chance.random()
    if fate > 0.66:
        return
    content.extend(bytes(max(step.offset + len(step.data) - len(content), 0)))
    for start in range(0, len(step.data), SECTOR):
        if fate <= 0.33 or chance.random() < 0.5:
            piece = step.data[start : start + SECTOR]
            content[step.offset + start : step.offset + start + len(piece)] = piece


def _library() -> ctypes.CDLL:
    """Return the SQLite that Python's ``sqlite3`` module is linked to, the very same copy."""
    import _sqlite3

    names: Iterable[str | None] = (ctypes.util.find_library("sqlite3"), getattr(_sqlite3, "__file__", None))
    for name in names:
        if name is None:
            continue
        library = ctypes.CDLL(name)
        if not hasattr(library, "sqlite3_vfs_find"):
            continue
        library.sqlite3_libversion.restype = ctypes.c_char_p
        if library.sqlite3_libversion().decode() == sqlite3.sqlite_version:
            return library
    raise NoSharedSqlite("this Python has SQLite built in; take one that is linked to libsqlite3")
