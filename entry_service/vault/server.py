"""The vault's own process: answers the operations of the table on a Unix socket, for its user and group alone.

Each connection has a thread and is served one frame after the other. Nothing that was asked is logged: a line
says that a caller was turned away, or that an operation had a fault, with its name and the kind of fault.
"""

import logging
import os
import selectors
import socket
import stat
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from entry_service.core.errors import EntryError, Unavailable
from entry_service.core.retention import first_kept_day
from entry_service.store.database.engine import HeldLock, LogInUse
from entry_service.store.database.reserve import says_full

from .operations import OPERATIONS, Operation, method_of
from .vault import Vault
from .wire import FrameRefused, form_of, pack, pack_refusal, receive

log = logging.getLogger("entry_service.vault")

SOCKET_MODE, FOLDER_MODE = 0o660, 0o750
MOST_CONNECTIONS = 512  # a process may open 1,024 files where nobody said otherwise
BACKLOG = 128
MID_FRAME_SECONDS = 10.0  # whoever begins a frame ends it
GRACE_SECONDS = 30.0  # what was begun gets so long to finish after SIGTERM
CLOCK_TOLERANCE = timedelta(minutes=5)  # both sides read the same machine's clock
SO_PEERGROUPS = 59  # Linux; the socket module has no name for it
MOST_GROUPS = 256
TOLD_OF_DESTRUCTION = {"day_destroyed", "case_file_destroyed", "subject_key_destroyed", "visitor_deleted_own"}
_CREDENTIALS = struct.Struct("iII")


class VaultInUse(Unavailable):
    """Another process answers on this socket."""

    code = "vault_in_use"
    sentence = "다른 금고 프로세스가 이미 실행 중입니다."


class SocketUnsafe(Unavailable):
    """The socket's folder is open to others, or the socket's place is taken by another file."""

    code = "socket_unsafe"
    sentence = "금고 소켓의 폴더를 다른 사용자가 열거나 쓸 수 있어 시작하지 않습니다."


class VaultServer:
    """The opened socket, at which ``serve`` lets a vault answer until ``stop``; closed by ``with``."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime] | None = None,
        retention_days: int = 28,
        make_room: Callable[[], bool] = lambda: False,
    ) -> None:
        """Listen at ``path``, whose callers wait until ``serve``; raise ``VaultInUse`` or ``SocketUnsafe``.

        ``clock``: the vault's own; a caller's ``now`` that is another is refused. None believes callers, for
        demonstrations, whose history lies in the past. ``make_room``: gives what destroys some room on a full
        disk, and says whether there was any.
        """
        self._path, self._clock, self._retention_days = path, clock, retention_days
        self._make_room = make_room
        _assert_safe_folder(path)
        try:
            self._lock = HeldLock(path)
        except LogInUse as held:
            raise VaultInUse from held
        try:
            self._listener = _listen(path)
        except BaseException:
            self._lock.close()
            raise
        self._group = path.stat().st_gid
        self._wake, self._woken = socket.socketpair()
        self._connections: set[socket.socket] = set()
        self._guard = Condition()

    def __enter__(self) -> "VaultServer":
        """Return the server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the socket to the next server."""
        self._listener.close()
        self._path.unlink(missing_ok=True)
        self._wake.close()
        self._woken.close()
        self._lock.close()

    def serve(self, vault: Vault) -> None:
        """Answer until ``stop``; then finish what was begun."""
        self._vault = vault
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                if any(key.fileobj is self._woken for key, _ in selector.select()):
                    break
                self._accept()
        self._finish()

    def stop(self) -> None:
        """Let ``serve`` return; may be called from a signal handler or any thread, and again."""
        with suppress(OSError):
            self._wake.send(b".")

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # gone again, or no file left to open: the next one may find one
            log.warning("connection lost", extra={"facts": {"where": "accept"}})
            time.sleep(0.05)
            return
        connection.settimeout(None)
        if not self._is_welcome(connection):
            connection.close()
            return
        with self._guard:
            self._connections.add(connection)
        Thread(target=self._converse, args=(connection,), name="vault", daemon=True).start()

    def _is_welcome(self, connection: socket.socket) -> bool:
        """Say whether the caller is of the same user or the socket's group, and there is room."""
        if len(self._connections) >= MOST_CONNECTIONS:
            log.warning("too many connections", extra={"facts": {"where": "accept"}})
            return False
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, user, group = _CREDENTIALS.unpack(raw)
        if user == os.geteuid() or self._group in {group, *_peer_groups(connection)}:
            return True
        log.warning("caller turned away", extra={"facts": {"where": "accept"}})
        return False

    def _converse(self, connection: socket.socket) -> None:
        try:
            while (request := receive(connection, mid_frame_seconds=MID_FRAME_SECONDS)) is not None:
                connection.sendall(self._answer(request))
                connection.settimeout(None)
        except FrameRefused:
            log.warning("frame refused", extra={"facts": {"where": "receive"}})
        except OSError:  # the caller is gone; what it asked for is done or is not
            log.info("connection lost", extra={"facts": {"where": "converse"}})
        finally:
            connection.close()
            with self._guard:
                self._connections.remove(connection)
                self._guard.notify_all()

    def _answer(self, request: dict[str, Any]) -> bytes:
        """Return the frame of the answer; a fault is told by its absence of details."""
        name = request.get("call")
        operation = OPERATIONS.get(name) if isinstance(name, str) else None
        if operation is None:
            log.warning("unknown operation", extra={"facts": {"where": "answer"}})
            return pack({"failed": True})
        try:
            return pack({"value": self._carry_out(operation, request.get("with"))})
        except EntryError as refusal:
            return _packed_refusal(operation, refusal)
        except Exception as fault:  # the caller learns nothing of it, and no line repeats what it may hold
            facts = {"where": operation.name, "kind": type(fault).__name__}
            log.error("operation failed", extra={"facts": facts})
            return pack({"failed": True})

    def _carry_out(self, operation: Operation, raw: Any) -> Any:
        form = form_of(method_of(operation))
        arguments = form.arguments(raw)
        self._assert_times(operation, arguments)
        owner = attrgetter(operation.room)(self._vault) if operation.room else self._vault
        carry_out = partial(getattr(owner, operation.method), **arguments)
        try:
            return form.pack_result(carry_out())
        except (EntryError, OSError) as refusal:
            destroys = operation.destroys or (
                operation.name == "audit.append" and arguments.get("action") in TOLD_OF_DESTRUCTION
            )
            if not (destroys and says_full(refusal) and self._make_room()):
                raise
        return form.pack_result(carry_out())

    def _assert_times(self, operation: Operation, arguments: dict[str, Any]) -> None:
        """Refuse a ``now`` that is not, and the end of a day that has not come.

        Else a web process that was taken over could make a code last, or destroy what is still needed.
        """
        if self._clock is None:
            return
        present, now = self._clock(), arguments.get("now")
        if now is not None:
            ahead = now - present
            if ahead > CLOCK_TOLERANCE or (ahead < -CLOCK_TOLERANCE and not operation.may_lag):
                raise Unavailable(reason="clock")
        if operation.due_day and arguments["day"] >= first_kept_day(present, self._retention_days):
            raise Unavailable(reason="clock")

    def _finish(self) -> None:
        self._listener.close()
        with self._guard:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)  # ends the wait for a next frame; answers still go out
            self._guard.wait_for(lambda: not self._connections, GRACE_SECONDS)


def _packed_refusal(operation: Operation, refusal: EntryError) -> bytes:
    try:
        return pack({"refused": pack_refusal(refusal)})
    except (TypeError, ValueError):
        log.error("refusal does not cross", extra={"facts": {"where": operation.name, "code": refusal.code}})
        return pack({"failed": True})


def _assert_safe_folder(path: Path) -> None:
    """Make the socket's folder where there is none; refuse one that others may enter or the group may write."""
    folder = path.parent
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(FOLDER_MODE)
    if stat.S_IMODE(folder.stat().st_mode) & ~FOLDER_MODE & 0o077:
        raise SocketUnsafe(path=str(folder), why="permissions")


def _listen(path: Path) -> socket.socket:
    """Return the listening socket; a socket that a killed process left is removed, any other file stays."""
    if path.is_socket():
        path.unlink()  # the lock beside it is ours: nobody listens there
    elif path.exists():
        raise SocketUnsafe(path=str(path), why="not a socket")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(SOCKET_MODE)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _peer_groups(connection: socket.socket) -> set[int]:
    """Return the further groups of the caller, as they were when it connected."""
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, MOST_GROUPS * 4)
    except OSError:  # more of them: then the first group has to do
        return set()
    return set(struct.unpack(f"{len(raw) // 4}I", raw))
