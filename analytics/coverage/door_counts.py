"""People counted at doors (`door_counts.csv`), and the hours of the log that they can be held against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..extract_reading import parse_door_counts
from ..refusals import ExtractRefused


@dataclass(frozen=True)
class MatchedCounts:
    """Door counts beside the log: `rows` (facility_id, hour, counted, logged), and what became of all that were
    read.

    `logged` is at most `counted`. Of `read` rows, `used` + `outside` + `not_logging` + `empty` is the whole:
    `outside` belongs to a facility or hour that is not in the study, `not_logging` to an hour in which the
    facility did not log, `empty` has nobody counted and nobody logged. `above` are the used ones with more entries
    than people counted; they count as fully logged.
    """

    rows: pd.DataFrame
    read: int
    outside: int
    not_logging: int
    empty: int
    above: int

    def as_dict(self) -> dict[str, int]:
        """Return the numbers as JSON can hold them."""
        facts = {name: getattr(self, name) for name in ("read", "outside", "not_logging", "empty", "above")}
        return facts | {"used": len(self.rows), "facilities": int(self.rows["facility_id"].nunique())}


def read_door_counts(path: Path | str, known: set[str]) -> pd.DataFrame:
    """Return `facility_id`, `hour`, `counted` of a file of door counts outside an extract.

    Parameters
    ----------
    path : CSV file with the columns of `door_counts` in contract/extract.json
    known : facility_ids of the extract

    Raises
    ------
    ExtractRefused
        Not readable, not a table of the contract, an unknown facility, an hour that is not the start of an hour
        with +09:00, a count below zero or not whole, a facility's hour twice; with file, line and field.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ExtractRefused(f"cannot be read ({error.strerror})", file=path) from error
    return parse_door_counts(str(path), content, known)


def match_counts(counts: pd.DataFrame, log: pd.DataFrame) -> MatchedCounts:
    """Return the counts that stand beside a facility-hour of the log.

    Parameters
    ----------
    counts : DataFrame
        `facility_id`, `hour`, `counted`.
    log : DataFrame, one row per facility and hour
        `facility_id`, `hour`, `entries`, `missing` ("" while the facility logs).
    """
    columns = log[["facility_id", "hour", "entries", "missing"]]
    beside = counts.merge(columns, how="left", on=["facility_id", "hour"], validate="one_to_one")
    outside = beside["missing"].isna().to_numpy()
    silent = ~outside & (beside["missing"] != "").to_numpy()
    entries = beside["entries"].to_numpy(dtype=float, na_value=np.nan)
    counted = beside["counted"].to_numpy(dtype=float)
    empty = (counted == 0) & (entries == 0)
    used = ~outside & ~silent & ~empty
    above = used & (entries > counted)
    rows = beside.loc[used, ["facility_id", "hour"]].reset_index(drop=True)
    rows = rows.assign(counted=np.maximum(counted, entries)[used], logged=entries[used])
    return MatchedCounts(rows, len(beside), *(int(part.sum()) for part in (outside, silent, empty, above)))
