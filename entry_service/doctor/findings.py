"""What a check says: one sentence in two languages, and whether somebody has to act."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``failed`` wants a person now, ``warning`` soon; operations.md tells what, under ``check``."""

    check: str
    state: State
    ko: str
    en: str


def ok(check: str, ko: str, en: str) -> Finding:
    """Return that all is well."""
    return Finding(check, "ok", ko, en)


def warning(check: str, ko: str, en: str) -> Finding:
    """Return what works, but should be seen to."""
    return Finding(check, "warning", ko, en)


def failed(check: str, ko: str, en: str) -> Finding:
    """Return what must be seen to."""
    return Finding(check, "failed", ko, en)
