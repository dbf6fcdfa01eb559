"""One run of the scan on SaTScan's files: read, scan, report."""

from collections.abc import Callable
from datetime import date

import pandas as pd

from ..refusals import Refused
from ..statistics.scan import scan, scan_iteratively
from ..version import code_version
from .asked import Asked
from .periods import DAY
from .problem import Problem, read_problem
from .report import Report, report

METRES_PER_KM = 1_000
FEWEST_DRAWS = 19
"""Fewer draws of the null cannot resolve p = 0.05. Where no p is asked for, these are drawn and not told."""


def scan_files(asked: Asked, progress: Callable[[str, int, int], None] = lambda *_: None) -> Report:
    """Read the files, scan, and return the clusters with everything needed to repeat the run.

    Raises
    ------
    Refused
        A file cannot be used, the choices do not fit each other, or the statistic's own reasons.
    """
    _refuse_unfit(asked)
    progress("scan_files", 0, 1)
    problem = read_problem(asked)
    _refuse_too_long(asked, problem)
    progress("scan_files", 1, 1)
    clusters = _clusters(asked, problem, lambda done, of: progress("scan", done, of))
    return report(asked, problem, clusters, code_version())


def _clusters(asked: Asked, problem: Problem, progress: Callable[[int, int], None]) -> pd.DataFrame:
    great_circle = asked.coordinates_type == "latlon"
    radius = asked.max_radius
    options = {
        "model": asked.model,
        "analysis": asked.analysis,
        "distance": "great_circle" if great_circle else "planar",
        "max_share": asked.max_population,
        "max_radius": radius * METRES_PER_KM if great_circle and radius is not None else radius,
        "max_length": asked.max_duration,
        "replicates": max(asked.replicates, FEWEST_DRAWS),
        "stop_after": asked.stop_after,
        "first_look": _moment(asked.first_look),
        "end": _moment(problem.period.end + DAY if problem.period else None),
        "seed": asked.seed,
        "progress": progress,
    }
    frames = (problem.cases, problem.baseline, problem.coordinates)
    if asked.rounds is None:
        return scan(*frames, **options)
    return scan_iteratively(*frames, rounds=asked.rounds, **options)


def _moment(day: date | None) -> pd.Timestamp | None:
    return None if day is None else pd.Timestamp(day)


def _refuse_unfit(asked: Asked) -> None:
    if 0 < asked.replicates < FEWEST_DRAWS:
        told = f"--replicates {asked.replicates} cannot tell p = 0.05: take {FEWEST_DRAWS} or more, or 0 for no p"
        raise Refused(told)
    if asked.replicates == 0 and asked.rounds is not None:
        raise Refused("an iterative scan stops by p, for which it needs --replicates")
    if asked.analysis == "spatial" and asked.max_duration is not None:
        raise Refused("a spatial analysis has no duration: leave out --max-duration")
    if asked.analysis != "prospective" and asked.first_look is not None:
        raise Refused("only a prospective analysis has earlier looks: leave out --first-look")


def _refuse_too_long(asked: Asked, problem: Problem) -> None:
    if problem.period is None:
        return
    intervals = len(problem.period.starts)
    if asked.max_duration is not None and asked.max_duration > intervals:
        raise Refused(
            f"--max-duration {asked.max_duration} is longer than the study period, {intervals} intervals"
        )
    if asked.first_look and not problem.period.start <= asked.first_look <= problem.period.end:
        raise Refused(f"--first-look {asked.first_look} is not within the study period")
