"""No protected count can be worked out: every withheld one keeps its interval, whatever the table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analytics.publish.audit import Attacker, exposed
from analytics.publish.suppress import withheld_cells
from analytics.publish.tables import ALL, Rule, Table, alone, with_totals

K = 10
RULES = st.sampled_from([Rule(K, 0), Rule(K, 1), Rule(3, 1)])
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 60), st.sampled_from([0, 1, 9, 10, 400]))


@st.composite
def tables(draw) -> Table:
    """Draw a table of up to 5 dongs × 5 categories with holes."""
    every = [(f"d{dong}", f"c{category}") for dong in range(5) for category in range(5)]
    keys = draw(st.lists(st.sampled_from(every), min_size=1, max_size=20, unique=True))
    return with_totals(sorted(keys), draw(st.lists(COUNTS, min_size=len(keys), max_size=len(keys))))


def intervals(table: Table, withheld: np.ndarray, rule: Rule) -> dict[int, tuple[float, float]]:
    """Return least and most of every withheld key, by a linear programme of the whole table, written anew here."""
    cells = len(table.keys)
    box = []
    for cell in range(cells):
        lowest = rule.lowest if cell < table.inner else 0
        box.append((lowest, None) if withheld[cell] else (table.counts[cell],) * 2)
    found = {}
    for cell in np.flatnonzero(withheld):
        aim = np.zeros(cells)
        aim[cell] = 1
        sums = table.sums.toarray()
        low = linprog(aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=box)
        high = linprog(-aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=box)
        found[int(cell)] = (low.fun, -high.fun if high.status == 0 else np.inf)
    return found


@given(tables(), RULES)
@settings(max_examples=60, deadline=None)
def test_every_protected_count_keeps_its_interval_against_a_solver(table, rule):
    withheld = withheld_cells(alone(table, rule))
    known, least = intervals(table, withheld, rule), table.least(rule)
    for cell in np.flatnonzero(rule.protects(table.counts)):
        assert withheld[cell]
        low, high = known[int(cell)]
        assert low <= least[cell] + 1e-6, table.keys[cell]
        assert high >= rule.k - 1e-6, table.keys[cell]


@given(tables(), RULES)
@settings(max_examples=40, deadline=None)
def test_the_audit_finds_what_a_solver_finds(table, rule):
    withheld = rule.protects(table.counts)  # without complementary cells: often not enough
    known, least = intervals(table, withheld, rule), table.least(rule)
    wide = {cell for cell, (low, high) in known.items() if low <= least[cell] + 1e-6 and high >= rule.k - 1e-6}
    assert set(exposed(alone(table, rule), withheld)) == set(np.flatnonzero(withheld)) - wide
    attacker = Attacker(alone(table, rule), withheld)
    for cell, interval in known.items():
        assert attacker.bounds(cell) == pytest.approx(interval, abs=1e-6)


def test_a_protected_count_takes_others_with_it_and_totals_stay():
    keys = [(dong, category) for dong in "ab" for category in "xyz"]
    table = with_totals(keys, [3, 40, 50, 60, 70, 80])
    withheld = withheld_cells(alone(table, Rule(K, 1)))
    assert [table.keys[cell] for cell in np.flatnonzero(withheld)] == [
        ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"),
    ]  # fmt: skip


def test_a_dong_of_one_category_has_its_total_withheld_too():
    table = with_totals([("a", "x"), ("b", "x"), ("b", "y")], [4, 30, 40])
    withheld = dict(zip(table.keys, withheld_cells(alone(table, Rule(K, 1))), strict=True))
    assert withheld["a", "x"]
    assert withheld["a", ALL]
    assert not list(exposed(alone(table, Rule(K, 1)), np.array(list(withheld.values()))))


def test_zeros_are_told_of_entries_and_not_of_index_visits():
    table = with_totals([("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")], [0, 20, 30, 40])
    assert not withheld_cells(alone(table, Rule(K, 1))).any()
    assert withheld_cells(alone(table, Rule(K, 0)))[0]


def test_the_same_table_gives_the_same_answer():
    rng = np.random.default_rng(3)
    keys = [(f"d{dong}", f"c{category}") for dong in range(8) for category in range(8)]
    table = with_totals(keys, rng.negative_binomial(0.6, 0.05, len(keys)))
    first, second = (withheld_cells(alone(table, Rule(K, 0))) for _ in range(2))
    assert (first == second).all()
    assert first.sum() < len(table.keys)


@pytest.mark.parametrize(("keys", "counts"), [([], []), ([("a", "x")] * 2, [1, 2]), ([("a", "x")], [-1])])
def test_what_is_no_table_is_refused(keys, counts):
    with pytest.raises(ValueError, match="cells must be given"):
        with_totals(keys, counts)
