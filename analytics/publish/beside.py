"""Index visits beside entries: whoever reads both measures of a day knows that nobody visits who does not enter.

Each entry is an index visit or another one, so index visits + other entries = entries, cell by cell. Entries come
out first and stand; which index visits are withheld is decided so that, with those sums too, neither a protected
count of index visits nor one of entries can be worked out. Where entries are told as zero, index visits are known
to be none: they stay withheld, but no interval is asked of them.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from .audit import exposed
from .tables import ALL, Problem, Rule, Table, alone, with_totals

BROKEN_COST = 1_000.0
"""Moving the entries of a cell away from the log by so many is better than having fewer entries than visits."""


def beside_entries(
    visits: Table, rule: Rule, shown: pd.DataFrame, log: Table | None, rule_of_log: Rule
) -> Problem:
    """Return the problem of index visits, the keys of which come first, beside entries that are out.

    Parameters
    ----------
    shown : index (dong, category), totals included; one column, Int64: entries that are out, NA where withheld
    log : the entries as the log has them now; None where there is none any more

    Notes
    -----
    Where the log has fewer entries than index visits (hours that were not logged), the cell is not linked: whoever
    reckons with it goes wrong.
    """
    entries, withheld = _as_shown(shown, log, visits, rule_of_log)
    own, other = alone(visits, rule), alone(entries, rule_of_log)
    pairs = _linked(visits, entries)
    known_none = _known_none(visits, pairs[(entries.counts[pairs[:, 1]] == 0), 0])
    rest = entries.counts[pairs[:, 1]] - visits.counts[pairs[:, 0]]
    more, links = len(pairs), np.arange(len(pairs))

    def together(first: np.ndarray, second: np.ndarray, third: object) -> np.ndarray:
        return np.concatenate([first, second, np.full(more, third)])

    link_v = sparse.csr_array((np.ones(more), (links, pairs[:, 0])), (more, len(visits.keys)))
    link_e = sparse.csr_array((-np.ones(more), (links, pairs[:, 1])), (more, len(entries.keys)))
    return Problem(
        counts=np.concatenate([visits.counts, entries.counts, rest]),
        sums=sparse.block_array(
            [[own.sums, None, None], [None, other.sums, None], [link_v, link_e, sparse.eye_array(more)]],
            format="csr",
        ),
        k=rule.k,
        asked=together(
            own.asked & ~known_none, _still_protected(other, withheld, log, entries, rule_of_log), False
        ),
        hidden=together(own.hidden, withheld, True),
        told=together(own.told, ~withheld, False),
        lowest=together(own.lowest, other.lowest, 0),
        least=together(own.least, other.least, 0),
        cost=together(own.cost, other.cost, 0.0),
    )


def _as_shown(shown: pd.DataFrame, log: Table | None, visits: Table, rule: Rule) -> tuple[Table, np.ndarray]:
    """Return entries that fit what is out, as near to the log as can be, and which keys are withheld."""
    cells = [key for key in shown.index if ALL not in key]
    out = shown.iloc[:, 0]
    now = pd.Series(dict(zip(log.keys, log.counts, strict=True)) if log is not None else {}, dtype=float)
    guess = now.reindex(cells).fillna(out.reindex(cells).astype(float)).fillna(float(rule.lowest))
    table = with_totals(cells, guess.astype(np.int64).tolist())
    figures = out.reindex(pd.MultiIndex.from_tuples(table.keys)).to_numpy(dtype=float, na_value=np.nan)
    withheld = np.isnan(figures)
    lowest = np.where(np.arange(len(table.keys)) < table.inner, rule.lowest, 0)
    if (table.counts == np.where(withheld, np.maximum(table.counts, lowest), figures)).all():
        return table, withheld
    counts = _nearest(table, np.where(withheld, lowest, figures), withheld, visits)
    return replace(table, counts=counts, behind=counts), withheld


def _nearest(table: Table, figures: np.ndarray, withheld: np.ndarray, visits: Table) -> np.ndarray:
    """Return counts that fit the figures (of a withheld key: at least), near to the table, few below visits."""
    keys, one = len(table.keys), sparse.eye_array(len(table.keys))
    began = dict(zip(visits.keys[: visits.inner], visits.counts[: visits.inner], strict=True))
    least = np.array([began.get(key, 0) for key in table.keys], float)
    none = sparse.csr_array((table.sums.shape[0], keys))
    found = linprog(  # counts, what is above the log, what is below, what is missing to the visits
        np.repeat([0.0, 1.0, 1.0, BROKEN_COST], keys),
        A_eq=sparse.block_array([[one, -one, one, None], [table.sums, none, none, none]], format="csr"),
        b_eq=np.concatenate([table.counts, np.zeros(table.sums.shape[0])]),
        A_ub=sparse.hstack([-one, sparse.csr_array((keys, 2 * keys)), -one], format="csr"),
        b_ub=-least,
        bounds=[
            *((low, None if free else low) for low, free in zip(figures, withheld, strict=True)),
            *[(0.0, None)] * (3 * keys),
        ],
        method="highs-ds",
    )
    if found.status != 0:
        raise ArithmeticError(f"the entries that are out do not add up: {found.message}")
    return np.rint(found.x[:keys]).astype(np.int64)


def _linked(visits: Table, entries: Table) -> np.ndarray:
    """Return the places of each cell that both tables have, as far as its visits are among its entries."""
    at = {key: place for place, key in enumerate(entries.keys[: entries.inner])}
    pairs = [(place, at[key]) for place, key in enumerate(visits.keys[: visits.inner]) if key in at]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[visits.counts[found[:, 0]] <= entries.counts[found[:, 1]]]


def _known_none(visits: Table, cells: np.ndarray) -> np.ndarray:
    """Return which keys of the visits are known to be zero when these cells are: they, and totals of no others."""
    inner = np.zeros(visits.inner)
    inner[cells] = 1
    return np.concatenate([inner > 0, -(visits.sums[:, : visits.inner] @ (1 - inner)) < 0.5])


def _still_protected(
    problem: Problem, withheld: np.ndarray, log: Table | None, entries: Table, rule: Rule
) -> np.ndarray:
    """Return which withheld entries are asked to keep their interval: protected when they came out, or now."""
    now = dict(zip(log.keys, rule.protects(log.counts), strict=True)) if log is not None else {}
    asked = withheld & (problem.asked | np.array([now.get(key, False) for key in entries.keys]))
    once = replace(problem, asked=asked)
    known = list(exposed(once, withheld))  # late changes: what is out already says more than is asked
    asked[known] = False
    return asked
