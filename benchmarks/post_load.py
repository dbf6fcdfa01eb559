"""Clients that post as fast as they are answered, or at a steady rate; in processes of their own."""

import multiprocessing
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.door_load import Client

LOADERS = 2  # client processes


@dataclass(frozen=True, slots=True)
class Load:
    """How many connections post for how long; ``rate``: posts a second of all, None for as fast as it goes."""

    clients: int
    seconds: float
    rate: float | None = None


def post(port: int, path: str, work: list[bytes], how: Load) -> list[float]:
    """Return the latencies in ms; raise if an answer was a refusal or there was too little to post.

    At a steady rate a latency counts from the moment the post was due: who has to wait for others waits too.
    """
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Event(), fork.Queue()
    shares = [work[at::LOADERS] for at in range(LOADERS)]
    loaders = [
        fork.Process(target=_load, args=(port, path, at, share, how, start, answers), daemon=True)
        for at, share in enumerate(shares)
    ]
    for loader in loaders:
        loader.start()
    time.sleep(0.5)
    start.set()
    told = [answers.get(timeout=how.seconds + 90) for _ in loaders]
    for loader in loaders:
        loader.join(30)
    if any(refused or idle for refused, idle, _ in told):
        raise RuntimeError(f"(refused, clients out of work): {[each[:2] for each in told]}")
    return [ms for _, _, own in told for ms in own]


def _load(port: int, path: str, place: int, work: list[bytes], how: Load, start: Event, answers: Queue) -> None:
    """Post the share of one process, each client as a device of its own; put (refused, idle, latencies) there."""
    done: list[float] = []
    refused: list[int] = []
    idle: list[int] = []
    many = how.clients // LOADERS
    pause = how.clients / how.rate if how.rate else 0.0

    def one(own: list[bytes], number: int) -> None:
        client = Client(port, path, LOADERS * number + place)
        first = pause * number / many
        start.wait()
        due = time.monotonic() + first
        end = due - first + how.seconds
        for body in own:
            begun = due if pause else time.monotonic()
            if begun > end:
                break
            time.sleep(max(begun - time.monotonic(), 0))
            status = client.post(body)
            if status == 200:
                done.append(1_000 * (time.monotonic() - begun))
            else:
                refused.append(status)
            due += pause
        else:
            idle.append(1)
        client.close()

    threads = [threading.Thread(target=one, args=(work[at::many], at)) for at in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(how.seconds + 60)
    answers.put((len(refused), len(idle), done))
