"""summary.json: what went in, what was left out and why, what came out, what to know before acting."""

from datetime import datetime

import numpy as np
import pandas as pd

from .coverage import MASKED, WORDS, Exposure
from .footfall import NO_LOG, open_hours
from .limits import warnings
from .parameters import Parameters
from .statistics.persons.person_scan import PersonScan
from .study import ROUTES, Study
from .tables import by_date, time_text
from .verdict import HOT, NO_DATA, NOT_SIGNIFICANT, Verdict
from .version import code_version


def summarise(
    study: Study,
    verdict: Verdict,
    parameters: Parameters,
    created: datetime,
    repeat: dict[str, object] | None,
    masked: dict[str, object] | None = None,
) -> dict[str, object]:
    """Return the summary of a run as JSON can hold it (keys: docs/analytics.md)."""
    summary = {
        "as_of": time_text(study.as_of),
        "created": time_text(created),
        "seed": parameters.seed,
        "code_version": code_version(),
        "profile": study.profile,
        "period": {
            "first_day": study.days[0].isoformat(),
            "last_day": study.days[-1].isoformat(),
            "until": None if study.until is None else time_text(study.until),
        },
        "parameters": parameters.as_dict(),
        "rows": _rows(study, verdict),
        "facilities": _facilities(study, parameters),
        "population": _population(study),
        "units": _units(verdict),
        "coverage": _coverage(study),
        "findings": _findings(study, verdict, parameters),
        "repeat": repeat,
        "masked": masked,
    }
    return summary | {"warnings": warnings(summary)}


def footfall_summary(study: Study, blind: pd.DataFrame, emerging: pd.DataFrame) -> dict[str, object]:
    """Return how many blind spots and emerging hot spots there are, and why there are none."""
    open_ = int(open_hours(study).sum()) if study.log is not None else 0
    return {
        "blind_spots": {
            "listed": len(blind),
            "unseen_person_hours": round(float(blind["unseen_person_hours"].sum()), 1),
            "hours": open_,
            "reason": NO_LOG if study.log is None else "",
        },
        "emerging": {"categories": _counts(emerging["category"]), "not_judged": _counts(emerging["reason"])},
    }


def masked_summary(study: Study, scan: PersonScan, hot: list[str], verdict: Verdict) -> dict[str, object]:
    """Return what rests on masked figures: the scan with each of them at its upper bound, and how it differs."""
    return {
        "unit_hours": int(study.exposure.lacks(MASKED).sum()),
        "visits": int((scan.reasons == "").sum()),
        "hot": hot,
        **_changes(hot, verdict),
    }


def _changes(hot: list[str], verdict: Verdict) -> dict[str, list[str]]:
    before = _hot(verdict)
    return {
        "no_longer_hot": sorted(set(before) - set(hot)),
        "newly_hot": sorted(set(hot) - set(before)),
    }


def repeat_summary(without: str, scan: PersonScan, hot: list[str], verdict: Verdict) -> dict[str, object]:
    """Return what a repeated run without a category found, and how it differs."""
    return {
        "without": without,
        "visits": int((scan.reasons == "").sum()),
        "hot": hot,
        **_changes(hot, verdict),
        "clusters": [
            {
                "members": list(row.members),
                "start": row.start.isoformat(),
                "end": row.end.isoformat(),
                "visits": int(row.visits),
                "distinct_persons": int(row.distinct_persons),
                "expected": float(f"{row.expected:.6g}"),
                "p": float(row.p),
            }
            for row in scan.clusters.head(10).itertuples()
        ],
    }


def _counts(values: pd.Series) -> dict[str, int]:
    told = values[values != ""].value_counts()
    return {str(reason): int(told[reason]) for reason in sorted(told.index)}


def _rows(study: Study, verdict: Verdict) -> dict[str, object]:
    reasons = study.visits["reason"].copy()
    reasons.update(verdict.reasons)
    judged = verdict.visits
    return {
        "of": "index_visits",
        "read": len(reasons),
        "kept": int((reasons == "").sum()),
        "rejected": _counts(reasons),
        "persons": int(judged["person"].nunique()),
        "known_only_by_date": int(by_date(judged).sum()),
    }


def _facilities(study: Study, parameters: Parameters) -> dict[str, object]:
    table = study.facilities
    known = set(table["category"])
    return {
        "read": len(table),
        "kept": int((table["reason"] == "").sum()),
        "rejected": _counts(table["reason"]),
        "sensitive": int(table["sensitive"].sum()),
        "excluded_unknown": [name for name in parameters.exclude_categories if name not in known],
    }


def _population(study: Study) -> dict[str, object]:
    join, population = study.join, study.population
    return {
        "unit_kind": population.unit_kind,
        "sources": [source.as_dict() for source in population.sources],
        "joined": join.joined,
        "lost": list(join.lost),
        "without_population": list(join.without_population),
        "renamed": join.renamed,
        "merged": join.merged,
        "codes": {side: coding.as_dict() for side, coding in join.coding.items()},
        "interpolated": join.interpolated(),
        "days": study.stand_ins.as_dict(),
    }


def _units(verdict: Verdict) -> dict[str, object]:
    status = verdict.units["status"]
    counts = {word: int((status == word).sum()) for word in (HOT, NOT_SIGNIFICANT, NO_DATA)}
    return {"total": len(status)} | counts | {"no_data": _counts(verdict.units["reason"][status == NO_DATA])}


def _hours_missing(exposure: Exposure) -> dict[str, int]:
    counts = {word: int(exposure.lacks(word).sum()) for word in sorted(WORDS) if word}
    return {word: count for word, count in counts.items() if count}


def _coverage(study: Study) -> dict[str, object]:
    exposure = study.exposure
    known = exposure.lacks("")
    people, seen = float(exposure.population[known].sum()), float(np.nansum(exposure.observable))
    return {
        "assumed": study.profile == ROUTES,
        "population_person_hours": round(people, 1),
        "observable_person_hours": round(seen, 1),
        "coverage": float(f"{seen / people:.6g}"),
        "door_counts": study.counts.as_dict() if study.counts is not None else None,
        "unit_hours": int(known.size),
        "unit_hours_missing": _hours_missing(exposure),
    }


def _hot(verdict: Verdict) -> list[str]:
    return sorted(verdict.units.index[verdict.units["status"] == HOT])


def _findings(study: Study, verdict: Verdict, parameters: Parameters) -> dict[str, object]:
    clusters, units = verdict.clusters, verdict.units
    second = sorted(units.index[(units["q"] <= parameters.alpha).to_numpy(dtype=bool, na_value=False)])
    significant = clusters["p"] <= parameters.alpha
    return {
        "hot": _hot(verdict),
        "gi_star": second,
        "person_clusters": int((significant & (clusters["kind"] == "person")).sum()),
        "visit_clusters": int((significant & (clusters["kind"] == "visit")).sum()),
    }
