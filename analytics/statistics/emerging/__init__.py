"""Emerging hot spots: a cube of places and days, Gi* in space and time, a trend test, seventeen categories."""

from .categories import CATEGORIES, NO_PATTERN, RULES, Rule, classify
from .cube import Cube, cube_of
from .emerging import FEWEST_BINS, NO_FIGURES, TOO_FEW_BINS, emerging_hot_spots
from .mann_kendall import mann_kendall
from .space_time_gi import SpaceTimeGi, space_time_gi

__all__ = [
    "CATEGORIES", "FEWEST_BINS", "NO_FIGURES", "NO_PATTERN", "RULES", "TOO_FEW_BINS", "Cube", "Rule",
    "SpaceTimeGi", "classify", "cube_of", "emerging_hot_spots", "mann_kendall", "space_time_gi",
]  # fmt: skip
