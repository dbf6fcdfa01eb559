"""What follows a run when nobody waits for anything else: its reports, and what the public may know of it.

Whether something is due is read from the folders, so what a kill left undone is done at the next start. How each
ended last stands in ``followed.json`` beside the results, for the officer's pages.

Refreshes come every few minutes, and what follows is of the days that are over: a refresh has reports of its own
only where its day has none yet, and what failed after one is not tried after the others of that day. A run that
somebody asked for, or that new population began, has its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

from .files import read_json, write_json
from .keeping import DAY
from .kinds import extract_of
from .settings import ZONE, Watched
from .store import PopulationStore
from .words import Words

REPORTS, PUBLIC = "reports", "public result"
FOLLOWED = "followed.json"


@dataclass(frozen=True)
class FollowUp:
    """One thing to do after a run: `do(extract, now)`, with the name of the run's extract, if it is known."""

    name: str
    run: str
    do: Callable[[str | None, datetime], None] = field(compare=False)
    tried: tuple[str, str] = ("", "")  # what is not tried again where it failed


def next_due(
    watched: Watched, shown: str | None, given_up: set[tuple[str, str]], now: datetime, refresh: str = ""
) -> FollowUp | None:
    """Return what is to be done next for the run that is shown, without what failed for it before.

    `refresh`: the name of the newest run that is a refresh.
    """
    if shown is None:
        return None
    due = []
    during = shown[:DAY] if shown == refresh else shown
    of_its_day = f"{during}*" if shown == refresh else shown
    if watched.reports is not None and not any(watched.reports.glob(f"{of_its_day}/datapackage.json")):
        due.append(FollowUp(REPORTS, shown, partial(_report, watched, shown), (REPORTS, during)))
    if watched.public is not None:
        out, made = (_day(watched.public / "public.json", moment) for moment in ("as_of", "created"))
        known = _day(watched.results / shown / "summary.json", "as_of")
        today = now.astimezone(ZONE).date()
        if known is not None and (out is None or made is None or (out < known and made != today)):
            due.append(FollowUp(PUBLIC, shown, partial(_publish, watched), (PUBLIC, during)))
    return next((one for one in due if one.tried not in given_up), None)


def tell(results: Path, due: FollowUp, error: Words | None, now: datetime) -> None:
    """Write how it ended, and when it last ended well."""
    told = read_json(results / FOLLOWED) or {}
    name, at = due.name.replace(" ", "_"), now.astimezone(ZONE).isoformat(timespec="seconds")
    before = told.get(name)
    done_at = before.get("done_at") if isinstance(before, dict) else None
    ended = {"run": due.run, "state": "failed" if error else "done", "at": at, "error": error}
    write_json(results / FOLLOWED, {**told, name: {**ended, "done_at": done_at if error else at}})


def _report(watched: Watched, run: str, extract: str | None, now: datetime) -> None:
    from ..reports.write import write_reports

    write_reports(watched.results / run, watched.reports / run, areas=watched.dongs)


def _publish(watched: Watched, extract: str | None, now: datetime) -> None:
    from ..parameters import Parameters
    from ..publish.run import publish

    publish(
        extract_of(watched, extract),
        [*PopulationStore(watched.store).paths(), *watched.population],
        watched.units,
        watched.public,
        created=now,
        parameters=Parameters(**watched.parameters),
        dongs=watched.dongs,
        units_code=watched.units_code,
        units_crs=watched.units_crs,
        population_units=watched.population_units,
        population_mapping=watched.population_mapping,
    )


def _day(file: Path, moment: str) -> date | None:
    """Return the day of a moment that a result tells: figures come out by whole days, once a day at most."""
    told = read_json(file)
    return datetime.fromisoformat(str(told[moment])).astimezone(ZONE).date() if told else None
