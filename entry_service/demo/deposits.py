"""Seals the simulated contacts in other processes, as a browser would, and deposits them in the vault."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing import get_context

import numpy as np

from entry_service.vault import Vault
from entry_service.vault.sealing import seal

from .scans import Passes, contact_of

CHUNK = 2_000  # passes a job: a tenth of a second of work, little enough to keep both cores busy to the end


def seal_chunk(public_key: bytes, day: date, pids: list[bytes], people: list[int]) -> list[bytes]:
    """Return the sealed contacts of some people; runs in a process of its own, without vault or log."""
    return [seal(public_key, day, pid, contact_of(person)) for pid, person in zip(pids, people, strict=True)]


class AtOnce(Executor):
    """Does each job where it is handed out: for few passes a process takes longer to start than to work."""

    def submit(self, fn: Callable[..., list[bytes]], /, *args: object) -> Future[list[bytes]]:
        """Return a future that is done already."""
        done: Future[list[bytes]] = Future()
        done.set_result(fn(*args))
        return done


@contextmanager
def sealing_pool(passes: int) -> Iterator[Executor]:
    """Give a pool of fresh processes; what has not begun is given up when the build ends early."""
    if passes <= CHUNK:
        yield AtOnce()
        return
    count = min(4, os.cpu_count() or 1)
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    """Let Ctrl-C, which a terminal sends to every process, end the build once and without a traceback each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Sealing:
    """All sealing jobs of a build, handed out at once; ``deposit`` collects them day by day."""

    def __init__(self, pool: Executor, vault: Vault, passes: Passes, first: date) -> None:
        """Hand out the work: one job for every ``CHUNK`` passes of a day."""
        self._vault, self._jobs = vault, []
        pids = passes.pids()
        for number in np.unique(passes.day):
            day = first + timedelta(days=int(number))
            chosen = np.flatnonzero(passes.day == number)
            public_key = vault.public_key(day)
            for at in range(0, len(chosen), CHUNK):
                part = chosen[at : at + CHUNK]
                mine, people = [pids[index] for index in part], passes.person[part].tolist()
                job: Future[list[bytes]] = pool.submit(seal_chunk, public_key, day, mine, people)
                self._jobs.append((day, mine, people, job))

    def deposit(self, advance: Callable[[int], None]) -> int:
        """Deposit everything, in order of days, and return how many contacts the vault took."""
        count = 0
        while self._jobs:
            day, pids, people, job = self._jobs.pop(0)
            contacts = map(contact_of, people)
            count += self._vault.deposit_many(day, list(zip(pids, job.result(), contacts, strict=True)))
            advance(len(pids))
        return count
