"""Turns a published patient-route list into an extract (profile ``routes``), every rule with its count of rows.

Input is a folder with ``PatientInfo.csv`` (`patient_id`, `confirmed_date`, …) and ``PatientRoute.csv``
(`patient_id`, `date`, `province`, `type`, `latitude`, `longitude`, …). Dates have no hours, so a visit is the
whole day in Korea. It became known on the day its patient was confirmed: `known_at` is the start of that day,
because the list gives no hour and a replay as of a day includes what was known on it. No patient identifier is
written.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from .contract import write_extract
from .refusals import RoutesRefused
from .route_files import PATIENTS, ROUTES, read_patients, read_routes
from .tables import KST

DECIMALS = 5
"""Of a degree, about one metre: the same place published twice is one facility."""
KOREA = {"latitude": (33.0, 39.0), "longitude": (124.0, 132.0)}
HOSPITAL = "hospital"
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class RouteVisits:
    """The visits of a route list and where its other rows went.

    `visits`: `ordinal` of the person, `facility_id`, `category`, `lat`, `lon`, `start`, `end` (the whole day in
    Korea), `known_at`; `rules`: {`rule`, `rows`} in the order applied; `last_known`: the last day of the list, or
    of what was asked for; `files`: name → hash.
    """

    visits: pd.DataFrame
    rows_read: int
    rules: list[dict]
    last_known: pd.Timestamp
    files: dict[str, str]


def import_routes(
    folder: Path | str,
    out: Path | str,
    *,
    known_by: date | None = None,
    province: str | None = None,
    created: datetime,
    code_version: str,
    seed: int | None = None,
) -> dict:
    """Write the extract of a route list to ``out`` and return its summary (in datapackage.json as ``import``).

    Parameters
    ----------
    known_by
        Only visits of patients confirmed on this day or before; by default all. `as_of` is the last second of
        this day, or of the day of the last confirmation.
    province
        Only visits in this province: that of the place (`PatientRoute.csv`), not of the patient's report.
    seed
        Of the ordinals, which are drawn anew for each extract; None draws them from the operating system.

    Returns
    -------
    dict
        `rows_read`; `rules`, a list of {`rule`, `rows`} in the order applied, which with `visits` add up to
        `rows_read`; `visits`, `persons`, `facilities` written; `hospital`, how many of each are at hospitals
        (kept: a run can leave out that category); `known_by`, `province`, `first_day`, `last_day`, `files`.

    Raises
    ------
    RoutesRefused
        A file is missing, not CSV, without a column, or with a row of another width; a patient is there twice; the
        province is none of the list's; or no visit is left.
    OutputRefused
        ``out`` holds something that is not an extract.
    """
    listed = read_route_visits(folder, known_by=known_by, province=province, seed=seed)
    visits, facilities = listed.visits, _facilities(listed.visits)
    hospital = visits[visits["category"] == HOSPITAL]
    summary = {
        "rows_read": listed.rows_read,
        "rules": listed.rules,
        **_counts(visits),
        "hospital": _counts(hospital),
        "known_by": known_by.isoformat() if known_by else None,
        "province": province,
        "first_day": visits["start"].min().date().isoformat(),
        "last_day": visits["start"].max().date().isoformat(),
        "files": listed.files,
    }
    write_extract(
        out,
        facilities=facilities,
        index_visits=visits,
        profile="routes",
        as_of=(listed.last_known + DAY - pd.Timedelta(seconds=1)).tz_localize(KST),
        start=visits["start"].min(),
        end=visits["end"].max(),
        created=created,
        code_version=code_version,
        extra={"import": summary},
    )
    return summary


def read_route_visits(
    folder: Path | str, *, known_by: date | None = None, province: str | None = None, seed: int | None = None
) -> RouteVisits:
    """Return the visits that the rules leave of a route list (arguments and refusals: `import_routes`)."""
    patients, routes = read_patients(Path(folder)), read_routes(Path(folder))
    _assert_has(province, routes.table)
    confirmed = _days(patients.table["confirmed_date"]).set_axis(patients.table["patient_id"])
    kept = _Kept(routes.table)
    _apply_rules(kept, confirmed, known_by=known_by, province=province)
    rules = [{"rule": rule, "rows": rows} for rule, rows in kept.rules]
    if kept.rows.empty:
        told = "; ".join(f"{rule['rows']} {rule['rule']}" for rule in rules)
        raise RoutesRefused(f"no visit is left of {len(routes.table)} rows ({told})", file=ROUTES)
    return RouteVisits(
        visits=_visits(kept.rows, np.random.default_rng(seed)),
        rows_read=len(routes.table),
        rules=rules,
        last_known=pd.Timestamp(known_by) if known_by else confirmed.max(),
        files={PATIENTS: patients.hash, ROUTES: routes.hash},
    )


@dataclass
class _Kept:
    """Rows that are still in, and how many each rule took out."""

    rows: pd.DataFrame
    rules: list[tuple[str, int]] = field(default_factory=list)

    def leave_out(self, rule: str, rows: pd.Series) -> None:
        self.rules.append((rule, int(rows.sum())))
        self.rows = self.rows[~rows]


def _apply_rules(kept: _Kept, confirmed: pd.Series, *, known_by: date | None, province: str | None) -> None:
    """Leave out what is no source of exposure, was not known, is elsewhere or cannot be placed, in this order."""
    kept.leave_out("exact duplicates", kept.rows.duplicated())
    known = kept.rows["patient_id"].map(confirmed)
    kept.leave_out("of a patient not listed, or without a confirmation date", known.isna())
    kept.rows = kept.rows.assign(day=_days(kept.rows["date"]), known=known)
    kept.leave_out("on or after the day of confirmation", kept.rows["day"] >= kept.rows["known"])
    if known_by:
        late = kept.rows["known"] > pd.Timestamp(known_by)
        kept.leave_out(f"of patients confirmed after {known_by}", late)
    if province:
        there = kept.rows["province"].str.casefold() == province.strip().casefold()
        kept.leave_out(f"outside {province.strip()}", ~there)
    kept.leave_out("without a date", kept.rows["day"].isna())
    kept.leave_out("without a type of place", kept.rows["type"] == "")
    at = {name: _degrees(kept.rows[name], *bounds) for name, bounds in KOREA.items()}
    kept.rows = kept.rows.assign(**at)
    kept.leave_out("without coordinates in Korea", kept.rows[list(KOREA)].isna().any(axis=1))


def _assert_has(province: str | None, routes: pd.DataFrame) -> None:
    names = sorted(set(routes["province"]))
    if province and province.strip().casefold() not in {name.casefold() for name in names}:
        raise RoutesRefused(f"'{province}' is none of {', '.join(names)}", file=ROUTES, field="province")


def _visits(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the visits with places and ordinals, in an order that tells nothing of the list's."""
    person, patients = pd.factorize(rows["patient_id"], sort=True)
    start = rows["day"].dt.tz_localize(KST)
    visits = pd.DataFrame(
        {
            "ordinal": rng.permutation(len(patients))[person] + 1,
            "category": rows["type"],
            "lat": rows["latitude"].round(DECIMALS),
            "lon": rows["longitude"].round(DECIMALS),
            "start": start,
            "end": start + DAY,
            "known_at": rows["known"].dt.tz_localize(KST),
        }
    )
    place = [f"{v.category}|{v.lat:.{DECIMALS}f}|{v.lon:.{DECIMALS}f}" for v in visits.itertuples()]
    visits["facility_id"] = [sha256(text.encode("utf-8")).hexdigest()[:16] for text in place]
    return visits.sort_values(["start", "facility_id", "ordinal"], ignore_index=True)


def _facilities(visits: pd.DataFrame) -> pd.DataFrame:
    places = visits[["facility_id", "category", "lon", "lat"]].drop_duplicates().sort_values("facility_id")
    unknown = dict.fromkeys(("area_m2", "capacity", "risk_score", "stage"))
    return places.assign(**unknown, sensitive=False).reset_index(drop=True)


def _counts(visits: pd.DataFrame) -> dict[str, int]:
    persons, facilities = visits["ordinal"].nunique(), visits["facility_id"].nunique()
    return {"visits": len(visits), "persons": int(persons), "facilities": int(facilities)}


def _days(texts: pd.Series) -> pd.Series:
    """Return the days; 2020/2/1 and 2020.2.1 too: a list that went through an office program is not lost."""
    return pd.to_datetime(texts.str.replace(r"[/.]", "-", regex=True), format="%Y-%m-%d", errors="coerce")


def _degrees(texts: pd.Series, low: float, high: float) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce")
    return numbers.where(numbers.between(low, high))
