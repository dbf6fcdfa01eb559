"""What a plan is asked for: every number that decides something, with its default and its reason."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ..refusals import InputRefused
from ..tables import KST, moment, time_text
from .agents import read_agents

HEALTH_CENTRE = (126.93613, 37.33391)
"""Gunpo's public health centre (군포로 221), to the dong only: for real work give its own coordinates."""
ENTRIES = ("opening", "agreed")
FILES = ("opening_hours", "streets", "dongs")
STOPS = ("done", "disinfected")
COUNTS = ("tests", "site_teams")
"""Whole numbers that may be left open."""


@dataclass(frozen=True, kw_only=True)
class PlanParameters:
    """Parameters of one plan; all of them are written into plan.json, files by their names.

    Attributes
    ----------
    begin : aware datetime, optional
        When the teams leave; default: the first 09:00 that is not before the results' `as_of`.
    hours : float
        How long they are out, the way back included.
    start : (lon, lat)
        Where they leave from and come back to.
    service_minutes, visit_minutes : int
        Work at a facility, and at a hot unit. Our assumptions.
    speed_kmh, detour : float
        Driving in a town; road ÷ straight line, used where there is no street file.
    agent : text
        Disinfectant, a row of agents.csv: decides when a place may open again.
    entry : text
        "opening": within opening hours; "agreed": whenever the teams are out, by agreement with each facility, as
        where public institutions are disinfected at night.
    sites, walk_m, site_hours
        Testing sites, how far people walk to one in a straight line, and how long it is staffed.
    tests : int, optional
        People expected at all sites together; default: `test_share` of the exposed person-hours reached.
    test_share : float
        People who come for a test for each exposed person-hour. Our assumption.
    tests_per_hour : float
        People whom one testing team takes in an hour: 6, as the health ministry reckoned for a booth with ten
        minutes a person (4 March 2020; Kwon et al. 2020, doi:10.3346/jkms.2020.35.e123).
    team_staff : int
        People of one testing team, one for each of the ministry's four stages: reception, examination, specimen,
        disinfection and advice. Our assumption.
    wait_minutes : float
        Mean wait that the number of teams keeps to in every hour. Our assumption.
    site_teams : int, optional
        Testing teams of all sites together; default: as many as are needed.
    done : tuple of text
        `stop_id` of what was done on that day already: it is not planned again.
    disinfected : tuple of text
        `stop_id` of what was disinfected on an earlier day, after the last known case visit had ended: neither.
    opening_hours, streets, dongs : Path, optional
        Opening hours (CSV), street lines, and boundaries of dongs for the count of sensitive facilities.
    seed, iterations : int
        Of the routing; it stops after so many iterations, never by the clock: same input, same plan.
    """

    seed: int = 1
    teams: int = 2
    begin: datetime | None = None
    hours: float = 6.0
    start: tuple[float, float] = HEALTH_CENTRE
    service_minutes: int = 40
    visit_minutes: int = 20
    speed_kmh: float = 25.0
    detour: float = 1.3
    agent: str = "hypochlorite"
    entry: str = "opening"
    sites: int = 2
    walk_m: float = 800.0
    site_hours: int = 6
    tests: int | None = None
    test_share: float = 0.01
    tests_per_hour: float = 6.0
    team_staff: int = 4
    wait_minutes: float = 15.0
    site_teams: int | None = None
    iterations: int = 1_000
    done: tuple[str, ...] = ()
    disinfected: tuple[str, ...] = ()
    opening_hours: Path | None = None
    streets: Path | None = None
    dongs: Path | None = None

    def __post_init__(self) -> None:
        lon, lat = self.start
        rules = (
            ("seed", self.seed >= 0, "zero or more"),
            ("teams", 1 <= self.teams <= 50, "1 to 50"),
            ("begin", self.begin is None or self.begin.tzinfo is not None, "a time with its zone"),
            ("hours", 0 < self.hours <= 24, "above 0 and at most 24"),
            ("start", 124 <= lon <= 132 and 33 <= lat <= 39, "longitude, latitude in Korea"),
            ("service_minutes", 1 <= self.service_minutes <= 1_440, "1 to 1440"),
            ("visit_minutes", 1 <= self.visit_minutes <= 1_440, "1 to 1440"),
            ("speed_kmh", 0 < self.speed_kmh <= 130, "above 0 and at most 130"),
            ("detour", 1 <= self.detour <= 5, "1 to 5"),
            ("agent", self.agent in read_agents(), f"one of {', '.join(read_agents())}"),
            ("entry", self.entry in ENTRIES, f"one of {', '.join(ENTRIES)}"),
            ("sites", 0 <= self.sites <= 50, "0 to 50"),
            ("walk_m", 0 < self.walk_m <= 20_000, "above 0 and at most 20000"),
            ("site_hours", 1 <= self.site_hours <= 14, "1 to 14"),
            ("tests", self.tests is None or 0 <= self.tests <= 1_000_000, "0 to 1000000"),
            ("test_share", 0 <= self.test_share <= 1, "0 to 1"),
            ("tests_per_hour", 0 < self.tests_per_hour <= 1_000, "above 0 and at most 1000"),
            ("team_staff", 1 <= self.team_staff <= 50, "1 to 50"),
            ("wait_minutes", 1 <= self.wait_minutes <= 60, "1 to 60"),
            ("site_teams", self.site_teams is None or 1 <= self.site_teams <= 200, "1 to 200"),
            ("iterations", 1 <= self.iterations <= 1_000_000, "1 to 1000000"),
        )
        for name, holds, rule in rules:
            if not holds:
                raise InputRefused(f"must be {rule}, not {getattr(self, name)}", field=name)

    def begin_after(self, as_of: datetime) -> datetime:
        """Return when the teams leave, given when the results' data were known."""
        if self.begin is not None:
            return self.begin
        nine = as_of.replace(hour=9, minute=0, second=0, microsecond=0)
        return nine if nine >= as_of else nine + timedelta(days=1)

    def as_dict(self) -> dict[str, object]:
        """Return the parameters as JSON can hold them."""
        told = asdict(self) | {name: list(getattr(self, name)) for name in ("start", *STOPS)}
        told["begin"] = time_text(self.begin) if self.begin else None
        return told | {name: told[name].name if told[name] else None for name in FILES}


def asked(request: Mapping[str, object]) -> PlanParameters:
    """Return the parameters of a request as JSON holds them: `as_dict`, or any part of it; refuse others."""
    known = {field.name: field for field in fields(PlanParameters)}
    values: dict[str, object] = {}
    for name, value in request.items():
        if name not in known:
            raise InputRefused("is no parameter of a plan", field=name)
        try:
            values[name] = _value(name, value)
        except (TypeError, ValueError) as error:
            raise InputRefused(f"'{value}' cannot be used: {error}", field=name) from error
    return PlanParameters(**values)


def read_begin(text: str) -> datetime:
    """Return a time of day in KST such as 2020-08-29T09:00, or one that says +09:00; refuse anything else."""
    try:
        at = datetime.fromisoformat(text)
        return moment((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(KST))).isoformat()).to_pydatetime()
    except ValueError as error:
        raise InputRefused(f"'{text}' is not a time such as 2020-08-29T09:00", field="begin") from error


def _value(name: str, value: object) -> object:
    default = getattr(PlanParameters, name)
    if value is None:
        return default
    if name == "begin":
        return read_begin(str(value))
    if name in FILES:
        return Path(str(value))
    if name in STOPS:
        if isinstance(value, str):
            raise ValueError("a list is needed")
        return tuple(str(stop) for stop in value)
    if name == "start":
        lon, lat = value
        return float(lon), float(lat)
    if (name in COUNTS or isinstance(default, int)) and int(value) != float(value):
        raise ValueError("a whole number is needed")
    return int(value) if name in COUNTS else type(default)(value)
