"""Runs scenarios with every method, and tells the scores: what `python -m analytics simulate` prints."""

from collections.abc import Callable, Sequence

from ..geography import centres
from ..parameters import Parameters
from ..version import code_version
from . import rivals
from .judge import Call, draw, hot, score
from .model import Sample, Scenario
from .scenarios import SCENARIOS
from .town import squares

CALIBRATION_RUNS = 200
CALIBRATION_SEED = 7_919
"""Added to the seed, so that thresholds and scores rest on different towns."""
Progress = Callable[[int, int], None]
Scorer = Callable[[Sample], object]


def simulate(
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    seed: int,
    parameters: Parameters,
    progress: Progress = lambda done, of: None,
) -> dict[str, object]:
    """Return the scores of `hot`, of the scan of visits, of Gi* (if esda is there) and of a density map.

    Returns
    -------
    dict, as JSON can hold it
        `scores` (judge.Score, one row a scenario and method), `parameters`, `runs`, `seed`, `code_version`,
        `notes`.
    """
    scorers = _scorers()
    of = CALIBRATION_RUNS + len(scenarios) * runs
    thresholds = _thresholds(scorers, seed + CALIBRATION_SEED, lambda done: progress(done, of))
    rows, places = [], centres(squares())
    for number, scenario in enumerate(scenarios):
        planted, calls = [], {}
        for run in range(runs):
            sample = draw(scenario, seed, run)
            planted.append(sample.planted)
            for method, told in _calls(sample, scorers, thresholds, parameters, seed + run).items():
                calls.setdefault(method, []).append(told)
            progress(CALIBRATION_RUNS + number * runs + run + 1, of)
        rows += [score(scenario, method, planted, told, places).as_dict() for method, told in calls.items()]
    notes = [] if rivals.esda_is_there() else [rivals.NO_ESDA]
    scan = ("replicates", "alpha", "max_days", "max_radius_m", "max_share", "min_persons")
    return {
        "scores": rows,
        "parameters": {name: getattr(parameters, name) for name in scan},
        "runs": runs,
        "seed": seed,
        "code_version": code_version(),
        "notes": notes,
    }


def _scorers() -> dict[str, Scorer]:
    """Return the methods that give each unit a score, for which a threshold is calibrated."""
    found: dict[str, Scorer] = {"density": rivals.density}
    if rivals.esda_is_there():
        found["Gi* counts"] = lambda sample: rivals.gi_star_z(sample, rivals.counts(sample))
        found["Gi* rates"] = lambda sample: rivals.gi_star_z(sample, rivals.rates(sample))
    return found


def _thresholds(scorers: dict[str, Scorer], seed: int, progress: Callable[[int], None]) -> dict[str, float]:
    """Return the threshold of each method on towns of equal risk and equal crowds."""
    scores: dict[str, list] = {name: [] for name in scorers}
    for run in range(CALIBRATION_RUNS):
        sample = draw(SCENARIOS["uniform"], seed, run)
        for name, scorer in scorers.items():
            scores[name].append(scorer(sample))
        progress(run + 1)
    return {name: rivals.threshold(values) for name, values in scores.items()}


def _calls(sample: Sample, scorers, thresholds, parameters: Parameters, seed: int) -> dict[str, Call]:
    asked = Parameters(**{**vars(parameters), "seed": seed})
    told = {"hot": hot(sample, asked), "visits": rivals.visits(sample, asked)}
    if rivals.esda_is_there():
        told["Gi* counts, default"] = rivals.gi_star_default(sample, rivals.counts(sample), seed)
        told["Gi* rates, default"] = rivals.gi_star_default(sample, rivals.rates(sample), seed)
    for name, scorer in scorers.items():
        values = scorer(sample)
        told[f"{name}, calibrated"] = rivals.call(sample, values, values > thresholds[name])
    return told
