"""The hotspot run, from an extract and a floating population to a result folder.

1. Read what was logged, who was there, and where the units are.
2. Place facilities in units; estimate how much of the population the log sees.
3. Scan for places and days with more different confirmed persons than could be expected there.
4. Ask two second opinions; repeat the scan without hospitals (published routes), and with masked figures at most.
5. Tell where clustering emerges or fades, and where people are whom the log does not see.
6. Write every number with what it rests on.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from .contract import read_extract
from .coverage import read_door_counts
from .emerging_table import emerging_table
from .findings import Findings
from .footfall import blind_spots
from .geography import centres, read_units
from .parameters import Parameters
from .population import read_population
from .results import assert_replaceable, write_results
from .statistics.persons.plan import Spread, spread_over_threads
from .study import ROUTES, Study, make_study
from .summary import footfall_summary, masked_summary, repeat_summary, summarise
from .verdict import hot_units, judge, scan_persons

Progress = Callable[[str, int, int], None]
REPEATED_WITHOUT = "hospital"
"""Patients are in hospitals because they are ill: in published routes these visits may be effects, not sources."""


def find_hotspots(
    extract: Path,
    population: Sequence[Path],
    units: Path,
    out: Path | None = None,
    *,
    created: datetime,
    parameters: Parameters | None = None,
    units_code: str | None = None,
    units_crs: str | None = None,
    population_units: Path | None = None,
    population_mapping: Path | None = None,
    door_counts: Path | None = None,
    progress: Progress = lambda step, done, of: None,
    spread: Spread = spread_over_threads,
) -> Findings:
    """Mark the units in which more different confirmed persons met than crowds and coverage explain.

    Parameters
    ----------
    extract : folder of contract/extract.json
    population : floating-population files, in any of the layouts that analytics.population reads
    units : vector file of the spatial units (see geography.read_units, also for `units_code` and `units_crs`)
    population_units : vector file of the population's own units, where they are not those of the run; people are
        then shared out by area (geography.areal)
    population_mapping : TOML file that tells the columns of files of no known layout (docs/data.md)
    door_counts : people counted at doors (`facility_id, hour, counted`); takes the place of the extract's own
    out : folder to make; it appears only when complete. None: nothing is written.
    created : aware, when the run was made (nothing here reads the clock); hours that are not over by then have not
        come, whatever the population files hold of them
    progress : called with the name of a step, how much of it is done, and of how much
    spread : where the blocks of the scan are worked out (cluster.dask_cluster); the answer does not depend on it

    Raises
    ------
    errors.Refused, statistics.refusals.StatisticRefused
        One sentence each: what cannot be used or judged, and why.
    """
    parameters = parameters or Parameters()
    if out is not None:
        assert_replaceable(out)
    progress("extract", 0, 1)
    with ThreadPoolExecutor(1) as other:
        reading = other.submit(read_extract, extract)
        people = read_population(
            population, mapping=population_mapping, progress=lambda done, of: progress("population", done, of)
        )
        log = reading.result()
    if door_counts is not None:
        log = replace(log, door_counts=read_door_counts(door_counts, set(log.facilities["facility_id"])))
    progress("extract", 1, 1)
    own = read_units(population_units) if population_units is not None else None
    places = read_units(units, code_column=units_code, crs=units_crs)
    study = make_study(log, people, places, parameters, progress, own, created)
    verdict = judge(study.kept(), study.exposure, study.units, parameters, progress, spread)
    repeat = _repeated_without_hospitals(study, verdict, parameters, progress, spread)
    masked = None
    if study.at_most is not None:
        masked = _repeated_with_masked(study, verdict, parameters, progress, spread)
    progress("emerging", 0, 1)
    emerging = emerging_table(study, verdict, parameters)
    visitors = study.visitor_coverage(parameters.seed)
    blind = blind_spots(study, visitors)
    progress("emerging", 1, 1)
    summary = summarise(study, verdict, parameters, created, repeat, masked)
    summary |= footfall_summary(study, blind, emerging)
    findings = Findings(study, verdict, visitors, blind, emerging, summary)
    if out is not None:
        write_results(out, findings, progress)
    return findings


def _repeated_with_masked(study: Study, verdict, parameters, progress, spread) -> dict[str, object]:
    """Return what the scan finds when masked unit-hours hold as many people as they can."""
    scan = scan_persons(
        study.kept(),
        study.at_most,
        centres(study.units),
        parameters,
        lambda step, done, of: progress("masked", done, of),
        spread,
        only_hot=True,
    )
    return masked_summary(study, scan, hot_units(scan, parameters.alpha), verdict)


def _repeated_without_hospitals(study, verdict, parameters, progress, spread) -> dict[str, object] | None:
    """Return what the scan finds without hospital visits; None where there is nothing to repeat."""
    visits = study.kept()
    others = visits[visits["category"] != REPEATED_WITHOUT]
    if study.profile != ROUTES or len(others) == len(visits) or others.empty:
        return None
    scan = scan_persons(
        others,
        study.exposure,
        centres(study.units),
        parameters,
        lambda step, done, of: progress("repeat", done, of),
        spread,
        only_hot=True,
    )
    return repeat_summary(REPEATED_WITHOUT, scan, hot_units(scan, parameters.alpha), verdict)
