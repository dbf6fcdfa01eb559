"""What a case file shows: its contacts, what was done for each, and how many there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

ContactState = Literal["waiting", "called", "tested", "isolated", "closed"]
CONTACT_STATES: tuple[ContactState, ...] = get_args(ContactState)  # the usual order; none is forced


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """What was done for a contact, by whom and when."""

    number: int
    state: ContactState
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContact:
    """One person of a case file; all None where the record cannot be read. ``evidence``: a JSON list a pass."""

    number: int
    name: str | None
    phone: str | None
    safety_code: str | None
    residence: str | None
    verified: bool
    evidence: tuple[str, ...]
    request_hash: str

    @property
    def readable(self) -> bool:
        """Say whether there is somebody to call."""
        return bool(self.phone or self.safety_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """How many case files were made, how many of them closed and destroyed, and how many contacts are kept."""

    files: int
    closed: int
    destroyed: int
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """What is known of a case file without opening it."""

    case_id: str
    key_id: str
    made_at: datetime
    closed_at: datetime | None
    destroyed_at: datetime | None
    contacts: int
