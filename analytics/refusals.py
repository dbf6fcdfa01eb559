"""Refusals of the analytics: one clear sentence each, which the command shows as it is.

Refused (ValueError)
├── InputRefused           an input file; names file, line and field, so that its sender can put it right
│   ├── PopulationRefused  a population file of no known layout, or without one usable row
│   ├── ExtractRefused     a contract folder that is not what its datapackage.json says
│   ├── ResultsRefused     a result folder that is not one, or not what its datapackage.json says: result_folder.py
│   ├── RoutesRefused      a published route list that cannot be read, or of which no visit is left
│   └── ScanFileRefused    a file in SaTScan's formats that cannot be read, or does not agree with the others
├── UnitsRefused           a file of spatial units that cannot be used
├── NothingToJudge         nothing is left that a statistic could judge
├── OutputRefused          a folder that must not be written or replaced
├── NotPublished           a public result from which a protected count could be worked out
├── ClusterRefused         a Dask cluster that cannot be used
└── StatisticRefused       a statistic's own reasons: statistics/refusals.py
"""

from pathlib import Path


class Refused(ValueError):
    """The analytics cannot use this input; the message says which file, row and field, and why."""


class UnitsRefused(Refused):
    """A file of spatial units without usable codes, geometry or coordinate system."""


class NothingToJudge(Refused):
    """No visit, or no observable person-hour, is left to judge; the message says where they went."""


class OutputRefused(Refused):
    """The folder asked for is not a result folder of ours, or cannot be written."""


class NotPublished(Refused):
    """The audit of a public result found a protected count that is told or could be worked out."""


class ClusterRefused(Refused):
    """The cluster asked for cannot be used: Dask, its scheduler or its workers are not as they must be."""


class InputRefused(Refused):
    """A file cannot be used; ``file``, ``line`` (from 1) and ``field`` are None where they do not apply."""

    def __init__(
        self, reason: str, *, file: Path | str | None = None, line: int | None = None, field: str | None = None
    ) -> None:
        """Join the facts into one sentence: "file, line 3, field 시간대구분: '24' is not an hour"."""
        where = [str(file)] if file is not None else []
        where += [f"line {line}"] if line is not None else []
        where += [f"field {field}"] if field is not None else []
        super().__init__(f"{', '.join(where)}: {reason}" if where else reason)
        self.reason, self.file, self.line, self.field = reason, file, line, field


class PopulationRefused(InputRefused):
    """A population file that holds nothing usable; single bad rows are reported, not refused."""


class ExtractRefused(InputRefused):
    """A contract folder that does not agree with its own list of files, or with contract/extract.json."""


class RoutesRefused(InputRefused):
    """A published route list that cannot be read, or of which the rules leave no visit."""


class ScanFileRefused(InputRefused):
    """A file of cases, controls, populations or coordinates that cannot be read or disagrees with the others."""
