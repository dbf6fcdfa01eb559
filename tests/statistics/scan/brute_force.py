"""Kulldorff's scan written from its definition alone: loops over centres, radii and runs; no shortcuts."""

import numpy as np
import pandas as pd


def xlogy(x: float, y: float) -> float:
    return x * np.log(y) if x > 0 else 0.0


def likelihood_ratio(model: str, c: float, b: float, total: float, everyone: float) -> float:
    """Return the log-likelihood ratio as printed in the papers; 0 without an excess."""
    if c * everyone <= b * total * (1 + 1e-12):
        return 0.0
    if model != "bernoulli":
        return xlogy(c, c / b) + xlogy(total - c, (total - c) / (total - b) if c < total else 1.0)
    outside, controls = everyone - b, b - c
    far = everyone - total - controls
    return (
        xlogy(c, c / b)
        + xlogy(controls, controls / b)
        + xlogy(total - c, (total - c) / outside)
        + xlogy(far, far / outside)
        - xlogy(total, total / everyone)
        - xlogy(everyone - total, (everyone - total) / everyone)
    )


def baseline_of(model: str, seen: np.ndarray, people: np.ndarray | None) -> np.ndarray:
    """Return expected cases, or cases + controls."""
    if model == "permutation":
        return seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / seen.sum()
    return people * (seen.sum() / people.sum()) if model == "poisson" else people.astype(float)


def runs(intervals: int, longest: int, ends: list[int]) -> list[tuple[int, int]]:
    return [(first, end) for end in ends for first in range(intervals) if 0 < end - first <= longest]


def circles(
    xy: np.ndarray, share: np.ndarray, max_share: float, max_radius: float
) -> list[tuple[int, np.ndarray]]:
    """Return every (centre, who is inside) within the caps."""
    found = []
    for centre in range(len(xy)):
        away = np.hypot(*(xy - xy[centre]).T)
        for radius in np.unique(np.round(away, 6)):
            inside = away <= radius + 1e-5
            if share[inside].sum() <= max_share + 1e-9 and radius <= max_radius + 1e-6:
                found.append((centre, inside))
    return found


def best_by_centre(
    model, seen, people, xy, *, longest, ends, max_share=0.5, max_radius=np.inf, least=2
) -> pd.Series:
    """Return the largest ratio of each centre."""
    base = baseline_of(model, seen, people)
    total, everyone = seen.sum(), base.sum()
    best = pd.Series(0.0, index=range(len(xy)))
    for centre, inside in circles(xy, base.sum(axis=1) / everyone, max_share, max_radius):
        for first, end in runs(seen.shape[1], longest, ends):
            c, b = seen[inside, first:end].sum(), base[inside, first:end].sum()
            if c >= least:
                best[centre] = max(best[centre], likelihood_ratio(model, c, b, total, everyone))
    return best
