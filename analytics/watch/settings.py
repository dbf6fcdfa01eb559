"""What a watcher is told once: where things lie, which units, and how long it waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The folders and rules of one watcher.

    Attributes
    ----------
    inbox, results, extracts, plans, store : folders
        Where files come in; result folders with request, progress, lock and pointer; extracts of the log; plans;
        accepted population files.
    population : files of population that are there from the beginning, beside the store
    units, units_code, units_crs, population_units, population_mapping
        As of `hotspots`.
    reports, public, dongs : where the reports of each run go, and what the public may know; None: not made. The
        boundaries of the dongs that both tell of, None where the units are dongs.
    streets, opening_hours : street lines and opening hours that plans go by, where there are any.
    parameters : what every run is asked for unless its request says otherwise, by names of parameters.Parameters
    keep : result folders that stay, beside those that a plan or report that stays tells of (keeping.py)
    days : population of the newest so many days stays
    poll_s, settle_s, patience_s : float
        Seconds between looks; for which a file must not have changed; and for which one that looks cut off must
        not have, before it is believed to be.
    """

    inbox: Path
    results: Path
    extracts: Path
    plans: Path
    store: Path
    units: Path
    population: tuple[Path, ...] = ()
    reports: Path | None = None
    public: Path | None = None
    dongs: Path | None = None
    streets: Path | None = None
    opening_hours: Path | None = None
    units_code: str | None = None
    units_crs: str | None = None
    population_units: Path | None = None
    population_mapping: Path | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    keep: int = 24
    days: int = 56
    poll_s: float = 1.0
    settle_s: float = 2.0
    patience_s: float = 60.0
