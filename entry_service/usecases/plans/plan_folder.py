"""Reads plan folders that the analytics left under ``var/plans`` (contract/plan.json); the files are never edited.

A folder that is not whole is passed over and named in the log: nobody's page may break on it.
"""

import logging
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from entry_service.core.errors import NotFound
from entry_service.core.times import kst_day

Words = Mapping[str, str]  # language → sentence
Position = tuple[float, float]  # longitude, latitude
FOLDER, FILE = "plans", "plan.json"
PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,79}")
KEPT = 8  # plans held in memory

log = logging.getLogger("entry_service.plans")


class Reason(msgspec.Struct, frozen=True):
    """One sentence of why; ``points`` where it is a part of the risk."""

    ko: str
    en: str
    part: str = ""
    points: float | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One place of the plan, as the contract's table ``stops`` describes it."""

    stop_id: str
    kind: Literal["disinfect", "visit"]
    status: Literal["planned", "not needed", "left over"]
    rank: int | None
    team: int | None
    order: int | None
    arrive: datetime | None
    leave: datetime | None
    facility_id: str | None
    unit_code: str | None
    lon: float
    lat: float
    score: float
    risk: float
    last_case_visit: datetime | None
    days_since: int | None
    footfall: float | None
    surge: float | None
    surge_hour: int | None
    open_from: datetime | None
    open_until: datetime | None
    opening: str
    service_minutes: int
    reason: tuple[Reason, ...]


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """The way of one team."""

    team: int
    start: datetime
    end: datetime
    kilometres: float
    minutes: int
    stops: tuple[str, ...]
    line: tuple[Position, ...]


class SiteHour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of a testing site: people who come, teams it needs, minutes of wait, people left at its end."""

    start: datetime
    people: float
    teams_needed: int
    wait_minutes: float
    waiting: float


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A testing site, when to staff it and by how many; a plan of an earlier release does not say by how many."""

    rank: int
    lon: float
    lat: float
    unit_code: str
    reach_person_hours: float
    share: float
    begin: datetime = msgspec.field(name="from")
    until: datetime
    people: float | None = None
    teams: int | None = None
    staff: int | None = None
    wait_minutes: float | None = None
    hours: tuple[SiteHour, ...] = ()
    why: Words


class Sensitive(msgspec.Struct, frozen=True, kw_only=True):
    """How many sensitive facilities a case visited in one dong; without a dong: in the whole area."""

    dong: str | None = None
    name: str | None = None
    facilities: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Of the parameters, what the service works with."""

    begin: datetime
    teams: int
    hours: float
    start: Position
    speed_kmh: float
    detour: float
    sites: int
    agent: str
    entry: str = "opening"  # a plan of an earlier release has none, nor any of the following
    tests: int | None = None
    site_teams: int | None = None
    tests_per_hour: float | None = None
    team_staff: int | None = None
    wait_minutes: float | None = None


class AgentRule(msgspec.Struct, frozen=True, kw_only=True):
    """The disinfectant that was planned with, and its rule in words."""

    agent: str
    ko: str
    en: str
    rule: Literal["next_day", "agreement"]
    ko_rule: str
    en_rule: str
    reopen: date | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole plan."""

    id: str
    as_of: datetime
    created: datetime
    seed: int
    result: str
    parameters: Asked
    agent: AgentRule
    warnings: tuple[Words, ...]
    stops: tuple[Stop, ...]
    teams: tuple[Team, ...]
    sites: tuple[Site, ...]
    sensitive: tuple[Sensitive, ...]

    @property
    def day(self) -> date:
        """Return the Korean day on which the teams go out."""
        return kst_day(self.begin)

    @property
    def begin(self) -> datetime:
        """Return when the teams leave."""
        return self.parameters.begin

    @property
    def end(self) -> datetime:
        """Return when the teams are to be back; it may be after midnight."""
        return self.begin + timedelta(hours=self.parameters.hours)


def all_plans(var: Path) -> list[Plan]:
    """Return the whole plans, the newest first."""
    found = [_plan_in(file.parent) for file in sorted((var / FOLDER).glob(f"*/{FILE}"))]
    return sorted(filter(None, found), key=lambda plan: (plan.created, plan.id), reverse=True)


def find_plan(var: Path, plan_id: str) -> Plan:
    """Return the plan with this id; raise ``NotFound`` where there is none, or none that can be read."""
    plan = _plan_in(var / FOLDER / plan_id) if PLAIN.fullmatch(plan_id) else None
    if plan is None:
        raise NotFound(what="plan")
    return plan


def _plan_in(folder: Path) -> Plan | None:
    if not PLAIN.fullmatch(folder.name):
        return None
    file = folder / FILE
    try:
        status = file.stat()
        plan = _read(file, (status.st_mtime_ns, status.st_size))
        if plan.id != folder.name:
            raise ValueError("the id is not the name of the folder")
        return plan
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as reason:  # msgspec's errors are ValueErrors
        log.warning("plan passed over", extra={"facts": {"folder": folder.name, "kind": type(reason).__name__}})
        return None


@lru_cache(maxsize=KEPT)
def _read(file: Path, stamp: tuple[int, int]) -> Plan:
    return msgspec.json.decode(file.read_bytes(), type=Plan)
