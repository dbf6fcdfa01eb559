"""Coverage: which people and which visitors the entry log sees.

Two figures, never to be mixed. *Observable person-hours* (exposure.py) are the denominator of every rate: how many
person-hours of a place and hour the log holds of all who are there. *Visitor coverage* (visitors.py): which share
of the people who came to the facilities signed in; only counts at doors tell. docs/methods.md says how they
relate.
"""

from .door_counts import MatchedCounts, match_counts, read_door_counts
from .exposure import (
    ABSENT,
    MASKED,
    NO_FACILITY,
    NOT_YET,
    WORDS,
    Exposure,
    full_coverage,
    observable_person_hours,
)
from .visitors import VisitorCoverage, coverage_by, visitor_coverage

__all__ = [
    "ABSENT", "MASKED", "NOT_YET", "NO_FACILITY", "WORDS", "Exposure", "MatchedCounts", "VisitorCoverage",
    "coverage_by", "full_coverage", "match_counts", "observable_person_hours", "read_door_counts",
    "visitor_coverage",
]  # fmt: skip
