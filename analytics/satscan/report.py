"""The answer of a run: JSON without NaN or infinity, and a table for the terminal."""

import json
import math
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from rich.table import Table
from rich.text import Text

from ..refusals import OutputRefused
from .asked import Asked
from .periods import DAY
from .problem import Problem

SHOWN_CLUSTERS, SHOWN_MEMBERS = 20, 12


@dataclass(frozen=True)
class Report:
    """`content` is what the JSON file holds (docs/scanning.md describes it)."""

    content: dict

    def write(self, path: Path) -> None:
        """Write strict JSON, UTF-8; the same run writes the same bytes."""
        text = json.dumps(self.content, ensure_ascii=False, allow_nan=False, indent=1)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise OutputRefused(f"{path} cannot be written ({error.strerror or error})") from error

    def table(self) -> Table:
        """Return the most likely clusters as a table, one row each."""
        unit = " km" if self.content["parameters"]["coordinates_type"] == "latlon" else ""
        timed = self.content["parameters"]["analysis"] != "spatial"
        prospective = self.content["parameters"]["analysis"] == "prospective"
        names = [
            "",
            "centre",
            f"radius{unit}",
            *(["first day", "last day"] if timed else []),
            "observed",
            "expected",
        ]
        names += ["relative risk", "LLR", "p", *(["recurrence, days"] if prospective else []), "places"]
        table = Table()
        for name in names:
            text = name in ("centre", "places", "first day", "last day")
            table.add_column(name, justify="left" if text else "right", overflow="fold")
        for cluster in self.content["clusters"][:SHOWN_CLUSTERS]:
            cells = [str(cluster["rank"]), cluster["centre"], _told(cluster["radius"], 2)]
            cells += [cluster["start"], cluster["end"]] if timed else []
            cells += [str(cluster["observed"]), _told(cluster["expected"], 2), _told(cluster["relative_risk"], 2)]
            cells += [_told(cluster["llr"], 6), _told(cluster["p_value"], 5)]
            cells += [_told(cluster["recurrence_interval"], 0)] if prospective else []
            table.add_row(*(Text(cell) for cell in [*cells, _members(cluster["members"])]))  # an id is no markup
        return table

    def summary(self) -> list[str]:
        """Return what was scanned, and the notes, one sentence a line."""
        told, period = self.content, self.content["period"]
        when = f", {period['start']} to {period['end']}" if period else ""
        drawn = f"; {told['replicates']} draws of the null" if told["replicates"] is not None else ""
        first = f"{told['cases']} cases in {told['places']} places{when}{drawn}, seed {told['seed']}"
        weaker = len(told["clusters"]) - SHOWN_CLUSTERS
        more = [f"{weaker} less likely clusters are not shown (--json has them)"] if weaker > 0 else []
        if not told["clusters"]:
            more = ["no window holds more cases than expected, and at least 2"]
        return [first, *more, *(f"note: {note}" for note in told["notes"])]


def report(asked: Asked, problem: Problem, clusters: pd.DataFrame, version: str) -> Report:
    """Return the report of a run from what the scan found (statistics.scan.scan)."""
    period = problem.period
    content = {
        "clusters": [
            _cluster(rank, row, asked, problem) for rank, row in enumerate(clusters.itertuples(), start=1)
        ],
        "cases": int(problem.cases.to_numpy().sum()),
        "places": len(problem.cases),
        "period": None
        if period is None
        else {"start": str(period.start), "end": str(period.end), "intervals": len(period.starts)},
        "replicates": clusters.attrs.get("replicates") if asked.replicates else 0,
        "seed": asked.seed,
        "code_version": version,
        "parameters": {name: _plain(value) for name, value in asdict(asked).items()},
        "notes": list(problem.notes),
    }
    return Report(content)


def _cluster(rank: int, row, asked: Asked, problem: Problem) -> dict:
    known = problem.period is not None
    radius = float(row.radius) / (1_000 if asked.coordinates_type == "latlon" else 1)
    return {
        "rank": rank,
        "members": list(row.members),
        "centre": row.centre,
        "radius": radius,
        "start": str(row.start.date()) if known else None,
        "end": str(row.end.date() - DAY) if known else None,
        "observed": int(row.observed),
        "expected": float(row.expected),
        "relative_risk": _finite(row.relative_risk),
        "llr": float(row.llr),
        "p_value": _finite(row.p) if asked.replicates else None,
        "gumbel_p_value": _finite(row.p_gumbel) if asked.replicates else None,
        "recurrence_interval": _finite(row.recurrence_interval) if asked.replicates else None,
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _plain(value: object) -> object:
    """Return a parameter as JSON has it; of a file only the name, which is the same on every machine."""
    if isinstance(value, Path):
        return value.name
    return str(value) if isinstance(value, date) else value


def _told(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _members(members: list[str]) -> str:
    shown = " ".join(members[:SHOWN_MEMBERS])
    return shown if len(members) <= SHOWN_MEMBERS else f"{shown} … ({len(members)})"
