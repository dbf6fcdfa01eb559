"""Floating population: files of cities and carriers in, one tidy table out. Formats and traps: docs/data.md."""

from ..refusals import PopulationRefused
from .align import AlignReport, align_to_days
from .model import Population, SourceReport
from .tidy import read_population

__all__ = [
    "AlignReport",
    "Population",
    "PopulationRefused",
    "SourceReport",
    "align_to_days",
    "read_population",
]
