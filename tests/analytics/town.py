"""A small town for the pipeline's tests: 36 dongs of 500 m, its population file, its boundaries, its extract.

Coverage differs between units and over time, crowds differ, facilities open, close, join and fall silent; where
cases go follows from the log alone (equal risk), unless a test plants something.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analytics.contract import write_extract
from analytics.coverage import MASKED, WORDS

SIDE, STEP = 6, 500.0
WEST, SOUTH = 949_000.0, 1_928_000.0  # EPSG:5179, in Gunpo
FIRST = pd.Timestamp("2020-08-03", tz="Asia/Seoul")  # a Monday
CODES = pd.Index([f"41410{number:03d}" for number in range(100, 100 + SIDE * SIDE)], name="unit_code")
NOW = datetime(2020, 9, 1, 3, tzinfo=UTC)


def squares(codes=CODES) -> gpd.GeoDataFrame:
    """Return the boundaries in EPSG:5179."""
    number = np.arange(len(codes))
    x, y = WEST + STEP * (number % SIDE), SOUTH + STEP * (number // SIDE)
    names = [f"모의 {n + 1}동" for n in number]
    return gpd.GeoDataFrame(
        {"name": names}, geometry=shapely.box(x, y, x + STEP, y + STEP), crs="EPSG:5179", index=pd.Index(codes)
    )


@dataclass
class Town:
    """Arrays units × hours and facilities × hours; `visits` are the logged ones as (facility, hour) rows."""

    days: int
    people: np.ndarray
    unit: np.ndarray  # of each facility
    category: np.ndarray
    intensity: np.ndarray  # logged entries expected, facilities × hours
    active: np.ndarray
    rng: np.random.Generator
    entries: np.ndarray = field(init=False)
    logged: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.draw_log()

    def draw_log(self) -> None:
        """Draw the log anew."""
        self.entries = self.rng.poisson(self.intensity)
        place = np.nonzero(self.entries)
        self.logged = np.repeat(np.column_stack(place), self.entries[place], axis=0)

    @property
    def hours(self) -> pd.DatetimeIndex:
        return pd.date_range(FIRST, periods=24 * self.days, freq="h", unit="us")

    def visit(self, person: int, facility: int, hour: int) -> dict:
        """Return an index visit of one hour."""
        start = FIRST + pd.Timedelta(hours=int(hour))
        known = start.normalize() + pd.Timedelta(days=3)
        return {
            "ordinal": person,
            "facility_id": f"f{facility:03d}",
            "start": start,
            "end": start + pd.Timedelta(hours=1),
            "known_at": known,
        }

    def cases(self, persons: int, first: int = 0) -> list[dict]:
        """Return visits of persons whose places are drawn from the log: equal risk for equal exposure."""
        rows = []
        for person in range(first, first + persons):
            for facility, hour in self.logged[self.rng.integers(len(self.logged), size=1 + self.rng.poisson(0.8))]:
                rows.append(self.visit(person, facility, hour))
        return rows

    def log(self) -> pd.DataFrame:
        """Return the log as observable_person_hours takes it."""
        count = len(self.unit)
        return pd.DataFrame(
            {
                "facility_id": np.repeat([f"f{n:03d}" for n in range(count)], len(self.hours)),
                "unit_code": np.repeat(CODES[self.unit], len(self.hours)),
                "category": np.repeat(self.category, len(self.hours)),
                "hour": np.tile(self.hours, count),
                "entries": np.where(self.active, self.entries, np.nan).ravel(),
                "person_minutes": np.where(self.active, self.entries * 60.0, np.nan).ravel(),
                "missing": np.where(self.active, "", "closed").ravel(),
            }
        )

    def population(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return people present and why a figure is missing."""
        people = pd.DataFrame(self.people, index=CODES, columns=self.hours)
        return people, people.isna() * np.uint8(WORDS.index(MASKED))

    def write(
        self,
        folder: Path,
        visits: list[dict],
        *,
        profile: str = "log",
        over: int | None = None,
        come: int | None = None,
    ) -> dict[str, object]:
        """Write extract, population file and boundaries; return them as arguments of find_hotspots.

        `over`: hours since the first that the log has; `come`: of which there is population; None: all.
        """
        folder.mkdir(parents=True, exist_ok=True)
        return {
            "extract": self._extract(folder / "extract", visits, profile, over),
            "population": [self.write_population(folder / "population.csv", come)],
            "units": self.write_boundaries(folder / "units.geojson"),
        }

    def _extract(self, folder: Path, visits: list[dict], profile: str, over: int | None = None) -> Path:
        middle = squares().geometry.iloc[self.unit].centroid.to_crs("EPSG:4326")
        facilities = pd.DataFrame(
            {
                "facility_id": [f"f{number:03d}" for number in range(len(self.unit))],
                "category": self.category,
                "lon": middle.x.to_numpy(),
                "lat": middle.y.to_numpy(),
                "area_m2": np.nan,
                "capacity": pd.NA,
                "risk_score": pd.NA,
                "stage": pd.NA,
                "sensitive": np.arange(len(self.unit)) % 5 == 0,
            }
        )
        table = pd.DataFrame(visits, columns=["ordinal", "facility_id", "start", "end", "known_at"])
        hours = self.log().drop(columns=["unit_code", "category"])
        none = pd.Series(0, index=hours.index)
        hours = hours.assign(
            entries=hours["entries"].astype("Int64"),
            index_visits=none,
            index_persons=none,
            exposed=none.astype("Int64").where(hours["missing"] == ""),
        )
        end = FIRST + pd.Timedelta(hours=24 * self.days if over is None else over)
        as_of = FIRST + pd.Timedelta(days=self.days + 3) if over is None else end + pd.Timedelta(minutes=5)
        table["known_at"] = table["known_at"].clip(upper=as_of)
        hours = hours[hours["hour"] < end]
        return write_extract(
            folder,
            facilities=facilities,
            facility_hours=hours if profile == "log" else None,
            index_visits=table,
            profile=profile,
            as_of=as_of,
            start=FIRST,
            end=end,
            created=NOW,
            code_version="0.1.0",
        )

    def write_population(self, path: Path, come: int | None = None) -> Path:
        unit, hour = np.indices(self.people.shape).reshape(2, -1)
        lines = ['"기준일ID","시간대구분","행정동코드","총생활인구수"']
        days = [f"{day:%Y%m%d}" for day in self.hours[::24]]
        for u, h in zip(unit, hour, strict=True):
            if come is not None and h >= come:
                continue
            value = self.people[u, h]
            text = "*" if np.isnan(value) else f"{value:.4f}"
            lines.append(f'"{days[h // 24]}","{h % 24:02d}","{CODES[u]}","{text}"')
        path.write_text("\r\n".join(lines) + "\r\n", encoding="cp949")
        return path

    def write_boundaries(self, path: Path) -> Path:
        collection = json.loads(squares().rename_axis("unit_code").reset_index().to_crs("EPSG:4326").to_json())
        path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
        return path


def make_town(seed: int, *, days: int = 10, volume: float = 1.0) -> Town:
    """Return a town whose population differs × 50 and whose coverage differs × 20 between units and over time."""
    rng = np.random.default_rng(seed)
    hours = 24 * days
    clock, day = np.arange(hours) % 24, np.arange(hours) // 24
    phase = rng.uniform(0, 24, (len(CODES), 1))
    crowd = np.exp(rng.uniform(np.log(20), np.log(1_000), (len(CODES), 1)))
    people = crowd * (1 + 0.6 * np.sin((clock - phase) / 12 * np.pi))
    unit = np.sort(rng.choice(len(CODES), size=int(1.6 * len(CODES))))
    unit = unit[unit != len(CODES) - 1]  # the last dong has no facility
    rows, active = [], []
    for place in unit:
        steps = np.exp(rng.uniform(0, np.log(20), 3)) / 20**0.5  # × 20 over time, in steps
        level = steps[np.searchsorted(np.sort(rng.integers(0, days, 2)), day, side="right")]
        coverage = 0.004 * np.exp(rng.uniform(0, np.log(20)))
        opens = int(rng.integers(6, 12))
        logs = (clock >= opens) & (clock < opens + rng.integers(6, 14))
        logs &= day >= (rng.integers(0, days - 2) if rng.random() < 0.3 else 0)
        logs &= ~np.repeat(rng.random(days) < 0.05, 24)  # outages
        rhythm = np.exp(rng.normal(0, 0.7, 24))[clock]
        rows.append(volume * people[place] * coverage * level * rhythm * logs)
        active.append(logs)
    return Town(
        days=days,
        people=people,
        unit=unit,
        category=np.array([f"kind{number % 3}" for number in range(len(unit))]),
        intensity=np.array(rows),
        active=np.array(active),
        rng=rng,
    )
