"""The facilities that the map may draw, with their risk in a run. A sensitive one is never among them."""

import csv
import io
from collections.abc import Iterable, Mapping, Set

from entry_service.core.categories import CATEGORIES
from entry_service.core.model import Facility

from .result_folders import ResultFolder
from .run_visits import Visited

RISK = ("relative_hazard", "infectious_person_hours")


def facilities_of(
    run: ResultFolder, known: Iterable[Facility], seen: Mapping[str, Visited], *, english: bool
) -> list[dict]:
    """Return what the map tells of each facility, those with a rank in the run first.

    ``seen``: the visits of cases by ``facility_id``. How many is told of a facility that the run lists, unless the
    run lists one of its unit that became sensitive since; of others only when (run_visits.py says why).

    The risk is what facility_risk.csv says of the same ``facility_id``; a run of another city has none. Where no
    case was, the file has the rank after all others, the same for a whole city: that is no rank to be told.
    """
    risks, register = _risks(run), list(known)
    hidden = [risks[one.facility_id] for one in register if one.sensitive and one.facility_id in risks]
    beside = {row["unit_code"] for row in hidden} - {""}
    told = [
        _told(facility, risks.get(facility.facility_id, {}), seen.get(facility.facility_id), beside, english)
        for facility in register
        if not facility.sensitive
    ]
    return sorted(told, key=lambda one: (one["rank"] is None, one["rank"] or 0, one["facility_id"]))


def _told(
    facility: Facility, risk: dict[str, str], cases: Visited | None, beside: Set[str], english: bool
) -> dict:
    category = CATEGORIES.get(facility.category, CATEGORIES["other"])
    counts = bool(risk) and risk["unit_code"] not in beside
    figures = {name: float(risk[name]) if risk.get(name) else None for name in RISK}
    return {
        "facility_id": facility.facility_id,
        "name": facility.name,
        "category": category.english if english else category.korean,
        "address": facility.address,
        "lon": round(facility.lon, 6),
        "lat": round(facility.lat, 6),
        "approximate": facility.coord_quality == "dong_point",  # the middle of its dong, not where it stands
        "opens": facility.opens,
        "closes": facility.closes,
        "unit_code": risk.get("unit_code", ""),
        "rank": int(float(risk["rank"])) if risk.get("rank") and figures["relative_hazard"] != 0 else None,
        "cases": cases.told(counts=counts) if cases else None,
        **figures,
    }


def _risks(run: ResultFolder) -> dict[str, dict[str, str]]:
    file = run.path / "facility_risk.csv"
    if not file.is_file():
        return {}
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    return {row["facility_id"]: row for row in rows}
