"""`analytics hotspots --publish`: what everybody may know of a run, whatever came in.

1. Read the extract; forget a day that is not over, and sensitive facilities: the whole run never sees them.
2. Judge the units as every run does, on the days that are due; each dong gets one word.
3. Count entries and index visits by dong, day and category; withhold what tells of a few people.
4. Take over what is out already; audit what was written; register it; only then put it in place.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..contract import Extract, read_extract
from ..extract_reading import contract
from ..folders import take_back
from ..geography import read_units
from ..parameters import Parameters
from ..population import read_population
from ..refusals import InputRefused, OutputRefused, UnitsRefused
from ..statistics.persons.plan import Spread, spread_over_threads
from ..study import ROUTES, Study, make_study
from ..tables import KST, time_text
from ..version import code_version
from .counts import ENTRIES, LOWEST, MEASURES, Rules, tables_of_days, whole_days, without_sensitive
from .earlier import Publication, is_public, read_publication
from .folder import assert_replaceable, write_publication
from .hours import hours_of_days
from .judging import Words, words_to_tell
from .register import NAME, Register, alone_with, is_of, words_told
from .rows import rows_of_days
from .sentences import explain
from .told_days import OUT, kept_tables, told_in
from .unlogged import UNLOGGED, unlogged_hours

DONG = "dong"
Progress = Callable[[str, int, int], None]


def publish(
    extract: Path,
    population: Sequence[Path],
    units: Path,
    out: Path,
    *,
    created: datetime,
    parameters: Parameters | None = None,
    rules: Rules | None = None,
    dongs: Path | None = None,
    earlier: Sequence[Path] = (),
    register: Path | None = None,
    new_register: bool = False,
    units_code: str | None = None,
    units_crs: str | None = None,
    population_units: Path | None = None,
    population_mapping: Path | None = None,
    progress: Progress = lambda step, done, of: None,
    spread: Spread = spread_over_threads,
) -> dict[str, object]:
    """Write the public folder `out`; return what its public.json says.

    Parameters
    ----------
    extract, population, units, units_code, units_crs, population_units, population_mapping, spread
        As of hotspots.find_hotspots.
    dongs : vector file of the dongs; None: the units are dongs
    earlier : public folders that are still kept somewhere; `out` itself, if there, is always one of them
    register : folder of the register of everything that was ever published; None: `public-register` beside `out`
    new_register : the register that `out` stands in is lost; a new one begins with `earlier` and `out`
    created : aware, when the publication was made (nothing here reads the clock)

    Raises
    ------
    errors.Refused
        One sentence: what cannot be used, or (NotPublished) what would tell too much. Nothing is written then.
    """
    parameters, rules = parameters or Parameters(), rules or Rules()
    if rules.k < 2:
        raise InputRefused(f"must be at least 2, not {rules.k}", field="k")
    if rules.index_visits_after < rules.entries_after:
        raise InputRefused(
            f"must be at least the {rules.entries_after} days after which entries come out, "
            f"not {rules.index_visits_after}: index visits are withheld as what is told of entries needs it",
            field="index_visits_after",
        )
    assert_replaceable(out)
    places = read_units(units, code_column=units_code, crs=units_crs)
    with alone_with(register or out.absolute().parent / NAME) as known:
        take_back(out)  # else what is out already would not be known, and could be told in another way
        before = [read_publication(folder) for folder in (*earlier, *([out] if is_public(out) else []))]
        if not new_register:
            _assert_not_cut(known, before[len(earlier) :])
        _assert_first_of_the_day(known, before[len(earlier) :], created)
        progress("extract", 0, 1)
        log = without_sensitive(whole_days(read_extract(extract)))
        people = read_population(
            population, mapping=population_mapping, progress=lambda done, of: progress("population", done, of)
        )
        own = read_units(population_units) if population_units is not None else None
        progress("extract", 1, 1)
        study = make_study(log, people, places, parameters, progress, own)
        named = _dongs(study, dongs)
        late = [one for one in before if not known.holds(one.package)]
        told_before = [*known.lines, *({**one.told, **words_told(one.told)} for one in late)]
        words = words_to_tell(study, named, parameters, rules, told_before, progress, spread)
        tables = tables_of_days(study, named)
        out_already = [*known.told_days(study.days), *(day for one in before for day in one.told_days())]
        kept = kept_tables(out_already, study.days, rules, named.index)
        rows = rows_of_days(tables, study.days, _known(study), rules, kept, progress)
        hours = hours_of_days(unlogged_hours(study, named), study.days, named.index, _known(study), rules, kept)
        for one in late:
            known = known.append(
                one.told, one.package, one.told_days(), taken_over=True, new_register=new_register
            )
        told = _told(log, study, parameters, rules, created, words, rows, hours.rows, known)

        def registered(package: dict[str, object]) -> None:
            made = "", rules.k, frozenset(named.index.astype(str))
            new = [*told_in(rows, MEASURES, *made), *told_in(hours.rows, [UNLOGGED], *made)]
            known.append(told, package, new, new_register=new_register)

        write_publication(
            out, rows, hours, named[["geometry"]].join(words.dongs), told, tables, rules, kept, registered
        )
    return told


def _assert_not_cut(known: Register, before: Sequence[Publication]) -> None:
    """Refuse to publish over a publication that is not in the register: what else is out would not be known.

    The register may be shorter than it was, or be another one: a publication says its number, and the SHA-256 of
    the line before its own.
    """
    for one in before:
        number = int(one.told.get("number", 0))
        if number > len(known.lines):
            raise OutputRefused(
                f"{one.folder}: is publication {number} of a register, and {known.folder} has {len(known.lines)}; "
                "put the register back, or name it with --register"
            )
        line = known.lines[number - 1] if number else None
        if line and not (is_of(line, one.package) and line["before"] == one.told.get("before", line["before"])):
            raise OutputRefused(
                f"{one.folder}: is publication {number} of another register than {known.folder}; "
                "put its own back, or name it with --register"
            )


def _assert_first_of_the_day(known: Register, before: Sequence[Publication], created: datetime) -> None:
    """Refuse a second publication on one Korean day: what is told changes by whole days alone.

    A last line whose publication never took its place is not one that anybody saw as the newest.
    """
    shown = [one.package for one in before]
    lines = [*known.lines[:-1], *(line for line in known.lines[-1:] if any(is_of(line, one) for one in shown))]
    day = pd.Timestamp(created).tz_convert(KST).date()
    made = [pd.Timestamp(str(told["created"])) for told in (*lines, *(one.told for one in before))]
    if any(at.tz_convert(KST).date() == day for at in made):
        raise OutputRefused(
            f"{known.folder}: a publication was made on {day} already; the next is due a day later"
        )


def _known(study: Study) -> date:
    """Return the day that has begun when the data were known: days before it are over."""
    return pd.Timestamp(study.as_of).tz_convert(KST).date()


def _dongs(study: Study, path: Path | None) -> gpd.GeoDataFrame:
    if path is not None:
        return read_units(path).rename_axis("dong_code")
    if study.population.unit_kind != DONG:
        raise UnitsRefused(
            f"the units are of kind '{study.population.unit_kind or 'area'}'; the public is told by dong: "
            "name their boundaries with --dongs"
        )
    return study.units.rename_axis("dong_code")


def _told(
    log: Extract,
    study: Study,
    parameters: Parameters,
    rules: Rules,
    created: datetime,
    words: Words,
    rows: pd.DataFrame,
    hours: pd.DataFrame,
    known: Register,
) -> dict[str, object]:
    measures = [name for name in MEASURES if name != ENTRIES or study.profile != ROUTES]
    return {
        "name": "public",
        "number": known.next_number,
        "before": known.last,
        "schema_version": contract("public")["schema_version"],
        "as_of": time_text(study.as_of),
        "created": time_text(created),
        "seed": parameters.seed,
        "code_version": code_version(),
        "profile": log.profile,
        "period": {"first_day": study.days[0].isoformat(), "last_day": study.days[-1].isoformat()},
        "parameters": parameters.as_dict(),
        "k": rules.k,
        "days_after": {"entries": rules.entries_after, "index_visits": rules.index_visits_after},
        "protected": {name: {"from": LOWEST[name], "to": rules.k - 1} for name in measures},
        "cells": {name: _statuses(rows[f"{name}_status"]) for name in measures},
        "days": {
            name: sorted({day.isoformat() for day in table.loc[table[f"{name}_status"].isin(OUT), "day"]})
            for name, table in (*((name, rows) for name in measures), (UNLOGGED, hours))
        },
        "categories": sorted(set(rows["category"]) - {"all"}),
        "judged": words.judged,
        "dongs": words.dongs.reset_index().to_dict("records"),
        "rules": explain(rules, measures),
    }


def _statuses(status: pd.Series) -> dict[str, int]:
    counts = status.value_counts()
    return {str(word): int(counts[word]) for word in sorted(counts.index)}
