"""Expected cases under equal risk, adjusted for covariates by indirect standardisation.

expected_{place, interval} = Σ_k persondays_k(place, interval) · C_k / P_k, with C_k the cases and P_k the
person-days of stratum k over all places and the whole study period (SaTScan User Guide v10, "Covariate
adjustments"). It sums to the number of cases.
"""

import numpy as np
import pandas as pd

from ..refusals import ScanFileRefused


def expected_cases(
    lived: pd.DataFrame, cases: pd.DataFrame, places: pd.Index, files: tuple[str, str]
) -> pd.DataFrame:
    """Return expected cases, places × intervals.

    Parameters
    ----------
    lived : person-days, index `place, stratum`, one column an interval (populations.person_days).
    cases : records with `line, place, count, stratum` (counts.read_counts).
    places : every place, in the order wanted; where nobody lives nothing is expected.
    files : the names of the files of cases and populations, for refusals.

    Raises
    ------
    ScanFileRefused
        Cases in a covariate category, or at a place, in which nobody lives.
    """
    happened = cases[cases["count"] > 0]
    total = lived.sum(axis=1)
    people = total.groupby(level="stratum").sum()
    at_risk = total.groupby(level="place").sum()
    for row in happened[~happened["stratum"].isin(people.index[people > 0])].itertuples():
        shown = row.stratum.replace("\t", " ")
        told = f"case(s) in category '{shown}', whose population in {files[1]} is zero"
        raise ScanFileRefused(told, file=files[0], line=row.line, field="covariates")
    for row in happened[~happened["place"].isin(at_risk.index[at_risk > 0])].itertuples():
        told = f"case(s) at place {row.place}, whose population in {files[1]} is zero"
        raise ScanFileRefused(told, file=files[0], line=row.line, field="id")
    counted = happened.groupby("stratum")["count"].sum().reindex(people.index, fill_value=0)
    persons = people.to_numpy()
    risk = np.divide(counted.to_numpy(), persons, out=np.zeros(len(persons)), where=persons > 0)
    weights = risk[people.index.get_indexer(lived.index.get_level_values("stratum"))]
    return lived.mul(weights, axis=0).groupby(level="place").sum().reindex(places, fill_value=0.0)
