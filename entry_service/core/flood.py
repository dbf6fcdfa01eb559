"""When are poster entries a flood: so many unverified ones in a minute that the door cannot have let them in.

A photo of a poster is enough to send entries from anywhere. Nobody can tell a single fake one from a real one, but
people pass a door one after another, and a flood does not. The rule only opens and prolongs a *spell*; what lies
in it is held back until somebody who knows the place decides (usecases/doors/quarantine.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
FEWEST = 10  # entries a minute that are never a flood: a class or a bus at a small site
SHARE = 0.1  # of those allowed inside: filling a place within ten minutes is the most that one door can do
M2_A_PERSON = 4  # where no limit is known: one person for 4 m², the rule of 2020
UNKNOWN = 30  # entries a minute at a place of unknown size: a door that lets one in every two seconds
PARTY = 4  # people an entry on average, above which a minute is abnormal however few its entries are
WHY: Mapping[str, tuple[str, ...]] = {  # the closed lists of why somebody decided so
    "released": ("site_confirmed", "staff_saw"),
    "voided": ("copied_poster", "made_up"),
}
QUIET = timedelta(minutes=10)  # without an abnormal minute: a flood that pulses more slowly fills no place


@dataclass(frozen=True, slots=True)
class Spell:
    """A flood at one facility, ``[started_at, ended_at)``; ``decision`` is empty until somebody decided."""

    started_at: datetime
    ended_at: datetime
    decision: str = ""


def most_a_minute(limit: int | None, area_m2: float | None) -> float:
    """Return how many unverified poster entries a minute are usual at most, for a facility's limit and area."""
    if limit is None and area_m2 is None:
        return UNKNOWN
    people = limit if limit is not None else area_m2 / M2_A_PERSON
    return max(FEWEST, people * SHARE)


def is_abnormal(entries: int, people: int, usual: float) -> bool:
    """Say whether a minute with so many unverified poster entries, of so many people, belongs to a flood."""
    return entries > usual or people > usual * PARTY


def minute_of(at: datetime) -> datetime:
    """Return the start of the minute."""
    return at.replace(second=0, microsecond=0)


def is_marked(last: Spell | None, at: datetime) -> bool:
    """Say whether the minute of ``at`` is known as abnormal already, so that nothing has to be counted."""
    return last is not None and not last.decision and last.ended_at >= minute_of(at) + MINUTE + QUIET


def is_decided(last: Spell | None, at: datetime) -> bool:
    """Say whether the moment lies in a spell that somebody has decided about already."""
    return last is not None and bool(last.decision) and at < last.ended_at


def counted_from(last: Spell | None, at: datetime) -> datetime:
    """Return from when on the entries of the minute are counted: not those that a decision has covered already."""
    start = minute_of(at)
    return max(start, last.ended_at) if last is not None and last.decision else start


def spell_after(last: Spell | None, at: datetime) -> Spell:
    """Return the spell that an abnormal minute begins or prolongs; it ends after ``QUIET`` without another one."""
    end = minute_of(at) + MINUTE + QUIET
    if last is not None and not last.decision and minute_of(at) < last.ended_at:
        return Spell(last.started_at, max(last.ended_at, end))
    return Spell(counted_from(last, at), end)
