"""Sensitive facilities below dong level: counted, but never so that a unit's figures are one such site's figures.

What is left out is decided by who logs, never by who had cases, so numerator and denominator lose the same and
nobody's risk is bent. Reasons and limits: docs/methods.md, "What enters and what is left out".
"""

import numpy as np
import pandas as pd

AREA = "area"
"""Units whose codes do not tell what they are: they may be smaller than dongs."""
BELOW_DONG = ("block", "cell", AREA)
SENSITIVE_ALONE = "sensitive facility without an ordinary one in its unit"


def sensitive_alone(facilities: pd.DataFrame, log: pd.DataFrame) -> pd.Series:
    """Return which facilities of the study are sensitive and share their unit with no ordinary one that logs.

    Parameters
    ----------
    facilities : DataFrame
        `facility_id`, `unit_code`, `sensitive`, `reason` ("" if in the study).
    log : DataFrame, a row per facility and hour
        `facility_id`, `missing` ("" while the facility logs).
    """
    inside = facilities["reason"] == ""
    logs = facilities["facility_id"].isin(log.loc[log["missing"] == "", "facility_id"].unique())
    ordinary = facilities.loc[inside & logs & ~facilities["sensitive"], "unit_code"].unique()
    return inside & facilities["sensitive"] & ~facilities["unit_code"].isin(ordinary)


def only_sensitive_hours(log: pd.DataFrame, codes: pd.Index, hours: pd.DatetimeIndex) -> np.ndarray:
    """Return the unit-hours (bool, units × hours) in which sensitive facilities log and no ordinary one does.

    ``log`` has `unit_code`, `hour`, `sensitive`, `missing` for each facility and hour.
    """
    row, column = codes.get_indexer(log["unit_code"]), hours.get_indexer(pd.DatetimeIndex(log["hour"]))
    logs = (row >= 0) & (column >= 0) & (log["missing"] == "").to_numpy()
    found = np.zeros((2, len(codes), len(hours)), bool)
    found[log["sensitive"].to_numpy(dtype=int)[logs], row[logs], column[logs]] = True
    return found[1] & ~found[0]
