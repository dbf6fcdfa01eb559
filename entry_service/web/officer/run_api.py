"""The API of runs: what the analytics are doing now, "run now" and "plan now" of the officer's pages."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from flask import Blueprint, Response, request

from entry_service.core.disinfection import HYPOCHLORITE, Agent
from entry_service.core.errors import BadInput, NotFound
from entry_service.core.times import KST, kst_day
from entry_service.log_period import log_period
from entry_service.store.plans import disinfections, field_checks
from entry_service.usecases.hotspots.asking import NoWatcher, RunBusy
from entry_service.usecases.hotspots.run_analytics import ask_for_plan, ask_for_run
from entry_service.usecases.hotspots.run_status import Progress, run_status

from ..api.openapi import Body, json_response, operation
from ..frame.context import now, services, settings
from ..frame.i18n import LANGUAGES, in_languages, translated
from .result_folders import ResultFolder, etag, moment, newest

STATUS = "/api/v1/results/status"
DRAWN = 8  # random bytes of a request's id
INTERRUPTED = "분석 프로그램이 도중에 멈췄습니다. 이전 결과를 그대로 보여 드립니다."
Count = Annotated[int, msgspec.Meta(ge=1, le=50)]
Sites = Annotated[int, msgspec.Meta(ge=0, le=50)]
Tests = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
SiteTeams = Annotated[int, msgspec.Meta(ge=1, le=200)]
Hours = Annotated[float, msgspec.Meta(gt=0, le=24)]
Longitude = Annotated[float, msgspec.Meta(ge=124, le=132)]
Latitude = Annotated[float, msgspec.Meta(ge=33, le=39)]
blueprint = Blueprint("run_api", __name__)


class RunError(msgspec.Struct, frozen=True):
    """Why a run failed, in both languages of the officer's pages."""

    ko: str
    en: str


class RunProgress(msgspec.Struct, frozen=True):
    """How far the run is that is asked for or running, else the last one.

    ``step`` is a code, ``title`` its words; ``done`` of ``of`` parts of the step are done; ``fraction`` is of the
    whole run, 0 to 1. ``run`` names the folder of a finished run.
    """

    id: str
    kind: str
    state: Literal["waiting", "running", "done", "failed"]
    step: str
    title: dict[str, str]
    done: int
    of: int
    fraction: float
    started_at: str | None
    updated_at: str
    run: str | None
    error: RunError | None


class ResultsStatus(msgspec.Struct, frozen=True):
    """``latest`` names the result that the pages show; when it changes, they load anew. None: no result yet.

    ``watching``: a watcher of the analytics lives, so that a run can be asked for.
    """

    latest: str | None
    as_of: str | None
    created: str | None
    watching: bool
    progress: RunProgress | None


class RunAsked(msgspec.Struct, frozen=True):
    """What was asked for; ``status`` is where its progress is read."""

    id: str
    kind: str
    status: str


Entry = Literal["opening", "agreed"]  # within opening hours, or by agreement with each facility


class PlanWanted(Body, frozen=True):
    """Teams that leave at ``begin`` (null: the first 09:00 after the data), for how long; testing sites.

    ``tests``: people expected for a test; ``site_teams``: testing teams of all sites. null: docs/planning.md.

    ``start``: [longitude, latitude] of where they leave from; null: as docs/planning.md has it.
    """

    teams: Count = 2
    begin: datetime | None = None
    hours: Hours = 6.0
    sites: Sites = 2
    agent: Agent = HYPOCHLORITE
    start: tuple[Longitude, Latitude] | None = None
    entry: Entry = "opening"
    tests: Tests | None = None
    site_teams: SiteTeams | None = None


@operation(
    blueprint,
    "GET",
    STATUS,
    summary="Which result is shown, and how far a run is; cheap, for pages that ask every few seconds",
    auth="session:officer",
    answer=ResultsStatus,
)
def results_status() -> Response:
    """Answer 304 where nothing has changed."""
    folder = settings().results_dir
    run, status = newest(folder), run_status(folder)
    told = ResultsStatus(
        latest=run.path.name if run else None,
        as_of=run.as_of if run else None,
        created=str(run.summary["created"]) if run and run.summary.get("created") else None,
        watching=status.watching,
        progress=_told(status.progress) if status.progress else None,
    )
    response = json_response(told)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(etag(response.get_data()))
    return response.make_conditional(request)


@operation(
    blueprint,
    "POST",
    "/api/v1/results/runs",
    summary="Run the analytics now on a fresh extract of the log",
    auth="session:officer",
    answer=RunAsked,
    errors=[RunBusy, NoWatcher],
    status=202,
)
def run_now() -> RunAsked:
    """Write an extract and ask the watcher for hotspots."""
    period = log_period(settings(), now())
    asked = ask_for_run(services(), period, draw=secrets.token_hex(DRAWN), now=now())
    return RunAsked(asked, "hotspots", STATUS)


@operation(
    blueprint,
    "POST",
    "/api/v1/results/plans",
    summary="Make a disinfection and visit plan of the newest result",
    auth="session:officer",
    body=PlanWanted,
    answer=RunAsked,
    errors=[NotFound, RunBusy, NoWatcher],
    status=202,
)
def plan_now(body: PlanWanted) -> RunAsked:
    """Ask the watcher for a plan, without what was done on that day, or before it and no case came since."""
    if body.begin is not None and body.begin.tzinfo is None:
        raise BadInput(field="begin")
    run = newest(settings().results_dir)
    if run is None:
        raise NotFound("아직 분석 결과가 없습니다.")
    begin = body.begin or _first_morning(run)
    with services().store.read() as db:
        done = list(field_checks.done_on(db, kst_day(begin)))
        rested = {"done": done, "disinfected": disinfections.since_last_case(db)}
    parameters = {**msgspec.to_builtins(body), "begin": begin.isoformat(), "result": run.path.name, **rested}
    return RunAsked(ask_for_plan(services(), parameters, draw=secrets.token_hex(DRAWN), now=now()), "plan", STATUS)


def _first_morning(run: ResultFolder) -> datetime:
    """Return the first 09:00 in Korea that is not before what the run knows."""
    known = datetime.fromtimestamp(moment(run.as_of), KST)
    nine = known.replace(hour=9, minute=0, second=0, microsecond=0)
    return nine if nine >= known else nine + timedelta(days=1)


def _told(progress: Progress) -> RunProgress:
    """Return the progress as the API says it; what was interrupted had nobody to say so."""
    told = asdict(progress)
    if progress.state == "failed" and "en" not in (progress.error or {}):
        sentence = (progress.error or {}).get("ko", INTERRUPTED)
        told["error"] = in_languages(lambda: translated(sentence), LANGUAGES)
    return msgspec.convert(told, RunProgress)
