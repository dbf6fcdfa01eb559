"""What the readers give: the population of units by hour, and a report of each file."""

from dataclasses import asdict, dataclass

import pandas as pd


@dataclass(frozen=True)
class SourceReport:
    """What became of one file's rows: ``rows_read == rows_kept + sum(rejected_counts.values())``.

    `rejected` names line and reason of the first 100 rows left out; `masked` counts values given as ``*``.
    """

    file: str
    format: str
    encoding: str
    rows_read: int
    rows_kept: int
    masked: int
    rejected: tuple[tuple[int, str], ...]
    rejected_counts: dict[str, int]

    def as_dict(self) -> dict:
        """Return the report for summary.json."""
        return asdict(self)


@dataclass(frozen=True)
class Population:
    """People present by unit and hour.

    `table`: one row per unit and hour, sorted: `unit_code` (text, categorical), `hour` (start of the hour,
    Asia/Seoul), `population` (people, NaN where masked), `missing` ("" or "masked", categorical), `low` and `high`
    (bounds: both are the population where it is known; a masked value is 0 to 3 people, and a sum with masked
    parts lies between the known sum and 3 more for each of them). A unit-hour without a row in the files has none
    here: it is neither zero nor invented. `unit_kind`: "dong", "block", "cell" or "gu". `monthly`: the files have
    months, not days: each day of a month is the month's typical day.
    """

    table: pd.DataFrame
    sources: tuple[SourceReport, ...]
    unit_kind: str
    monthly: bool = False
