"""The seventeen categories of an emerging hot spot analysis, as rules that a table can hold.

After the definitions that Esri publishes in "How Emerging Hot Spot Analysis works" (ArcGIS Pro). They are disjoint
as written here; where the published words overlap, docs/methods.md says how they are read.
"""

from dataclasses import dataclass

import numpy as np

NO_PATTERN = "no_pattern"
HOT, COLD = "hot", "cold"
TENTHS = 9
"""The 90 % rule: at least nine tenths of the bins."""


@dataclass(frozen=True)
class Rule:
    """One pattern of a hot spot; a cold spot is its mirror image. None: it does not matter.

    Attributes
    ----------
    final : is the last bin hot (1), or neither hot nor cold (0)?
    most : are at least 90 % of the bins hot?
    run : hot bins in one uninterrupted run that ends with the last bin, none before it: 1, 2 (two or more), or 0
        (there were hot bins before)
    turned : was an earlier bin cold?
    trend : does the clustering get stronger (1), weaker (−1), or neither (0)?
    says : the published definition, in short
    """

    name: str
    final: int
    most: bool
    run: int | None
    turned: bool | None
    trend: int | None
    says: str


RULES = (
    Rule("new", 1, False, 1, None, None, "hot in the last bin and never before"),
    Rule("consecutive", 1, False, 2, None, None, "one run of two or more at the end, never hot before it"),
    Rule("intensifying", 1, True, None, None, 1, "90 % hot and the last, significantly stronger with time"),
    Rule("persistent", 1, True, None, None, 0, "90 % hot, no trend to stronger or weaker"),
    Rule("diminishing", 1, True, None, None, -1, "90 % hot and the last, significantly weaker with time"),
    Rule("sporadic", 1, False, 0, False, None, "hot in the last bin, on and off before, never cold"),
    Rule("oscillating", 1, False, 0, True, None, "hot in the last bin, and cold some time before"),
    Rule("historical", 0, True, None, None, None, "not hot in the last bin, but in 90 % of all"),
)
CATEGORIES = tuple(f"{rule.name}_{side}" for side in (HOT, COLD) for rule in RULES) + (NO_PATTERN,)


def classify(marks: np.ndarray, trend: np.ndarray) -> np.ndarray:
    """Return the category of each row.

    Parameters
    ----------
    marks : float array, units × bins
        1: significantly hot, −1: significantly cold, 0: neither, NaN: no figure. The last bin with a figure is
        the last bin of its row; the 90 % are of the bins with figures.
    trend : int array, one a row
        1: Gi* rises significantly, −1: it falls, 0: neither.

    Returns
    -------
    Object array of CATEGORIES; "no_pattern" where no rule holds, also in a row without any figure.
    """
    found = np.full(len(marks), NO_PATTERN, dtype=object)
    for side, sign in ((HOT, 1), (COLD, -1)):
        facts = _facts(sign * marks, sign * trend)
        for rule in RULES:
            asked = [(name, getattr(rule, name)) for name in facts]
            held = [facts[name] == wanted for name, wanted in asked if wanted is not None]
            found[np.logical_and.reduce(held)] = f"{rule.name}_{side}"
    return found


def _facts(marks: np.ndarray, trend: np.ndarray) -> dict[str, np.ndarray]:
    hot, cold, known = marks == 1, marks == -1, np.isfinite(marks)
    number, total = hot.sum(axis=1), known.sum(axis=1)
    place = np.arange(marks.shape[1])
    last = np.where(known, place, -1).max(axis=1)
    final = np.where(known & (place == last[:, None]), marks, 0.0).sum(axis=1)
    stopped = np.where(known & ~hot, place, -1).max(axis=1)
    run = (hot & (place > stopped[:, None])).sum(axis=1)
    return {
        "final": final,
        "most": (10 * number >= TENTHS * total) & (total > 0),
        "run": np.where(run == number, np.minimum(run, 2), 0),
        "turned": cold.any(axis=1),
        "trend": trend,
    }
