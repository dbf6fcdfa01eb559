"""What a plan is made of: stops, the way of each team, testing sites, and what is counted but not shown."""

from dataclasses import dataclass, field
from datetime import datetime

PLANNED, NOT_NEEDED, LEFT_OVER = "planned", "not needed", "left over"
DISINFECT, VISIT = "disinfect", "visit"


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages; `part` and `points` where it explains a part of the risk."""

    ko: str
    en: str
    part: str = ""
    points: float | None = None


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One place to go to: a facility to disinfect, or a hot unit to visit.

    Attributes
    ----------
    lon, lat : degrees, WGS 84: the facility, or a point inside the unit
    risk : 0 to 100, the sum of the points in `reason`
    footfall : person-hours there on a usual day; None where unknown
    score : risk ÷ 100 × footfall: the risk-weighted person-hours of one day, what the routes collect
    surge : most people more than three hours before, on a usual day; `surge_hour` is when
    open_from, open_until : the opening time that the plan can use; None where unknown or closed
    opening : given, learned, unknown or closed
    days_since : calendar days from the last visit of a case to the plan
    arrive, leave : begin and end of the work there
    """

    stop_id: str
    kind: str
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
    reason: tuple[Sentence, ...]
    status: str
    rank: int | None = None
    team: int | None = None
    order: int | None = None
    arrive: datetime | None = None
    leave: datetime | None = None
    off_street_m: float | None = None


@dataclass(frozen=True)
class TeamRoute:
    """The way of one team: `stops` in order, `line` of (lon, lat) from the start and back to it."""

    team: int
    start: datetime
    end: datetime
    kilometres: float
    minutes: int
    stops: tuple[str, ...]
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class SiteHour:
    """One hour of a testing site: people who come, teams needed, minutes of wait, people left at its end."""

    start: datetime
    people: float
    teams_needed: int
    wait_minutes: float
    waiting: float


@dataclass(frozen=True)
class Site:
    """A testing site: reach is what no site of a lower rank reaches already; [from, until) is when to staff it.

    Attributes
    ----------
    people : who are expected to come for a test while it is open
    teams, staff : testing teams there the whole time, and the people of these teams
    wait_minutes : mean wait in its worst hour
    hours : each hour that it is open
    """

    rank: int
    lon: float
    lat: float
    unit_code: str
    reach_person_hours: float
    share: float
    start: datetime
    until: datetime
    people: float
    teams: int
    staff: int
    wait_minutes: float
    hours: tuple[SiteHour, ...]
    why: Sentence


@dataclass(frozen=True)
class SiteBound:
    """How good the sites are: what they reach, and what no choice of as many sites can exceed."""

    exposed_person_hours: float
    reached: float
    bound: float
    optimal: bool


@dataclass(frozen=True)
class SensitiveCount:
    """Sensitive facilities that a case visited within the last days, in one dong; None: in the whole area."""

    dong: str | None
    name: str | None
    facilities: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole plan. `parameters` is what was asked, as JSON holds it; `agent` is the rule of reopening."""

    plan_id: str
    as_of: str
    created: datetime
    seed: int
    result: str
    code_version: str
    parameters: dict[str, object]
    agent: dict[str, object]
    warnings: tuple[Sentence, ...]
    stops: tuple[Stop, ...]
    teams: tuple[TeamRoute, ...]
    sites: tuple[Site, ...]
    sensitive: tuple[SensitiveCount, ...] = field(default=())
    bound: SiteBound | None = None
