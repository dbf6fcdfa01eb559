"""Every reason why a statistic refuses its input, with the facts in the message.

StatisticRefused (refusals.Refused)
├── MissingValue      a unit has no value; missing is not zero
├── BadCounts         negative, fractional or absent counts
├── IsolatedUnits     a unit without neighbours has no neighbourhood to judge
└── Misaligned        two inputs do not describe the same units, or name one twice
"""

from collections.abc import Sequence

from ..refusals import Refused


def _listed(codes: Sequence[object], most: int = 5) -> str:
    shown = ", ".join(str(code) for code in list(codes)[:most])
    return shown if len(codes) <= most else f"{shown} and {len(codes) - most} more"


class StatisticRefused(Refused):
    """The statistic would answer a question that the input does not pose."""


class MissingValue(StatisticRefused):
    """A unit has no value; leave it out with its reason, never fill it."""

    def __init__(self, what: str, codes: Sequence[object]) -> None:
        super().__init__(f"{what}: no finite value for {len(codes)} unit(s): {_listed(codes)}")
        self.codes = list(codes)


class BadCounts(StatisticRefused):
    """Counts are whole, not negative, and exposure is positive."""

    def __init__(self, what: str, rule: str, codes: Sequence[object]) -> None:
        super().__init__(f"{what} must be {rule}; not so for {len(codes)} unit(s): {_listed(codes)}")
        self.codes = list(codes)


class IsolatedUnits(StatisticRefused):
    """Units without neighbours get the smallest p-values of all: attach them (weights.attach_isolates) first."""

    def __init__(self, codes: Sequence[object]) -> None:
        super().__init__(f"{len(codes)} unit(s) without neighbours: {_listed(codes)}")
        self.codes = list(codes)


class Misaligned(StatisticRefused):
    """Two inputs name different units, or one of them names a unit twice."""
