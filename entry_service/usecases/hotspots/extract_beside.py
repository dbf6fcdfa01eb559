"""Write an extract in a process of its own, so that no door waits for it.

The other process reads the log by itself, and has no key and no vault: who is one person it asks us, and we the
vault. It hears us on its standard input and answers on its standard output, a line of JSON each. When we end,
however that is, its input closes: it drops what it has begun and ends too.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, TextIO

from sqlalchemy.exc import OperationalError

from entry_service.core.errors import EntryError, Unavailable
from entry_service.services import Services
from entry_service.store.database.engine import Store, open_store
from entry_service.vault.records import DayCounts

from .extract import write_extract
from .extract_hours import Pass

ROOT = Path(__file__).resolve().parents[3]
NICE = 10  # doors first
GRACE_SECONDS = 10


def extract_beside(
    services: Services,
    folder: Path,
    *,
    as_of: datetime,
    start: datetime,
    end: datetime,
    previous: Path | None,
    told: Callable[[float], None],
) -> None:
    """Write the extract and return when it is there; see ``write_extract``.

    Raises
    ------
    Unavailable
        It was refused (with the sentence of the refusal), or its process ended too early.
    """
    asked = {
        "log": services.settings.log_address,
        "folder": str(folder),
        "as_of": as_of.isoformat(),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "previous": None if previous is None else str(previous),
    }
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    program = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C is for the service, which then ends it
    )
    refused: EntryError | None = None
    done = False
    try:
        _say(program.stdin, asked)
        for line in program.stdout:
            match json.loads(line):
                case {"told": part}:
                    told(part)
                case {"group": passes}:
                    _say(program.stdin, _grouped(services, passes))
                case {"count_day": day}:
                    _say(program.stdin, _counts(services, day))
                case {"refused": code, "sentence": sentence}:
                    refused = Unavailable(sentence, reason=code)
                case {"done": True}:
                    done = True
    except BrokenPipeError:  # it ended while we spoke; its exit code says more
        done = False
    finally:
        with suppress(BrokenPipeError):
            program.stdin.close()
        program.stdout.close()
        try:
            program.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
    if refused is not None:
        raise refused
    if not done:
        raise Unavailable(reason=f"extract_ended_{program.returncode}")


def _grouped(services: Services, passes: Iterable[tuple[str, str]]) -> list[int]:
    asked = [(date.fromisoformat(day), bytes.fromhex(pid)) for day, pid in passes]
    numbers = services.vault.group(asked)
    return [numbers[one] for one in asked]


def _counts(services: Services, day: str) -> list[Any]:
    counts = services.vault.count_day(date.fromisoformat(day))
    return [counts.contacts, counts.cards, counts.key_id, counts.newest]


def _say(pipe: TextIO, what: Any) -> None:
    pipe.write(json.dumps(what) + "\n")
    pipe.flush()


@dataclass(frozen=True, slots=True)
class _Vault:
    """The vault, as the other process asks for it."""

    heard: "Queue[str]"

    def group(self, passes: list[Pass]) -> Mapping[Pass, int]:
        """See ``Vault.group``."""
        numbers = self._ask({"group": [(day.isoformat(), pid.hex()) for day, pid in passes]})
        return dict(zip(passes, numbers, strict=True))

    def count_day(self, day: date) -> DayCounts:
        """See ``Vault.count_day``."""
        contacts, cards, key_id, newest = self._ask({"count_day": day.isoformat()})
        return DayCounts(day=day, contacts=contacts, cards=cards, key_id=key_id, newest=newest)

    def _ask(self, what: Any) -> Any:
        _say(sys.stdout, what)
        return json.loads(self.heard.get())


@dataclass(frozen=True, slots=True)
class _Source:
    store: Store
    vault: _Vault


def _listen(heard: "Queue[str]") -> None:
    for line in sys.stdin:
        heard.put(line)
    os.kill(os.getpid(), signal.SIGINT)  # nobody is there any more: as if somebody had pressed Ctrl-C


def main() -> None:
    """Write the extract that the first line of standard input asks for."""
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    heard: Queue[str] = Queue()
    Thread(target=_listen, args=(heard,), daemon=True).start()
    asked = json.loads(heard.get())
    try:
        store = open_store(asked["log"], writer=False)
        try:
            write_extract(
                _Source(store, _Vault(heard)),
                Path(asked["folder"]),
                **{name: datetime.fromisoformat(asked[name]) for name in ("as_of", "start", "end")},
                previous=Path(asked["previous"]) if asked["previous"] else None,
                told=lambda part: _say(sys.stdout, {"told": part}),
            )
        finally:
            store.close()
        _say(sys.stdout, {"done": True})
    except EntryError as refusal:
        _say(sys.stdout, {"refused": refusal.code, "sentence": refusal.sentence})
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except (OSError, OperationalError) as failure:
        _say(sys.stdout, {"refused": type(failure).__name__, "sentence": Unavailable.sentence})


if __name__ == "__main__":
    main()
