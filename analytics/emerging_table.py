"""emerging.csv: how the clustering of visits around every unit developed over the days of the study."""

import pandas as pd

from .geography import GAP_M
from .parameters import Parameters
from .statistics.emerging import NO_FIGURES, TOO_FEW_BINS, cube_of, emerging_hot_spots
from .statistics.persons.visit_null import visit_null
from .statistics.weights import contiguity
from .study import Study
from .verdict import Verdict

TOO_FEW_DAYS = "too_few_days"
COLUMNS = {
    "bins": "days", "hot_bins": "hot_days", "cold_bins": "cold_days", "first_hot": "first_hot",
    "last_hot": "last_hot", "last_bin": "last_day", "tau": "trend_tau",
}  # fmt: skip
DAYS = ["first_hot", "last_hot", "last_day"]


def emerging_table(study: Study, verdict: Verdict, parameters: Parameters) -> pd.DataFrame:
    """Return a row per unit of the study: its category, and what that rests on, with the days in ISO 8601.

    The cube has a bin a day, of the units that could ever be observed; a day on which a unit could not be is
    missing, not zero. Neighbours are those of Gi*, of the same day and the day before. A day that is not over is
    no bin: it would be set beside whole ones.
    """
    null = visit_null(verdict.visits, _whole_days(study))
    near = contiguity(study.units.loc[null.codes], gap_m=GAP_M)
    found = emerging_hot_spots(cube_of(null), near, alpha=parameters.alpha).rename(columns=COLUMNS)
    found = found.reindex(study.units.index)
    nowhere = found["category"].isna()
    reason = found["reason"].where(~nowhere, NO_FIGURES).replace(TOO_FEW_BINS, TOO_FEW_DAYS)
    whole = {name: found[name].fillna(0).astype(int) for name in ("days", "hot_days", "cold_days")}
    dates = {name: found[name].dt.strftime("%Y-%m-%d") for name in DAYS}
    found = found.assign(category=found["category"].where(~nowhere, ""), reason=reason, **whole, **dates)
    return found.rename_axis("unit_code").reset_index()


def _whole_days(study: Study) -> pd.DataFrame:
    """Return the exposure of the days that are over; of all of them where nothing could be observed on those."""
    frame = study.exposure.frame()
    whole = frame.iloc[:, : 24 * len(study.whole_days)]
    return whole if (whole > 0).any(axis=None) else frame
