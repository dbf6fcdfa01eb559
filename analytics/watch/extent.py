"""Which units and hours a population file has, kept beside it: what newer files have too need not be kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np

EXTENT = ".extent.npz"
"""Hidden: no file of this name is taken from the inbox."""


@dataclass(frozen=True)
class Extent:
    """`there` (bool, hours × units) says which rows there are; `hours` count from 1970 UTC, `units` are codes."""

    hours: np.ndarray
    units: np.ndarray
    there: np.ndarray

    @classmethod
    def of(cls, table) -> Self:
        """Return the extent of `Population.table`; a masked figure is there, as it is read."""
        import pandas as pd  # takes a second to load

        rows, hours = pd.factorize(table["hour"], sort=True)
        columns, units = pd.factorize(table["unit_code"], sort=True)
        there = np.zeros((len(hours), len(units)), bool)
        there[rows, columns] = True
        since_1970 = hours.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[h]").astype(np.int64)
        return cls(since_1970, np.asarray(units, dtype=str), there)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Return what was saved in the folder; None where nothing was, or it cannot be read."""
        try:
            with (folder / EXTENT).open("rb") as file, np.load(file, allow_pickle=False) as said:
                shape = len(said["hours"]), len(said["units"])
                bits = np.unpackbits(said["there"], count=shape[0] * shape[1])
                return cls(said["hours"], said["units"], bits.astype(bool).reshape(shape))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    def save(self, folder: Path) -> None:
        """Write it into the folder, a bit for each unit and hour."""
        np.savez_compressed(folder / EXTENT, hours=self.hours, units=self.units, there=np.packbits(self.there))

    def is_covered_by(self, others: Iterable[Self]) -> bool:
        """Say whether every unit and hour is in one of the others."""
        left = self.there.copy()
        for other in others:
            _, hours, their_hours = np.intersect1d(self.hours, other.hours, return_indices=True)
            _, units, their_units = np.intersect1d(self.units, other.units, return_indices=True)
            left[np.ix_(hours, units)] &= ~other.there[np.ix_(their_hours, their_units)]
        return not left.any()
