"""What the map's page says of a run before any script has run: age, counts, clusters, and where to begin."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from entry_service.core.times import KST, day_start

from .result_folders import ResultFolder, moment
from .run_addresses import version_of
from .run_layers import LAYERS, days_of, events, layers_of
from .run_tables import TABLES, has_table
from .run_units import index_of, units_of
from .run_visits import Visited

MOST_CLUSTERS, NEXT_CLUSTERS = 20, 2  # told beside the map: hot ones, and those that came next
MOST_PLACES = 3  # facilities named with a cluster
NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """The run in words and numbers.

    ``layers`` holds scale and bounds, ``absent`` the layers that the run lacks, ``compared`` for each day how many
    other days its usual figures rest on. ``going_on``: the last day where it is not over, and how many of its
    hours have come (``day``, ``hours``); ``until``: the end of the hours that the log has of it.
    """

    version: str
    as_of: datetime
    created: datetime | None
    days: tuple[date, ...]
    layers: dict[str, dict]
    absent: tuple[str, ...]
    holidays: dict[str, str]
    compared: dict[str, int]
    going_on: dict[str, object] | None
    until: datetime | None
    counts: Counter[str]

    @property
    def total(self) -> int:
        """Return the number of units."""
        return self.counts.total()


def page_facts(run: ResultFolder) -> PageFacts:
    """Return what the page says of the run as a whole."""
    layers, index = layers_of(run), index_of(run) or {}
    lacking = [name for name in LAYERS if name not in layers] + [
        name for name in TABLES if not has_table(run, name)
    ]
    return PageFacts(
        version=version_of(run),
        as_of=_time(run.as_of),
        created=_time(run.summary["created"]) if run.summary.get("created") else None,
        days=tuple(date.fromisoformat(day) for day in days_of(run)),
        layers=layers,
        absent=tuple(lacking),
        holidays=dict(index.get("holidays", {})),
        compared={day: len(usual["days"]) for day, usual in index.get("usual", {}).items()},
        going_on=index.get("going_on"),
        until=_time(period["until"]) if (period := run.summary.get("period") or {}).get("until") else None,
        counts=units_of(run).counts,
    )


def alert_days(facts: PageFacts, now: datetime) -> int:
    """Return how many days old the news of a run are; a run made today of an earlier period is old news too."""
    before = (facts.as_of.date() - facts.days[-1]).days - 1 if facts.days else 0
    return (now - facts.as_of).days + max(before, 0)


def first_hour(run: ResultFolder, facts: PageFacts) -> dict[str, object]:
    """Return the day and hour the map opens with: the newest hour of a day that goes on; where all days are over,
    the first day of the strongest cluster and its busiest hour.
    """
    known = [day.isoformat() for day in facts.days]
    if not known:
        return {"day": "", "hour": 0}
    if facts.going_on and facts.going_on["hours"]:
        return {"day": facts.going_on["day"], "hour": facts.going_on["hours"] - 1}
    starts = [row["start"] for row in run.clusters() if row["kind"] == "person" and row["start"] in known]
    day = starts[0] if starts else known[-1]
    visits: Counter[int] = Counter()
    if day in run.days():
        for _, hour, count in events(run, day)["index_visits"]:
            visits[hour] += count
    most = max(visits.values(), default=0)
    return {"day": day, "hour": min((hour for hour, count in visits.items() if count == most), default=NOON)}


def first_unit(run: ResultFolder, clusters: list[dict]) -> str:
    """Return the unit the map opens with: the centre of the strongest hot cluster, else of the next one."""
    units = units_of(run)
    centres = [told["centre"] for told in clusters]  # hot ones first
    return next((code for code in [*centres, *units.codes[:1]] if code in units.names), "")


def clusters_of(run: ResultFolder, sites: list[dict], seen: Mapping[str, Visited]) -> list[dict]:
    """Return the clusters of persons as the page tells them: the hot ones, and those that came next.

    ``sites``: the facilities that may be drawn (run_facilities.py); ``seen``: the visits of cases at facilities.
    """
    names = units_of(run).names
    visited = [site for site in sites if site["cases"] and site["cases"]["persons"] is not None]
    told = [
        _cluster(row, names, run.alpha) | {"places": _places(row, visited, seen)}
        for row in run.clusters()
        if row["kind"] == "person"
    ]
    hot, calm = ([one for one in told if one["hot"] is wanted] for wanted in (True, False))
    return hot[:MOST_CLUSTERS] + calm[:NEXT_CLUSTERS]


def _cluster(row: dict[str, str], names: dict[str, str], alpha: float) -> dict:
    """Return a row of clusters.csv as the page tells it: figures as numbers, the centre with its name."""
    whole = {name: int(float(row[name])) for name in ("rank", "visits", "distinct_persons") if row[name]}
    real = {name: float(row[name]) for name in ("radius_m", "expected", "p") if row[name]}
    last = datetime.fromisoformat(row["end"]).date() - timedelta(days=1) if row["end"] else None
    return {
        **whole,
        **real,
        "hot": real["p"] <= alpha,
        "centre": row["centre"],
        "name": names.get(row["centre"], row["centre"]),
        "size": len(row["members"].split()),
        "first": datetime.fromisoformat(row["start"]).date() if row["start"] else None,
        "last": last,
    }


def _places(row: dict[str, str], visited: list[dict], seen: Mapping[str, Visited]) -> list[dict]:
    """Return the facilities in the units and days of a cluster where most cases were: name and persons.

    ``visited``: the facilities of which counts may be told.
    """
    start, end = (day_start(date.fromisoformat(row[at])) if row[at] else None for at in ("start", "end"))
    members = set(row["members"].split())
    found = [
        {"name": site["name"], "persons": seen[site["facility_id"]].persons_during(start, end)}
        for site in visited
        if site["unit_code"] in members
    ]
    found.sort(key=lambda one: -one["persons"])
    return [one for one in found[:MOST_PLACES] if one["persons"]]


def _time(text: object) -> datetime:
    return datetime.fromtimestamp(moment(text), KST)
