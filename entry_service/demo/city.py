"""The demo city: its cells and its facilities, made anew from a seed and a size."""

from dataclasses import dataclass

from .cells import Cells, make_cells
from .sites import Sites, make_sites


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Cells and facilities; ``scale`` is a share of facilities and visitors, the population is always whole."""

    seed: int
    scale: float
    cells: Cells
    sites: Sites


def make_city(seed: int, scale: float = 1.0) -> City:
    """Return Gunpo with about 1,700 × ``scale`` facilities; the same seed and scale give the same city."""
    cells = make_cells(seed)
    return City(seed=seed, scale=scale, cells=cells, sites=make_sites(cells, seed, scale))
