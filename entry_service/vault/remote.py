"""The vault as another process sees it: the same surface, each call an operation of the table over its socket.

No key, no database and no unsealed contact is in the calling process. A vault that is away is ``Unavailable``; one
that comes back is found again by the next call.
"""

import select
import socket
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import wraps
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from entry_service.core.errors import Unavailable

from .audit import Audit
from .cards import Cards
from .case_files import CaseFiles
from .disclosures import Disclosures
from .factors import Factors
from .operations import OPERATIONS, ROOMS, Operation, method_of
from .subjects import Subjects
from .sunset import Sunset
from .verification import Verification
from .wire import FrameRefused, form_of, pack, receive, refusal_of

SECONDS_FOR_A_CONNECTION = 2.0
CONNECTIONS = 32  # of one process at once; a caller beyond waits, then is told to come again
TRIES = 2


class _Lost(Exception):
    """No answer came. ``begun``: the vault may have done what was asked."""

    def __init__(self, *, begun: bool, late: bool = False) -> None:
        super().__init__()
        self.begun, self.late = begun, late


class Connections:
    """A bounded pool of connections to one socket."""

    def __init__(self, path: Path, most: int) -> None:
        """Open nothing yet."""
        self._path, self._most = path, most
        self._idle: deque[socket.socket] = deque()
        self._free, self._guard = BoundedSemaphore(most), Lock()

    def exchange(self, request: bytes, seconds: float) -> dict[str, Any]:
        """Send a frame and return the answer; raise ``_Lost``, or ``Unavailable`` where all are in use."""
        with self._lent() as connection:
            connection.settimeout(seconds)
            begun = False
            try:
                connection.sendall(request)  # a frame that was cut off is not begun
                begun = True
                answer = receive(connection)
            except TimeoutError as late:
                raise _Lost(begun=begun, late=True) from late
            except (OSError, FrameRefused) as lost:
                raise _Lost(begun=begun) from lost
            if answer is None:
                raise _Lost(begun=True)
            return answer

    @contextmanager
    def _lent(self) -> Iterator[socket.socket]:
        """Give a connection; it goes back to the pool only after a whole answer."""
        if not self._free.acquire(timeout=SECONDS_FOR_A_CONNECTION):
            raise Unavailable(reason="busy")
        try:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            with self._guard:
                self._idle.append(connection)
        finally:
            self._free.release()

    def _take(self) -> socket.socket:
        """Return an idle connection that still stands, else a new one."""
        while True:
            with self._guard:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._connect()
            if not select.select([connection], [], [], 0)[0]:  # readable while idle means ended
                return connection
            connection.close()

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(SECONDS_FOR_A_CONNECTION)
            connection.connect(str(self._path))
        except OSError as away:
            connection.close()
            raise Unavailable(reason="vault") from away
        return connection

    def close(self) -> None:
        """Close what is idle; what is in use ends with its call."""
        with self._guard:
            while self._idle:
                with suppress(OSError):
                    self._idle.pop().close()


class _Room:
    """An attribute of the vault, with the operations of the table that lie below it."""


class RemoteVault:
    """The vault behind a socket; its methods and attributes are those of ``Vault`` that the table names."""

    cards: Cards
    verification: Verification
    factors: Factors
    disclosures: Disclosures
    case_files: CaseFiles
    audit: Audit
    subjects: Subjects
    sunset: Sunset

    def __init__(self, path: Path, *, connections: int = CONNECTIONS) -> None:
        """Know where the vault listens; the first call connects."""
        self._connections = Connections(path, connections)
        for room in filter(None, ROOMS):
            setattr(self, room, _Room())
        for operation in OPERATIONS.values():
            owner = getattr(self, operation.room) if operation.room else self
            if not hasattr(owner, operation.method):
                setattr(owner, operation.method, self._bound(operation))
        self._group = self._bound(OPERATIONS["group"])

    def group(self, passes: Iterable[tuple[date, bytes]]) -> dict[tuple[date, bytes], int]:
        """Return (day, pid) → ordinal as the vault does, a day a frame: two days never share a number."""
        asked, by_day = list(passes), defaultdict(list)
        for one in asked:
            by_day[one[0]].append(one)
        grouped: dict[tuple[date, bytes], int] = {}
        for of_day in by_day.values():
            used = max(grouped.values(), default=0)
            grouped |= {one: used + number for one, number in self._group(of_day).items()}
        return {one: grouped[one] for one in asked}

    def answers(self) -> bool:
        """Say whether the vault runs now and lets this process in."""
        try:
            return self._ask(OPERATIONS["days"], {}) is not None
        except Unavailable:
            return False

    def close(self) -> None:
        """End the connections; the vault itself goes on."""
        self._connections.close()

    def _bound(self, operation: Operation) -> Callable[..., Any]:
        function = method_of(operation)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            form = form_of(function)
            answer = self._ask(operation, form.pack_arguments(args, kwargs))
            return form.result(answer)

        return call

    def _ask(self, operation: Operation, arguments: dict[str, Any]) -> Any:
        """Return the plain result; raise what the vault refused with, or ``Unavailable``."""
        try:
            request = pack({"call": operation.name, "with": arguments})
        except FrameRefused as long:
            raise Unavailable(reason="too_long") from long
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._connections.exchange(request, operation.seconds)
            except _Lost as lost:
                may_repeat = not lost.late and (operation.repeatable or not lost.begun)
                if attempt == TRIES or not may_repeat:
                    raise Unavailable(reason="vault") from lost
                continue
            if "value" in answer:
                return answer["value"]
            raise refusal_of(answer["refused"]) if "refused" in answer else Unavailable(reason="vault")
        raise AssertionError("the last attempt returns or raises")
