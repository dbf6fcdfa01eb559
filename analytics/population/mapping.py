"""A layout told by a small TOML file, for population files that are none of those known (docs/data.md)."""

import re
import tomllib
from pathlib import Path

from ..refusals import PopulationRefused
from .layouts import FINEST, Layout, Names

KEYS = {"name", "unit_kind", "day", "month", "hour", "hours", "unit", "x", "y", "population", "split_by"}
CODE_KINDS = {"cell": "id"}
"""A city's own cells have names of its own; other codes must be of their kind."""


def read_mapping(path: Path) -> Layout:
    """Return the layout that the file describes.

    Raises
    ------
    PopulationRefused
        It is no TOML; a key is unknown, missing, beside one that excludes it, or not of its type.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PopulationRefused(f"cannot be opened ({error.strerror or error})", file=path.name) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PopulationRefused(f"not a TOML file in UTF-8 ({error})", file=path.name) from error
    return _Mapping(path.name, told).layout()


class _Mapping:
    def __init__(self, file: str, told: dict) -> None:
        self.file, self.told = file, told

    def layout(self) -> Layout:
        unknown = sorted(self.told.keys() - KEYS)
        if unknown:
            self._refuse(unknown[0], f"unknown; known are {', '.join(sorted(KEYS))}")
        kind = self.told.get("unit_kind")
        if kind not in FINEST:
            self._refuse("unit_kind", f"must be one of {', '.join(FINEST)}")
        hours = self._columns("hours")
        if self._one("hour", "hours") == "hours" and len(hours) != 24:
            self._refuse("hours", f"must name 24 columns, not {len(hours)}")
        if (self._one("population", "hours") == "hours") != bool(hours):
            self._refuse("population", "is told by the 24 columns of hours")
        return Layout(
            name=str(self.told.get("name", Path(self.file).stem)),
            unit_kind=kind,
            day=self._column(self._one("day", "month")),
            hour=() if hours else self._column("hour"),
            codes=self._codes(kind),
            values=tuple((name,) for name in hours or self._columns("population")),
            groups=tuple((name,) for name in self._columns("split_by")),
            monthly="month" in self.told,
        )

    def _codes(self, kind: str) -> tuple[tuple[str, Names], ...]:
        if self._one("unit", "x") == "unit":
            return ((CODE_KINDS.get(kind, kind), self._column("unit")),)
        if kind != "cell":
            self._refuse("x", "coordinates name cells; unit_kind is not cell")
        return (("x", self._column("x")), ("y", self._column("y")))

    def _one(self, first: str, second: str) -> str:
        """Return which of two keys is there; it must be one."""
        there = [key for key in (first, second) if key in self.told]
        if len(there) != 1:
            self._refuse(first, f"exactly one of {first} and {second} must be there")
        return there[0]

    def _column(self, key: str) -> Names:
        columns = self._columns(key)
        if len(columns) != 1:
            self._refuse(key, "must name one column")
        return columns

    def _columns(self, key: str) -> Names:
        told = self.told.get(key, [])
        told = [told] if isinstance(told, str) else told
        if not isinstance(told, list) or not all(isinstance(name, str) and name.strip() for name in told):
            self._refuse(key, "must be the name of a column, or a list of them")
        if key in self.told and not told:
            self._refuse(key, "must name a column")
        return tuple(re.sub(r"[\s\"']", "", name).upper() for name in told)

    def _refuse(self, key: str, why: str) -> None:
        raise PopulationRefused(why, file=self.file, field=key)
