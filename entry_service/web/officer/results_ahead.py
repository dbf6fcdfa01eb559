"""Works out what the map asks first as soon as there is a new result, so that no officer waits for it."""

import logging
from pathlib import Path

from entry_service.beside import Beside

from .map_summary import first_hour, page_facts
from .result_folders import ResultFolder, newest
from .run_layers import events

LOOK_EVERY = 2.0  # seconds; a look reads where the pointer leads
log = logging.getLogger("entry_service.web")


class ResultsAhead(Beside):
    """A thread beside the service, in each of its processes: what it works out stays in the memory of that one."""

    def __init__(self, results: Path, *, every: float = LOOK_EVERY) -> None:
        """Begin; the first result that is there is worked out at once."""
        self._results = results
        self._known: tuple[Path, str | None] | None = None
        super().__init__("results-ahead", every)

    def _look(self) -> None:
        try:
            self._read()
        except Exception as fault:  # the page will meet it too, and say so there
            log.warning("result not read ahead", extra={"facts": {"kind": type(fault).__name__}})

    def _read(self) -> None:
        run = newest(self._results)
        name = None if run is None else (run.path, run.summary.get("created"))
        if name == self._known:
            return
        self._known = name
        if run is not None:
            work_out(run)


def work_out(run: ResultFolder) -> None:
    """Read what the page and its first answers are made of: units and their shapes, the day that it opens with."""
    day = str(first_hour(run, page_facts(run))["day"])
    if day in run.days():
        events(run, day)
