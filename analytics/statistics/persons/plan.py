"""The scan of persons as work that can be spread: its bounds by regions, its replicates by blocks.

What a block of centres or of replicates answers depends on nothing but the plan and the block, so the answer is
the same to the last bit however many threads, processes or machines take part.
"""

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..discs import Discs, disc
from ..parallel import in_threads, slices
from ..scan.clusters import Window, without_overlap
from ..scan.inference import stopping_point
from ..significance import TIE
from .bounds import HOURS_ALIKE, expected_at_least, low_chances
from .search import best_of_centres, largest, most_of_centres
from .visit_null import VisitNull

Progress = Callable[[int, int], None]
NODE = 16  # centres that share bounds
AT_ONCE = 512  # centres that are searched together
TABLE_BYTES = 1 << 28
CLASSES = 32
PARTS, WAVE = 64, 8
"""Parts the replicates are cut into, and how many are searched before a sequential test looks."""


@dataclass(frozen=True)
class Plan:
    """Everything about the visits and the map that every block needs. `chance`: units × spans, `low`: × groups."""

    discs: Discs
    unit: np.ndarray
    day: np.ndarray
    person: np.ndarray
    span: np.ndarray
    group: np.ndarray
    day_from: np.ndarray
    chance: np.ndarray
    low: np.ndarray
    least: int
    longest: int

    @property
    def persons(self) -> int:
        """Return the number of different persons."""
        return int(self.person.max(initial=-1)) + 1

    @property
    def map(self) -> tuple:
        """Return what the compiled functions need to make circles."""
        around = self.discs
        return around.points, around.share, around.cap, around.reach, around.tolerance, around.edges

    @property
    def events(self) -> tuple:
        """Return what the compiled functions need to know of the visits, their units apart."""
        who = (self.person, self.persons, self.least)
        return (self.chance, self.span, self.day, self.day_from, *who)


@dataclass(frozen=True)
class Bounds:
    """What the windows of each centre and of each node (neighbouring centres) expect at least.

    `entered`: centres × units, the lowest class in which a unit can be inside; `node_class` of all of a node.
    """

    node_from: np.ndarray
    centres: np.ndarray
    node_class: np.ndarray
    node_table: np.ndarray
    tables: np.ndarray
    entered: np.ndarray


def spread_over_threads(work: Callable, shared: object, parts: Sequence, progress: Progress | None) -> list:
    """Return work(*shared, part) of every part, in order: on the processors of this machine."""
    return in_threads(partial(work, *shared), parts, progress)


Spread = Callable[[Callable, tuple, Sequence, Progress | None], list]


def classes_for(centres: int, days: int, longest: int) -> int:
    """Return how many classes of circles the memory for tables allows."""
    return int(np.clip(TABLE_BYTES / (4 * max(centres * days * longest, 1)), 3, CLASSES))


def make_plan(null: VisitNull, around: Discs, longest: int, least: int) -> Plan:
    """Return the plan of a scan with windows of up to `longest` days and at least `least` persons."""
    day_from = np.searchsorted(null.day, np.arange(null.daily.shape[1] + 1))
    alike = null.span_start // HOURS_ALIKE + np.where(null.span_hours >= 24, 10**6, 0)
    group = np.append(0, np.cumsum(np.diff(alike) != 0))[: len(alike)]
    chance = null.chance if len(null.chance) else np.zeros((1, len(null.codes)))
    low = low_chances(chance, group if len(group) else np.zeros(1, int))
    return Plan(
        around, null.unit, null.day, null.person, null.span, group[null.span].astype(np.int32), day_from,
        np.ascontiguousarray(chance.T), low, least, longest,
    )  # fmt: skip


def make_bounds(plan: Plan, spread: Spread = spread_over_threads, progress: Progress | None = None) -> Bounds:
    """Return the bounds of all centres, worked out region by region."""
    nodes = _nodes(plan.discs.points)
    parts = [nodes[part] for part in slices(len(nodes))]
    found = [piece for region in spread(_bounds_of, (plan,), parts, progress) for piece in region]
    return Bounds(
        node_from=np.append(0, np.cumsum([len(node) for node in nodes])),
        centres=np.concatenate(nodes),
        node_class=np.stack([entered.min(axis=0) for _, entered in found]),
        node_table=np.stack([table.min(axis=0) for table, _ in found]),
        tables=np.concatenate([table for table, _ in found]),
        entered=np.concatenate([entered for _, entered in found]),
    )


def largest_of(plan: Plan, bounds: Bounds, drawn: np.ndarray) -> np.ndarray:
    """Return the largest statistic of each replicate of a block."""
    nodes = (bounds.node_from, bounds.centres, bounds.node_class, bounds.node_table, bounds.tables, bounds.entered)
    return largest(np.ascontiguousarray(drawn), *nodes, *plan.map, *plan.events)


def maxima(
    plan: Plan,
    bounds: Bounds,
    drawn: np.ndarray,
    spread: Spread = spread_over_threads,
    progress: Progress | None = None,
    observed: float = math.inf,
    stop_after: int | None = None,
) -> tuple[np.ndarray, bool]:
    """Return each replicate's largest statistic (`drawn`: replicates × visits), and whether draws were stopped.

    stop_after : stop at the replicate in which `observed` is reached for the stop_after-th time
    """
    parts = [drawn[part] for part in slices(len(drawn), PARTS)]
    wave, found = len(parts) if stop_after is None else WAVE, np.zeros(0)
    for start in range(0, len(parts), wave):
        found = np.concatenate([found, *spread(largest_of, (plan, bounds), parts[start : start + wave], progress)])
        stop = stopping_point(observed, found, stop_after)
        if stop is not None:
            return found[:stop], True
    return found, False


def clusters(plan: Plan, bounds: Bounds, spread: Spread = spread_over_threads) -> list[Window]:
    """Return the best window of every centre, strongest first, none of which shares a unit with a stronger one.

    Centres are searched by falling bound, some at a time; those that lie in a stronger cluster never are.
    """
    most = most_of_centres(
        plan.unit, bounds.centres, bounds.tables, bounds.entered, plan.day, plan.persons, plan.least
    )
    waiting = [(-bound * (1 + TIE), at, False) for at, bound in enumerate(most) if bound > 0]
    heapq.heapify(waiting)
    searched: dict[int, tuple] = {}
    taken, kept = np.zeros(len(plan.discs.points), bool), []
    while waiting:
        tied: list[Window] = []
        while waiting and (not tied or -waiting[0][0] >= tied[0].statistic * (1 - TIE)):
            bound, at, exact = heapq.heappop(waiting)
            if taken[bounds.centres[at]]:
                continue
            if exact:
                tied.append(_window(plan, int(bounds.centres[at]), *searched[at]))
                continue
            some, aside = [at], []
            while waiting and len(some) < AT_ONCE:
                entry = heapq.heappop(waiting)
                if entry[2]:
                    aside.append(entry)
                elif not taken[bounds.centres[entry[1]]]:
                    some.append(entry[1])
            for entry in aside:
                heapq.heappush(waiting, entry)
            parts = [np.array(some[part]) for part in slices(len(some))]
            for at, *found in itertools.chain(*spread(_best_windows, (plan, bounds), parts, None)):
                searched[at] = tuple(found)
                heapq.heappush(waiting, (-found[0], at, True))
        for window in without_overlap([window for window in tied if not taken[window.members].any()]):
            taken[window.members] = True
            kept.append(window)
    return kept


def _best_windows(plan: Plan, bounds: Bounds, some: np.ndarray) -> list[tuple]:
    """Return statistic, circle, first day and length − 1 of the best window of each of these that has one."""
    found = best_of_centres(some, bounds.centres, plan.unit, *plan.map, bounds.tables, *plan.events)
    return [row for row in zip(some.tolist(), *(part.tolist() for part in found), strict=True) if row[1] > 0]


def _window(plan: Plan, centre: int, statistic: float, circle: int, first: int, length: int) -> Window:
    members, zone, distance = disc(*plan.map[:5], centre)
    inside = zone <= circle
    order = np.lexsort((members[inside], zone[inside]))
    radius = float(distance[inside][-1])
    return Window(centre, members[inside][order], radius, float(statistic), int(first), int(first + length))


def _bounds_of(plan: Plan, nodes: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each node its centres' tables and the lowest class in which each of them has each unit."""
    found = []
    for node in nodes:
        table, entered = expected_at_least(
            node, *plan.map, plan.low, plan.group, plan.day_from, plan.person, plan.longest
        )
        found.append((table, entered))
    return found


def _nodes(points: np.ndarray) -> list[np.ndarray]:
    """Return the units in groups of neighbours: halves of halves, along the longer side."""
    waiting, found = [np.arange(len(points))], []
    while waiting:
        group = waiting.pop()
        if len(group) <= NODE:
            found.append(group)
            continue
        axis = int(np.ptp(points[group], axis=0).argmax())
        order = group[np.argsort(points[group, axis], kind="stable")]
        waiting += [order[len(order) // 2 :], order[: len(order) // 2]]
    return found
