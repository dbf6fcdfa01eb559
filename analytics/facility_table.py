"""facility_risk.csv: where a visit was riskier than elsewhere (statistics/facility_risk.py), for officers alone.

Sensitive facilities are never in it, nor in its means and ranks. Below dong level a facility beside a sensitive
one is left out too: what its unit counts less what it counts itself would be the sensitive one's.
"""

import numpy as np
import pandas as pd

from .sensitive import BELOW_DONG
from .statistics.facility_risk import facility_risk
from .study import Study
from .tables import by_date

COLUMNS = [
    "facility_id", "unit_code", "category", "area_m2", "dwell_minutes", "density", "infectious_person_hours",
    "relative_hazard", "rank", "reason",
]  # fmt: skip
NOT_LOGGED, DATE_ONLY = "no visit logged", "visits of cases known only by date"


def listed_facilities(study: Study) -> pd.DataFrame:
    """Return the facilities of the study that may be listed one by one, index facility_id."""
    inside = study.facilities[study.facilities["reason"] == ""]
    hidden = inside["sensitive"]
    if study.population.unit_kind in BELOW_DONG:
        hidden = inside["unit_code"].isin(inside.loc[hidden, "unit_code"].unique())
    return inside[~hidden].set_index("facility_id")


def facility_table(study: Study) -> pd.DataFrame:
    """Return the risk of each facility that may be listed, riskiest first, those without data last.

    Usual stay: logged minutes ÷ entries of the facility itself; visitors of an hour: its person-hours ÷ the share
    of a clock hour that one stay fills. An hour without a log, or of a day with a visit known only by date, is not
    seen. Without a log (profile routes) there are no rows.
    """
    if study.log is None:
        return pd.DataFrame(columns=COLUMNS)
    listed = listed_facilities(study)
    hours = study.exposure.hours
    entries, minutes = _logged(study.log, listed.index, hours)
    ill, unseen = _infectious(study.kept(), listed.index, hours)
    total = entries.sum(axis=1, min_count=1)
    dwell = minutes.sum(axis=1, min_count=1) / total.where(total > 0)
    dwell = dwell.where(dwell > 0)
    visitors = minutes.div(60).mul((dwell + 60) / dwell, axis=0).fillna(0.0)
    visitors = np.maximum(visitors, ill).where(minutes.notna() & ~unseen)
    area = listed["area_m2"].where(listed["area_m2"] > 0)
    found = facility_risk(pd.DataFrame({"area_m2": area, "dwell_minutes": dwell}), visitors, ill)
    reason = found["reason"].mask((found["reason"] != "") & ~(total > 0), NOT_LOGGED)
    nothing_left = unseen.any(axis=1) & visitors.isna().all(axis=1)
    reason = reason.mask((reason != "") & nothing_left, DATE_ONLY)
    found = found.assign(
        unit_code=listed["unit_code"],
        category=listed["category"],
        area_m2=area,
        dwell_minutes=dwell,
        reason=reason,
    )
    found["rank"] = found["rank"].astype("Int64")
    return found.rename_axis("facility_id").reset_index().sort_values(["rank", "facility_id"])[COLUMNS]


def _logged(log: pd.DataFrame, facilities: pd.Index, hours: pd.DatetimeIndex) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return entries and person-minutes, facilities × hours; NaN where the facility does not log."""
    row = facilities.get_indexer(log["facility_id"])
    column = hours.get_indexer(pd.DatetimeIndex(log["hour"]))
    told = (row >= 0) & (column >= 0) & (log["missing"] == "").to_numpy()
    tables = []
    for name in ("entries", "person_minutes"):
        values = np.full((len(facilities), len(hours)), np.nan)
        values[row[told], column[told]] = log[name].to_numpy(dtype=float, na_value=np.nan)[told]
        tables.append(pd.DataFrame(values, index=facilities, columns=hours))
    return tuple(tables)


def _infectious(
    visits: pd.DataFrame, facilities: pd.Index, hours: pd.DatetimeIndex
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return distinct confirmed persons by facility and hour, and where a visit known only by date hides them."""
    shape = (len(facilities), len(hours))
    ill, unseen = np.zeros(shape), np.zeros(shape, bool)
    whole_day = by_date(visits)
    starts = hours.as_unit("ns").asi8
    step = pd.Timedelta(hours=1).value
    present = set()
    for visit, dated in zip(visits.itertuples(), whole_day, strict=True):
        row = facilities.get_indexer([visit.facility_id])[0]
        begin, end = (pd.Timestamp(at).as_unit("ns").value for at in (visit.start, visit.end))
        during = np.flatnonzero((starts + step > begin) & (starts < end))
        if row >= 0 and dated:
            unseen[row, during] = True
        elif row >= 0:
            present |= {(row, int(hour), visit.person) for hour in during}
    for row, hour, _ in present:
        ill[row, hour] += 1
    return tuple(pd.DataFrame(values, index=facilities, columns=hours) for values in (ill, unseen))
