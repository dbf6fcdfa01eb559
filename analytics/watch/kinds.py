"""The kinds of runs: a small table of what can be asked for. Each makes one folder, there only when complete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from ..refusals import InputRefused, NothingToJudge
from .requests import Request
from .runs import newest, pointed_to, run_name
from .settings import Watched
from .store import PopulationStore

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run: what is asked for, of which watcher, since when, and where its progress goes.

    `extracts_of`: run → name of the extract that it was made from, as far as the watcher made it.
    """

    request: Request
    watched: Watched
    started: datetime
    progress: Progress
    extracts_of: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a run made: the name of its folder; whether pages are to show it; the extract it rests on."""

    name: str
    shown: bool
    extract: str


def hotspots(job: Job) -> Made:
    """Mark hotspots from the extract that is named, or the newest, and all population that is stored."""
    from ..hotspots import find_hotspots  # pandas and numba take seconds to load, once
    from ..parameters import Parameters

    watched, asked = job.watched, dict(job.request.parameters)
    extract = extract_of(watched, asked.pop("extract", None))
    known = {field.name for field in fields(Parameters)} - {"known_by"}
    for name in asked:
        if name not in known:
            raise InputRefused("is no parameter of a run", field=name)
    population = [*PopulationStore(watched.store).paths(), *watched.population]
    if not population:
        raise NothingToJudge(f"no population file was taken in yet: put one into {watched.inbox.name}/")
    name = run_name(job.started, job.request.id)
    find_hotspots(
        extract,
        population,
        watched.units,
        watched.results / name,
        created=job.started,
        parameters=_parameters(Parameters, {**watched.parameters, **asked}),
        units_code=watched.units_code,
        units_crs=watched.units_crs,
        population_units=watched.population_units,
        population_mapping=watched.population_mapping,
        progress=job.progress,
    )
    return Made(name=name, shown=True, extract=extract.name)


def plan(job: Job) -> Made:
    """Plan disinfection and visits on the result that is named, or shown, with the extract it was made from."""
    from ..planning import asked as read_parameters
    from ..planning import make_plan
    from ..planning.parameters import FILES

    watched, asked = job.watched, dict(job.request.parameters)
    result = _plain(asked.pop("result", None) or pointed_to(watched.results), "result")
    extract = extract_of(watched, asked.pop("extract", None) or job.extracts_of.get(result))
    name = run_name(job.started, job.request.id)
    for field in FILES:
        if asked.get(field) is not None:
            raise InputRefused("is a file of the watcher's own and cannot be asked for", field=field)
        asked[field] = getattr(watched, field)
    parameters = read_parameters(asked)
    make_plan(
        watched.results / result,
        extract,
        watched.plans / name,
        parameters,
        created=job.started,
        progress=job.progress,
    )
    return Made(name=name, shown=False, extract=extract.name)


KINDS: dict[str, Callable[[Job], Made]] = {"hotspots": hotspots, "plan": plan}


def _parameters(kind: type, asked: Mapping[str, object]) -> object:
    try:
        return kind(**asked)
    except TypeError as wrong:
        raise InputRefused(f"a value is of the wrong kind ({wrong})", field="parameters") from wrong


def extract_of(watched: Watched, name: object) -> Path:
    """Return the folder of the extract that is named, or the newest; a name may not lead elsewhere."""
    if name is None:
        known = newest(watched.extracts, "extract")
        if known is None:
            raise NothingToJudge("there is no extract of the entry log yet")
        return known
    return watched.extracts / _plain(name, "extract")


def _plain(name: object, field: str) -> str:
    """Return the name of a folder, and nothing that could be a path to another place."""
    if not isinstance(name, str) or not name or name.startswith(".") or Path(name).name != name:
        raise InputRefused("names no folder" if name else "there is none yet", field=field)
    return name
