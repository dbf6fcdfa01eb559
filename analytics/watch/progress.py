"""`progress.json`: how far a run is, with fractions that follow measured durations of the steps."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock

from .files import read_json, write_json
from .settings import ZONE
from .words import Words, step_words

PROGRESS = "progress.json"
PAUSE_S = 0.2  # between two writes
# Seconds of each step, measured on the demo city; a watcher goes on with those of its own last run.
WEIGHTS: dict[str, dict[str, float]] = {
    "hotspots": {
        "extract": 6.8,
        "population": 1.8,
        "coverage": 3.4,
        "person_scan": 3.7,
        "gi_star": 0.6,
        "visit_scan": 1.1,
        "masked": 6.1,
        "emerging": 3.5,
        "unit_hours": 4.4,
        "footfall": 0.5,
        "maps": 2.3,
    },
    "plan": {"plan_reading": 1.0, "plan_routes": 2.0, "plan_sites": 1.0},
}
UNKNOWN_S = 0.1  # a step that was not measured yet


class RunProgress:
    """Tells how far one run is: call it as every function of the package calls `progress(step, done, of)`."""

    def __init__(
        self,
        folder: Path,
        request: str,
        kind: str,
        *,
        clock: Callable[[], datetime],
        weights: Mapping[str, float],
        before: float = 0.0,
    ) -> None:
        """Begin; `before` is the share of the whole work that was done before the run (the extract)."""
        self._file, self._clock, self._weights, self._before = folder / PROGRESS, clock, dict(weights), before
        self._lock = Lock()
        self._shares: dict[str, float] = {}
        self._spent: dict[str, float] = {}
        self._now = self._written = clock()
        self._told: dict[str, object] = {
            "id": request,
            "kind": kind,
            "state": "running",
            "started_at": _text(self._now),
            "run": None,
            "error": None,
        }
        self._step, self._done, self._of, self._fraction = "waiting", 0, 1, before
        self._write()

    def __call__(self, step: str, done: int, of: int) -> None:
        """Note that `done` of `of` parts of a step are done; written at most five times a second."""
        with self._lock:
            now = self._clock()
            worked = step if done else self._step
            self._spent[worked] = self._spent.get(worked, 0.0) + max((now - self._now).total_seconds(), 0.0)
            self._now, self._step, self._done, self._of = now, step, done, of
            self._shares[step] = max(self._shares.get(step, 0.0), min(done / of, 1.0) if of else 1.0)
            self._fraction = max(self._fraction, self._share())
            if (now - self._written).total_seconds() >= PAUSE_S:
                self._write()

    def end(self, run: str | None, error: Words | None) -> dict[str, float]:
        """Tell that the run is done, or failed with `error`; return the seconds each step took."""
        with self._lock:
            self._now = self._clock()
            self._told |= {"state": "failed" if error else "done", "run": run, "error": error}
            self._fraction = self._fraction if error else 1.0
            self._write()
            return {step: spent for step, spent in self._spent.items() if step != "waiting"}

    def _share(self) -> float:
        """Return the share of the whole that is done; a step that was left out counts with the last one."""
        steps = {**self._weights, **{step: UNKNOWN_S for step in self._shares if step not in self._weights}}
        done = sum(seconds * self._shares.get(step, 0.0) for step, seconds in steps.items())
        return self._before + (1 - self._before) * min(done / (sum(steps.values()) or 1.0), 0.999)

    def _write(self) -> None:
        self._written = self._now
        at = {"step": self._step, "title": step_words(self._step), "done": self._done, "of": self._of}
        told = {**self._told, **at, "fraction": round(self._fraction, 4), "updated_at": _text(self._now)}
        write_json(self._file, told)


def tell_interrupted(folder: Path, error: Words, now: datetime) -> bool:
    """Turn the progress of a run that was killed into a failed one; return whether there was such a run."""
    told = read_json(folder / PROGRESS)
    if told is None or told.get("state") not in ("waiting", "running"):
        return False
    write_json(folder / PROGRESS, {**told, "state": "failed", "error": error, "updated_at": _text(now)})
    return True


def tell_refused(folder: Path, request: str, kind: str, error: Words, now: datetime) -> None:
    """Tell that a request could not be begun."""
    told = {"id": request, "kind": kind, "state": "failed", "step": "waiting", "title": step_words("waiting")}
    told |= {"done": 0, "of": 1, "fraction": 0.0, "started_at": None, "run": None, "error": error}
    write_json(folder / PROGRESS, {**told, "updated_at": _text(now)})


def _text(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="milliseconds")
