"""The share of visitors that doors log, as facilities with door counts teach it: a mixed logistic model.

logit share = level + category + hour + category × hour + day + facility + facility × hour. Every group of effects
is normal around 0 with a variance that is estimated (partial pooling): what was never counted keeps its whole
prior. Fitted by penalised quasi-likelihood (Breslow & Clayton 1993, JASA 88:9), variances by EM, dispersion by
Pearson's X².
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit

HOURS = 24
LEVEL_SD = np.pi / np.sqrt(3)
"""Standard deviation of the logit of a share of which every value is equally likely: the prior of the level."""
PRIOR_SD = {"category": 0.7, "hour": 0.3, "category_hour": 0.2, "day": 0.2, "site": 0.7, "site_hour": 0.3}
"""An assumption: what each group's spread is taken for, with the weight of one observed effect."""
ROUNDS, SETTLED = 100, 1e-3


@dataclass(frozen=True)
class ShareModel:
    """What was learned: effects of all groups but facility × hour (`effects`, by `columns`), those
    (`of_site_hour`), their joint normal posterior, the spread of each group, and the dispersion of counts beyond
    binomial chance.

    `sites` and `site_hours` (sorted; site × 24 + hour) are the counted ones; `seen` says which effects any count
    bears on.
    """

    columns: dict[str, slice]
    effects: np.ndarray
    covariance: np.ndarray
    of_site_hour: np.ndarray
    precision: np.ndarray
    coupling: np.ndarray
    sites: np.ndarray
    site_hours: np.ndarray
    seen: np.ndarray
    spread: dict[str, float]
    levels: dict[str, int]
    dispersion: float

    def draw(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Return draws of the effects (effects × draws), of facility × hour, and of each group's spread (draws).

        Spreads carry their own uncertainty (scaled inverse χ², one degree of freedom more than there are effects);
        effects that no count bears on are drawn from them.
        """
        spread = {}
        for name, sd in self.spread.items():
            freedom = 1 + self.levels[name]
            spread[name] = sd * np.sqrt(freedom / rng.chisquare(freedom, draws))
        root = np.linalg.cholesky(self.covariance)
        moved = root @ rng.standard_normal((len(self.effects), draws))
        effects = self.effects[:, None] + moved
        noise = rng.standard_normal((len(self.precision), draws)) / np.sqrt(self.precision)[:, None]
        nested = self.of_site_hour[:, None] - (self.coupling.T @ moved) / self.precision[:, None] + noise
        for name, place in self.columns.items():
            if name in spread:
                new = ~self.seen[place]
                drawn = rng.standard_normal((int(new.sum()), draws)) * spread[name]
                effects[place] = np.where(new[:, None], 0.0, effects[place])
                effects[np.arange(place.start, place.stop)[new]] = drawn
        return effects, nested, spread


def fit_share(counted: pd.DataFrame, *, categories: int, days: int) -> ShareModel:
    """Return the model of these door counts.

    Parameters
    ----------
    counted : DataFrame, a row per facility and hour with a count above zero
        `logged`, `counted` (logged at most counted); `category`, `day` (from 0), `hour` (of the day), `site`
        (any whole number, one per facility).
    categories, days : how many there are, counted or not
    """
    sites, site = np.unique(counted["site"].to_numpy(), return_inverse=True)
    hour, category = counted["hour"].to_numpy(), counted["category"].to_numpy()
    keys, nested = np.unique(site * HOURS + hour, return_inverse=True)
    places = {
        "level": (np.zeros(len(counted), np.intp), 1),
        "category": (category, categories),
        "hour": (hour, HOURS),
        "category_hour": (category * HOURS + hour, categories * HOURS),
        "day": (counted["day"].to_numpy(), days),
        "site": (site, len(sites)),
    }
    columns, start = {}, 0
    for name, (_, size) in places.items():
        columns[name] = slice(start, start + size)
        start += size
    at = np.stack([where + columns[name].start for name, (where, _) in places.items()], axis=1)
    count = len(counted)
    design = sparse.csr_array(
        (np.ones(at.size), (np.repeat(np.arange(count), len(places)), at.ravel())), (count, start)
    )
    inner = sparse.csr_array((np.ones(count), (np.arange(count), nested)), (count, len(keys)))
    seen = np.bincount(at.ravel(), minlength=start) > 0
    fitted = _fit(design, inner, counted["logged"].to_numpy(), counted["counted"].to_numpy(), columns, seen)
    levels = {name: int(seen[place].sum()) for name, place in columns.items() if name != "level"}
    levels["site_hour"] = len(keys)
    ids = np.asarray(sites)
    return ShareModel(
        columns=columns, sites=ids, site_hours=ids[keys // HOURS] * HOURS + keys % HOURS, seen=seen, levels=levels,
        **fitted,
    )  # fmt: skip


def _fit(design, inner, logged, counted, columns: dict[str, slice], seen: np.ndarray) -> dict[str, object]:
    """Return effects, their posterior, spreads and dispersion: Newton steps and EM steps in turn."""
    spread, dispersion = dict(PRIOR_SD), 1.0
    effects, nested = np.zeros(design.shape[1]), np.zeros(inner.shape[1])
    effects[0] = np.log((logged.sum() + 0.5) / (counted.sum() - logged.sum() + 0.5))
    for _ in range(ROUNDS):
        penalty = np.full(len(effects), LEVEL_SD**-2)
        for name, place in columns.items():
            if name in spread:
                penalty[place] = spread[name] ** -2
        share = expit(design @ effects + inner @ nested)
        variance = counted * share * (1 - share)
        weight, residual = variance / dispersion, (logged - counted * share) / dispersion
        weighted = design.T @ sparse.diags_array(weight)
        precision = inner.T @ weight + spread["site_hour"] ** -2
        coupling = (weighted @ inner).toarray()
        whole = (weighted @ design).toarray() + np.diag(penalty)
        covariance = np.linalg.inv(whole - (coupling / precision) @ coupling.T)
        covariance = (covariance + covariance.T) / 2
        upper, lower = (
            design.T @ residual - penalty * effects,
            inner.T @ residual - nested / spread["site_hour"] ** 2,
        )
        step = np.clip(covariance @ (upper - coupling @ (lower / precision)), -1, 1)
        inner_step = np.clip((lower - coupling.T @ step) / precision, -1, 1)
        effects, nested = effects + step, nested + inner_step
        inner_variance = 1 / precision + ((covariance @ coupling) * coupling).sum(axis=0) / precision**2
        before = dict(spread)
        for name, place in columns.items():
            if name in spread:
                told = seen[place]
                squares = (effects[place] ** 2 + np.diag(covariance)[place])[told].sum()
                spread[name] = _pooled(squares, int(told.sum()), PRIOR_SD[name])
        spread["site_hour"] = _pooled((nested**2 + inner_variance).sum(), len(nested), PRIOR_SD["site_hour"])
        freedom = len(logged) - len(effects) + (penalty * np.diag(covariance)).sum()
        freedom -= len(nested) - (inner_variance / before["site_hour"] ** 2).sum()
        pearson = ((logged - counted * share) ** 2 / np.maximum(variance, 1e-9)).sum()
        dispersion = max(1.0, pearson / max(freedom, 1.0))
        change = max(abs(spread[name] / before[name] - 1) for name in spread)
        if change < SETTLED and max(np.abs(step).max(), np.abs(inner_step).max()) < SETTLED:
            break
    return {
        "effects": effects, "covariance": covariance, "of_site_hour": nested, "precision": precision,
        "coupling": coupling, "spread": spread, "dispersion": dispersion,
    }  # fmt: skip


def _pooled(squares: float, effects: int, prior: float) -> float:
    """Return the standard deviation of a group of effects; the prior weighs as much as one of them."""
    return float(np.sqrt((squares + prior**2) / (effects + 1)))
