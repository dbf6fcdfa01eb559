"""Facility risk after Chang et al. 2021: crowding, length of stay and infectious visitors, hour by hour.

In an hour t a visitor of facility f meets the risk

    λ_ft = ψ · (1 / a_f) · (d_f / (d_f + 60))² · I_ft

a: floor area in m²; d: usual stay in minutes; I: infectious visitors of the hour. A stay of d minutes that begins
at any minute touches (d + 60)/60 clock hours and so fills the share d/(d + 60) of each: once for the visitor,
once for the infectious one. Twice the area halves the risk; twice the infectious visitors double it.
"""

import numpy as np
import pandas as pd

from .checks import assert_same_units, assert_unique
from .refusals import BadCounts, Misaligned, StatisticRefused

NO_AREA, NO_DWELL, NOBODY = "floor area unknown", "usual stay unknown", "nobody to infect"


def facility_risk(
    facilities: pd.DataFrame, visitors: pd.DataFrame, infectious: pd.DataFrame, *, psi: float = 1.0
) -> pd.DataFrame:
    """Return how risky a visit to each facility was, compared with the others.

    Question: of two visitors of two facilities, which one more likely shared the air of an infectious person?

    Parameters
    ----------
    facilities : DataFrame, index facility_id
        `area_m2` and `dwell_minutes`, NaN where unknown; both above zero where known.
    visitors : DataFrame, facilities × hours
        Visitors of each clock hour: everybody who was there in any part of it. NaN: the hour was not seen.
    infectious : DataFrame, facilities × hours, same labels
        Infectious visitors of each clock hour, counted in the same way; at most as many as the visitors.
    psi : float
        Transmission rate in m² per hour, a property of virus and town, fitted elsewhere. It cancels in
        `relative_hazard` and `rank` (unless λ reaches 1); left at 1, only these two mean anything.

    Returns
    -------
    DataFrame, index facility_id, in the order given; NaN where `reason` says why.
        `density`: people per m² in the hours in which anybody came: mean of visitors × d/(d + 60) ÷ area
        `dwell_correction`: (d / (d + 60))²
        `infectious_person_hours`: Σ_t I_ft × d/(d + 60)
        `hazard`: expected infections per hour and visitor who is not infectious: λ_ft averaged over those
        visitors, λ at most 1 as in the paper's code
        `relative_hazard`: hazard ÷ the mean over all such visitors of all judged facilities; NaN if nobody
        infectious was in any of them
        `rank`: 1 is the highest hazard; equal hazards share the better rank
        `reason`: "" if judged

    Assumes
    -------
    Air is mixed and fills the floor area; nobody wears a mask more in one place than in another; ceilings,
    ventilation and activity do not differ. Within a category that is a comparison; between a choir and a library
    it is not. No p-value: the ranking describes a mechanism, and significance is the scan's business. Facilities
    without a known area or stay are no data: a category's mean would rank them by what others have.

    References
    ----------
    Chang et al. (2021), Nature 589:82, Methods, "transmission at POIs"; area there in square feet, which changes ψ
    alone.
    """
    area, dwell = (_known(facilities, column) for column in ("area_m2", "dwell_minutes"))
    came, ill = _by_hour(facilities.index, visitors, infectious)
    if not (np.isfinite(psi) and psi > 0):
        raise StatisticRefused(f"psi must be above zero, not {psi}")
    share = dwell / (dwell + 60)
    force = np.minimum(psi / area[:, None] * share[:, None] ** 2 * ill, 1.0)
    susceptible = came - ill
    exposed = susceptible.sum(axis=1)
    reason = np.select([np.isnan(area), np.isnan(dwell), exposed == 0], [NO_AREA, NO_DWELL, NOBODY], default="")
    judged = reason == ""
    infections = (force * susceptible).sum(axis=1)
    hazard = _ratio(infections, np.where(judged, exposed, np.nan))
    mean = infections[judged].sum() / exposed[judged].sum() if judged.any() else np.nan
    frame = pd.DataFrame(
        {
            "density": _ratio(came.sum(axis=1) * share, area * (came > 0).sum(axis=1)),
            "dwell_correction": share**2,
            "infectious_person_hours": ill.sum(axis=1) * share,
            "hazard": hazard,
            "relative_hazard": _ratio(hazard, np.full(len(hazard), mean)),
        },
        index=facilities.index,
    )
    frame[~judged] = np.nan
    return frame.assign(rank=frame["hazard"].rank(ascending=False, method="min"), reason=reason)


def _known(facilities: pd.DataFrame, column: str) -> np.ndarray:
    """Return a measure of each facility, NaN where unknown, or refuse what is not above zero."""
    assert_unique(facilities.index, "facilities")
    if column not in facilities:
        raise Misaligned(f"facilities need a column {column}, NaN where unknown")
    measure = facilities[column].to_numpy(dtype="float64", na_value=np.nan)
    wrong = (measure <= 0) | np.isinf(measure)
    if wrong.any():
        raise BadCounts(column, "above zero and finite where known", list(facilities.index[wrong]))
    return measure


def _by_hour(codes: pd.Index, visitors: pd.DataFrame, infectious: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of shape (facilities, hours), 0 in hours not seen: they count on neither side."""
    for frame, what in ((visitors, "visitors"), (infectious, "infectious")):
        assert_same_units(frame.index, codes, what)
        assert_same_units(frame.columns, visitors.columns, f"the hours of {what}")
    came, ill = (frame.to_numpy(dtype="float64", na_value=np.nan) for frame in (visitors, infectious))
    seen = ~np.isnan(came)
    came, ill = np.where(seen, came, 0.0), np.where(seen, ill, 0.0)
    for what, wrong, rule in (
        ("infectious", np.isnan(ill), "known in every hour whose visitors are known"),
        ("visitors", (came < 0) | np.isinf(came), "zero or more"),
        ("infectious", (ill < 0) | (ill > came), "from zero to the number of visitors"),
    ):
        if wrong.any():
            raise BadCounts(what, rule, list(codes[wrong.any(axis=1)]))
    return came, ill


def _ratio(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.divide(upper, lower, out=np.full(len(upper), np.nan), where=lower > 0)
