"""Print the posters of many sites at once, in a process of its own, and say how far it is.

A batch holds what the wish asks for. Sensitive sites are in no batch with others: a file that many people see and
hand around names none of them. They are printed by a wish of their own.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from entry_service.core.errors import EntryError, NotFound
from entry_service.core.model import Facility
from entry_service.posters.batch import ARCHIVE, BOOK, Job, Progress, read_progress, write_job
from entry_service.posters.sheet import PosterFacts
from entry_service.posters.words import Language
from entry_service.services import Services
from entry_service.store.sites import facilities, posters
from entry_service.store.sites.posters import Poster

KEPT = 5  # batches; the oldest go when a new one begins
KEPT_FOR = timedelta(days=7)  # posters on a disk are posters to copy; they are printed anew in minutes
MODE = 0o700
SPACE = 400_000  # bytes that a poster may take in both files
ALIVE = "alive"  # file that the process that prints has locked
BEGINNING = ".lock"  # file that whoever begins a batch has locked
ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}", re.ASCII)
FILES = {"pdf": BOOK, "zip": ARCHIVE}
Sites = Literal["usual", "sensitive"]
FactsOf = Callable[[Facility, Poster], PosterFacts]
_begun: list[subprocess.Popen] = []


class BatchRuns(EntryError):
    """One is being printed already."""

    status, code, sentence = (
        409,
        "batch_runs",
        "이미 만들고 있는 포스터가 있습니다. 끝난 뒤에 다시 시도하시기 바랍니다.",
    )


class NothingToPrint(EntryError):
    """No site with a poster answers the wish."""

    status, code, sentence = 422, "nothing_to_print", "조건에 맞는 시설 가운데 포스터가 있는 곳이 없습니다."


class NoSpace(EntryError):
    """The disk has no room for both files."""

    status, code, sentence = 503, "no_space", "디스크에 자리가 모자랍니다. 운영 담당자에게 문의하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch that was begun; ``state`` is that of its progress, or ``broken`` where its process is gone."""

    batch_id: str
    begun_at: datetime
    progress: Progress
    state: str
    sizes: dict[str, int]  # of the files that are whole, by kind


def begin(
    services: Services,
    *,
    stage: int | None,
    category: str,
    sites: Sites,
    language: Language,
    title: str,
    facts_of: FactsOf,
    now: datetime,
    random: Callable[[int], bytes],
) -> str:
    """Begin to print the current posters of the sites that answer the wish; return the number of the batch.

    Raises ``BatchRuns``, ``NothingToPrint`` or ``NoSpace``.
    """
    folder = _folder(services)
    folder.mkdir(mode=MODE, parents=True, exist_ok=True)
    with _alone(folder):
        if any(batch.state == "running" for batch in batches(services)):
            raise BatchRuns
        with services.store.read() as db:
            known, current = facilities.all(db), posters.all_current(db)
        wanted = [
            (one.facility_id, facts_of(one, current[one.facility_id]))
            for one in known
            if one.facility_id in current
            and one.sensitive == (sites == "sensitive")
            and (stage is None or one.stage == stage)
            and category in ("", one.category)
        ]
        if not wanted:
            raise NothingToPrint
        _forget_old(folder)
        if shutil.disk_usage(folder).free < SPACE * len(wanted):
            raise NoSpace
        batch_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{random(4).hex()}"
        _print(folder / batch_id, Job(language=language, title=title, posters=tuple(wanted)))
    return batch_id


def batches(services: Services) -> list[Batch]:
    """Return what was begun, the newest first."""
    folder = _folder(services)
    names = [path.name for path in folder.iterdir() if ID.fullmatch(path.name)] if folder.is_dir() else []
    return [_batch(folder / name) for name in sorted(names, reverse=True)]


def batch_file(services: Services, batch_id: str, kind: str) -> Path:
    """Return a finished file of a batch, ``pdf`` or ``zip``; raise ``NotFound``."""
    own = _folder(services) / batch_id
    if not ID.fullmatch(batch_id) or not own.is_dir() or kind not in _batch(own).sizes:
        raise NotFound(what="batch")
    return own / FILES[kind]


def _print(own: Path, job: Job) -> None:
    """Begin the process that prints: its folder is seen once it is whole, its lock is held while it lives."""
    draft = own.with_name(f".{own.name}")
    draft.mkdir(mode=MODE)
    write_job(draft, job)
    with (draft / ALIVE).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        draft.rename(own)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "entry_service.posters.batch", str(own)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=Path(__file__).resolve().parents[3],
                env={name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ},
                pass_fds=(held.fileno(),),
            )
        except OSError:
            shutil.rmtree(own)
            raise
    _begun[:] = [*(one for one in _begun if one.poll() is None), process]  # asked, so that none is left a zombie


def _batch(own: Path) -> Batch:
    try:
        progress, alive = read_progress(own), _is_alive(own)
        done = progress.state == "done"
        sizes = {kind: (own / name).stat().st_size for kind, name in FILES.items()} if done else {}
    except (OSError, ValueError, TypeError, KeyError):  # a folder that was cut off, or is being forgotten
        progress, alive, sizes = Progress(state="failed", done=0, total=0), False, {}
    return Batch(
        batch_id=own.name,
        begun_at=datetime.strptime(own.name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC),
        progress=progress,
        state="broken" if progress.state == "running" and not alive else progress.state,
        sizes=sizes,
    )


def _is_alive(own: Path) -> bool:
    """Say whether the process of a batch runs; the system lets its lock go with it, however it ends."""
    if not (own / ALIVE).exists():
        return False
    with (own / ALIVE).open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process begin a batch at a time; raise ``BatchRuns`` while another does."""
    with (folder / BEGINNING).open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise BatchRuns from taken
        yield


def forget_batches(services: Services, now: datetime) -> None:
    """Remove the batches that were begun long ago, but for one that is still printed."""
    for batch in batches(services):
        if now - batch.begun_at > KEPT_FOR and batch.state != "running":
            shutil.rmtree(_folder(services) / batch.batch_id, ignore_errors=True)


def _forget_old(folder: Path) -> None:
    """Remove the oldest batches, and what a process that ended too early had begun to fill."""
    whole = sorted((path for path in folder.iterdir() if ID.fullmatch(path.name)), reverse=True)
    drafts = [path for path in folder.iterdir() if path.name[0] == "." and ID.fullmatch(path.name[1:])]
    for path in [*whole[KEPT - 1 :], *drafts]:
        shutil.rmtree(path)


def _folder(services: Services) -> Path:
    return services.settings.var / "posters"
