"""Facilities of the demo city: public pilot sites from public facts, and simulated ones around them.

Public facts name 25 of the 45 public pilot sites (data/public_sites.csv; where only the dong is known the
coordinate is a dong point and says so). The other public sites and all private ones are invented by category
(data/site_kinds.csv), carry "모의" in their name and ``coord_quality="simulated"``.
"""

from dataclasses import dataclass

import numpy as np

from entry_service.core.categories import CATEGORIES
from entry_service.core.model import Facility

from . import geometry
from .cells import CELL, Cells
from .facts import rows

PRIVATE_FROM_START = 0.72  # share of private sites that log from the first day; the others join during the period
FULL_VISITS_SIGMA = 0.6  # log spread of how busy sites of one category are
COVERAGE_CONCENTRATION = 3.0  # Beta(a + b): small = very unequal discipline between sites
COVERAGE_DONG_SIGMA = 0.35  # log spread of discipline between dongs
CALLED = 8  # named public sites with a telephone number at the door
SQUARE_METRES_A_PERSON = 4  # capacity rule of 2020: one person per 4 m²
SQUARE_METRES_A_SEAT = {"religious": 2.0, "cinema": 1.8, "pc_room": 3.0, "study_room": 2.5}  # assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Facilities with what only the simulation knows, as parallel arrays of length n."""

    facilities: tuple[Facility, ...]
    cell: np.ndarray  # index into Cells
    weight: np.ndarray  # visits per person present and hour, relative
    coverage: np.ndarray  # share of real visitors whose entry is logged, 0–1
    dwell: np.ndarray  # mean minutes
    active_from: np.ndarray  # day of the period on which the site begins to log
    has_device: np.ndarray  # staff scan passes; otherwise only a poster


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    facility: Facility
    kind: dict[str, str]
    public: bool


def make_sites(cells: Cells, seed: int, scale: float) -> Sites:
    """Return the facilities: all facts first, then simulated ones, ``scale`` times as many as a whole city has."""
    rng = np.random.default_rng([seed, 3])
    kinds = {row["category"]: row for row in rows("site_kinds.csv")}
    made = [*_named_public_sites(rng, kinds, scale), *_simulated_sites(rng, cells, kinds, scale)]
    east, north = geometry.to_metres(*(np.array([getattr(s.facility, k) for s in made]) for k in ("lon", "lat")))
    gap = np.hypot(
        east[:, None] - (cells.east + CELL / 2), north[:, None] - (cells.north + CELL / 2)
    )  # metres to every cell centre; the nearest is the site's own, also at the city limit
    cell = gap.argmin(axis=1)
    public = np.array([site.public for site in made])
    joins = rng.integers(3, 15, len(made))
    return Sites(
        facilities=tuple(site.facility for site in made),
        cell=cell,
        weight=np.array([float(site.kind["visits_weight"]) for site in made])
        * rng.lognormal(0, FULL_VISITS_SIGMA, len(made)),
        coverage=_coverage(rng, cells, cell, made),
        dwell=np.array([CATEGORIES[site.facility.category].dwell_minutes for site in made], dtype=float),
        active_from=np.where(public | (rng.random(len(made)) < PRIVATE_FROM_START), 0, joins),
        has_device=public | (rng.random(len(made)) < 0.62),
    )


def _named_public_sites(rng: np.random.Generator, kinds: dict, scale: float) -> list[_Site]:
    listed = rows("public_sites.csv")
    fallback = {"community_center": "public_office", "performance": "culture"}
    sites = []
    for number, row in enumerate(listed[: max(3, round(len(listed) * min(1.0, scale * 2)))], 1):
        kind = kinds[fallback.get(row["category"], row["category"])]
        area = float(row["area_m2"]) if row["area_m2"] else None
        seats = int(row["seats"]) if row["seats"] else None
        facility = Facility(
            facility_id=row["facility_id"],
            name=row["name"],
            category=row["category"],
            address=row["address"],
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            coord_quality=row["coord_quality"],
            area_m2=area,
            capacity=seats or (int(area / SQUARE_METRES_A_PERSON) if area else None),
            seats=seats,
            risk_score=int(rng.integers(2, 7)),
            stage=1,
            opens=int(kind["opens"]),
            closes=int(kind["closes"]),
            call_number=f"080039{number:04}" if number <= CALLED else None,
        )
        sites.append(_Site(facility=facility, kind=kind, public=True))
    return sites


def _simulated_sites(rng: np.random.Generator, cells: Cells, kinds: dict, scale: float) -> list[_Site]:
    sites = []
    for kind in kinds.values():
        for public, column in ((True, "public_count"), (False, "private_count")):
            whole = int(kind[column])
            count = max(1, round(whole * scale)) if whole else 0
            for cell in _draw_cells(rng, cells, kind, count):
                number = len(sites) + 1
                facility = _simulated_facility(rng, cells, int(cell), kind, number, public=public)
                sites.append(_Site(facility=facility, kind=kind, public=public))
    return sites


def _draw_cells(rng: np.random.Generator, cells: Cells, kind: dict, count: int) -> np.ndarray:
    pull = sum(
        float(kind[use]) * getattr(cells, use) / getattr(cells, use).sum()
        for use in ("residents", "jobs", "leisure", "transit")
    )
    return rng.choice(len(pull), size=count, p=pull / pull.sum())


def _simulated_facility(
    rng: np.random.Generator, cells: Cells, cell: int, kind: dict, number: int, *, public: bool
) -> Facility:
    east, north = cells.east[cell] + rng.uniform(0, CELL), cells.north[cell] + rng.uniform(0, CELL)
    lon, lat = (float(value) for value in geometry.to_degrees(east, north))
    if geometry.legal_dong_of(np.array([lon]), np.array([lat]))[0] < 0:  # a cell at the limit reaches beyond it
        lon, lat = float(cells.lon[cell]), float(cells.lat[cell])
    area = float(round(rng.uniform(float(kind["area_low"]), float(kind["area_high"]))))
    dong = cells.dong_names[cells.dong[cell]]
    return Facility(
        facility_id=f"{'GS' if public else 'PV'}-{number:04d}",
        name=f"{kind['name_ko']} {number:04d}호",
        category=kind["category"],
        address=f"경기도 군포시 {dong} (모의 주소)",
        lon=round(lon, 6),
        lat=round(lat, 6),
        coord_quality="simulated",
        area_m2=area,
        capacity=max(2, int(area / SQUARE_METRES_A_PERSON)),
        seats=int(area / a_seat) if (a_seat := SQUARE_METRES_A_SEAT.get(kind["category"])) else None,
        risk_score=int(rng.integers(int(kind["risk_low"]), int(kind["risk_high"]) + 1)),
        stage=1 if public else 2 + int(rng.random() < 0.35),
        sensitive=kind["sensitive"] == "true",
        opens=int(kind["opens"]),
        closes=int(kind["closes"]),
    )


def _coverage(rng: np.random.Generator, cells: Cells, cell: np.ndarray, made: list[_Site]) -> np.ndarray:
    by_dong = rng.lognormal(0, COVERAGE_DONG_SIGMA, len(cells.dong_codes))
    mean = np.array([float(site.kind["coverage"]) for site in made]) * by_dong[cells.dong[cell]]
    mean = np.clip(mean, 0.03, 0.92)
    return rng.beta(mean * COVERAGE_CONCENTRATION, (1 - mean) * COVERAGE_CONCENTRATION)
