"""Whoever holds both measures of a day works out no protected count of either: who visits has entered."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analytics.publish.audit import exposed
from analytics.publish.beside import beside_entries
from analytics.publish.suppress import withheld_cells
from analytics.publish.tables import Rule, Table, alone, with_totals

K = 10
ENTRIES, VISITS = Rule(K, 1), Rule(K, 0)


def keys_of(dongs: int, categories: int) -> list[tuple[str, str]]:
    return [(f"d{dong}", f"c{category}") for dong in range(dongs) for category in range(categories)]


@st.composite
def days(draw) -> tuple[Table, Table]:
    """Draw entries and index visits of up to 3 dongs × 3 categories, never more visits than entries."""
    keys = keys_of(draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    several = st.lists(st.one_of(st.integers(0, 12), st.integers(0, 60)), min_size=len(keys), max_size=len(keys))
    entries, visits = draw(several), draw(several)
    return with_totals(keys, entries), with_totals(keys, np.minimum(entries, visits).tolist())


def as_shown(entries: Table, withheld: np.ndarray) -> pd.DataFrame:
    """Return the entries as public.csv tells them."""
    at = pd.MultiIndex.from_tuples(entries.keys)
    return pd.DataFrame({"entries": pd.Series(entries.counts, at, dtype="Int64").mask(withheld)})


def told(entries: Table, visits: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return which keys are withheld: entries first, then index visits beside them."""
    first = withheld_cells(alone(entries, ENTRIES))
    second = withheld_cells(beside_entries(visits, VISITS, as_shown(entries, first), entries, ENTRIES))
    return first, second[: len(visits.keys)]


def intervals(entries: Table, visits: Table, withheld: np.ndarray) -> dict[int, tuple[float, float]]:
    """Return least and most of each withheld key of both (entries first), by a linear programme written anew."""
    more = len(entries.keys)
    box = [
        ((1 if key < entries.inner else 0, None) if hidden else (count,) * 2)
        for key, (hidden, count) in enumerate(zip(withheld[:more], entries.counts, strict=True))
    ]
    box += [
        ((0, None) if hidden else (count,) * 2)
        for hidden, count in zip(withheld[more:], visits.counts, strict=True)
    ]
    sums, link = np.kron(np.eye(2), entries.sums.toarray()), np.zeros((entries.inner, 2 * more))
    link[np.arange(entries.inner), np.arange(entries.inner)] = -1
    link[np.arange(entries.inner), more + np.arange(entries.inner)] = 1
    same = {"A_ub": link, "b_ub": np.zeros(len(link)), "A_eq": sums, "b_eq": np.zeros(len(sums)), "bounds": box}
    found = {}
    for key in np.flatnonzero(withheld):
        low, high = (linprog(sign * np.eye(2 * more)[key], **same) for sign in (1, -1))
        found[int(key)] = (low.fun, -high.fun if high.status == 0 else np.inf)
    return found


def assert_whole(entries: Table, visits: Table, first: np.ndarray, second: np.ndarray) -> None:
    """Assert that every protected count of both keeps its interval, but of visits where no entries are told."""
    known, more = intervals(entries, visits, np.concatenate([first, second])), len(entries.keys)
    least = entries.least(ENTRIES)
    for key in np.flatnonzero(ENTRIES.protects(entries.counts)):
        low, high = known[int(key)]
        assert low <= least[key] + 1e-6, ("entries", entries.keys[key])
        assert high >= K - 1e-6, ("entries", entries.keys[key])
    for key in np.flatnonzero(VISITS.protects(visits.counts) & (entries.counts > 0)):
        low, high = known[more + int(key)]
        assert low <= 1e-6, ("visits", visits.keys[key])
        assert high >= K - 1e-6, ("visits", visits.keys[key])


@given(days())
@settings(max_examples=40, deadline=None)
def test_every_protected_count_of_both_measures_keeps_its_interval_against_a_solver(day):
    assert_whole(*day, *told(*day))


def test_index_visits_cannot_be_worked_out_through_a_zero_of_entries():
    keys = keys_of(2, 3)
    entries = with_totals(keys, [70, 110, 0, 110, 20, 40])
    visits = with_totals(keys, [7, 11, 0, 11, 2, 4])
    apart = withheld_cells(alone(visits, VISITS))
    with pytest.raises(AssertionError, match="visits"):
        assert_whole(entries, visits, withheld_cells(alone(entries, ENTRIES)), apart)
    assert_whole(entries, visits, *told(entries, visits))


def test_entries_that_are_out_cannot_be_worked_out_through_index_visits():
    keys = keys_of(2, 2)
    entries, visits = with_totals(keys, [3, 40, 50, 60]), with_totals(keys, [0, 38, 12, 0])
    first, second = told(entries, visits)
    assert_whole(entries, visits, first, second)
    tell_more = VISITS.protects(visits.counts)
    with pytest.raises(AssertionError, match="entries"):
        assert_whole(entries, visits, first, tell_more)


def test_entries_stand_as_they_came_out_whatever_the_log_has_now():
    keys = keys_of(2, 2)
    entries, visits = with_totals(keys, [3, 40, 50, 60]), with_totals(keys, [0, 11, 12, 13])
    first = withheld_cells(alone(entries, ENTRIES))
    shown = as_shown(entries, first)
    for log in (with_totals(keys, [9, 55, 50, 61]), with_totals(keys[:3], [3, 2, 1]), None):
        problem = beside_entries(visits, VISITS, shown, log, ENTRIES)
        at = slice(len(visits.keys), len(visits.keys) + len(entries.keys))
        assert (problem.counts[at][~first] == entries.counts[~first]).all()
        assert np.abs(problem.sums @ problem.counts).max() == 0
        assert_whole(entries, visits, first, withheld_cells(problem)[: len(visits.keys)])


def test_more_index_visits_than_entries_were_not_logged_and_are_linked_to_nothing():
    keys = keys_of(1, 2)
    entries, visits = with_totals(keys, [0, 40]), with_totals(keys, [3, 20])
    shown = as_shown(entries, withheld_cells(alone(entries, ENTRIES)))
    problem = beside_entries(visits, VISITS, shown, entries, ENTRIES)
    assert problem.asked[0]
    assert not list(exposed(problem, withheld_cells(problem)))
