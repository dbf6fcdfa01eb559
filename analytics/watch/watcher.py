"""The watcher itself: looks, takes what has come, runs one thing at a time, and keeps the last good state."""

import time
import traceback
from collections.abc import Callable
from datetime import datetime

from ..refusals import InputRefused, Refused
from . import follow_ups, keeping, progress, requests, runs
from .files import read_json, write_json
from .gathering import Gathering
from .inbox import Inbox, State
from .kinds import KINDS, Job
from .requests import Request
from .settings import Watched
from .store import PopulationStore
from .words import STOPPED, Words, failure_words

MEMORY = "watch.json"
"""What the watcher remembers: the population it ran on last, the extract of each run, seconds of each step."""
OWN = "new population"


class Watcher:
    """Watches the folders of one service. `clock` gives the present, aware; `tell` a sentence to the terminal."""

    def __init__(self, watched: Watched, clock: Callable[[], datetime], tell: Callable[[str], None]) -> None:
        """Clean up what a kill left, and remember what was done before. The lock must be held."""
        self.watched, self._clock, self._tell, self.failures = watched, clock, tell, 0
        folders = (watched.results, watched.plans, watched.inbox, watched.extracts, watched.reports)
        for folder in filter(None, folders):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = PopulationStore(watched.store)
        self._inbox = Inbox(watched, self._store, tell)
        self._gathering = Gathering(watched.settle_s)
        self._given_up: set[tuple[str, str]] = set()
        self._memory = {"population": "", "extracts": {}, "seconds": {}, "refresh": ""}
        self._memory |= read_json(watched.results / MEMORY) or {}
        for folder in filter(None, (watched.results, watched.plans, watched.reports)):
            runs.sweep(folder, tell)
        if progress.tell_interrupted(watched.results, STOPPED, clock()):
            tell("the last run was interrupted; the result before it is kept")
        requests.finish(watched.results)
        runs.adopt(watched.results)

    def step(self) -> State:
        """Take a request, or else look at the inbox, and run on what came, or tell of the run that is shown.

        Return whether something was done.
        """
        try:
            request = requests.waiting_request(self.watched.results)
        except InputRefused as refusal:
            progress.tell_refused(self.watched.results, "", "", failure_words(refusal), self._clock())
            self._tell(f"request refused: {refusal}")
            return "worked"
        if request is not None:
            self.run(request)
            return "worked"
        now = self._clock()
        try:
            state = self._inbox.look(now)
        except OSError as failure:  # a share that is away comes back
            self._tell(f"the inbox cannot be read now: {failure}")
            return "idle"
        if self._has_news():
            if self._gathering.is_over(state, now):
                self.run(None)
                return "worked"
        elif state != "worked":
            refresh = self._memory["refresh"]
            due = follow_ups.next_due(self.watched, self._shown(), self._given_up, now, refresh)
            if due is not None:
                self._follow(due)
                return "worked"
        return state

    def _follow(self, due: follow_ups.FollowUp) -> None:
        begun = time.monotonic()
        try:
            due.do(self._memory["extracts"].get(due.run), self._clock())
            self._tell(f"{due.name}: of {due.run} in {time.monotonic() - begun:.1f} s")
            self._tell_followed(due, None)
        except Exception as error:
            self.failures += 1
            self._given_up.add(due.tried)  # until the next run (of a refresh: day), or the next start
            self._tell(f"{due.name}: of {due.run} failed, {error}; what was there before is kept")
            self._tell_followed(due, failure_words(error))
            if not isinstance(error, Refused | OSError):
                traceback.print_exception(error)

    def _tell_followed(self, due: follow_ups.FollowUp, error: Words | None) -> None:
        try:
            follow_ups.tell(self.watched.results, due, error, self._clock())
        except OSError as full:  # as in _tell_failure
            self._tell(f"{due.name}: how it ended could not be written: {full}")

    def run(self, request: Request | None) -> None:
        """Run what is asked for, or hotspots on new population; `failures` counts what did not go well."""
        own = request is None
        started = self._clock()
        asked = request or Request(id=f"{self._store.fingerprint()}", kind="hotspots")
        shown = self._shown()
        told = progress.RunProgress(
            self.watched.results,
            asked.id,
            asked.kind,
            clock=self._clock,
            weights=self._memory["seconds"].get(asked.kind) or progress.WEIGHTS.get(asked.kind, {}),
            before=asked.before,
        )
        if not own:
            requests.take(self.watched.results, asked)
        if asked.kind == "hotspots":  # a run that kills the process is not begun again by itself
            self._remember(population=self._store.fingerprint())
            self._gathering.end()
        self._tell(f"{asked.kind}: begun, {OWN if own else f'request {asked.id}'}")
        begun = time.monotonic()
        try:
            made = self._made(asked, started, told)
            if made.shown:
                runs.point_to(self.watched.results, made.name)
        except Exception as error:
            self._failed(asked, error)
            self._tell_failure(told, error)
            return
        except BaseException:  # the watcher is told to stop
            told.end(None, STOPPED)
            raise
        finally:
            if not own:
                requests.finish(self.watched.results)
        seconds = told.end(made.name, None)
        extracts = self._memory["extracts"] | ({made.name: made.extract} if made.shown else {})
        self._remember(seconds=self._memory["seconds"] | {asked.kind: seconds}, extracts=extracts)
        if asked.file == requests.REFRESH:
            self._remember(refresh=made.name)
        self._tell(f"{asked.kind}: {made.name} in {time.monotonic() - begun:.1f} s")
        self._keep_newest(shown)

    def _made(self, asked: Request, started: datetime, told: progress.RunProgress):
        if asked.kind not in KINDS:
            raise InputRefused(f"'{asked.kind}' is no kind of run: {', '.join(KINDS)}", field="kind")
        extracts = self._memory["extracts"]
        return KINDS[asked.kind](
            Job(request=asked, watched=self.watched, started=started, progress=told, extracts_of=extracts)
        )

    def _has_news(self) -> bool:
        """Say whether population has come that no run began with, and there is an extract to run it with."""
        return (
            self._store.fingerprint() != self._memory["population"]
            and bool(self._store.all())
            and runs.newest(self.watched.extracts, "extract") is not None
        )

    def _failed(self, asked: Request, error: Exception) -> None:
        self.failures += 1
        self._tell(f"{asked.kind}: failed, {error}; the result before it is kept")
        if not isinstance(error, Refused | OSError):
            traceback.print_exception(error)

    def _tell_failure(self, told: progress.RunProgress, error: Exception) -> None:
        try:
            told.end(None, failure_words(error))
        except OSError as full:  # a full disk must not end the watcher; its next start tells of the run
            self._tell(f"the failure could not be written either: {full}")

    def _shown(self) -> str | None:
        return runs.pointed_to(self.watched.results)

    def _keep_newest(self, before: str | None) -> None:
        """Remove old runs; the one that was shown until now stays a while, for pages that still load it."""
        keeping.keep_newest(self.watched, {self._shown(), before})
        there = {path.name for path in self.watched.results.iterdir()}
        self._remember(extracts={run: name for run, name in self._memory["extracts"].items() if run in there})

    def _remember(self, **changes: object) -> None:
        self._memory |= changes
        write_json(self.watched.results / MEMORY, self._memory)
