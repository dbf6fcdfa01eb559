"""How many a place may admit now: the level of distancing that holds, the facility's own capacity, its zones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from entry_service.core.capacity import Limit, Rule, levels, limit_by, read_rules
from entry_service.core.errors import BadInput, Sentence
from entry_service.core.model import Facility
from entry_service.core.times import KST
from entry_service.services import Services
from entry_service.store.log import distancing
from entry_service.store.log.distancing import Level
from entry_service.store.sites import facilities

from .log_scan import inside_now

RULES = read_rules(
    (Path(__file__).parents[2] / "core" / "capacity_rules.csv").read_text(encoding="utf-8").splitlines()
)
LEVELS = levels(RULES)
_BY_PLACE: dict[tuple[str, str, str], list[Rule]] = {}
for _rule in RULES:
    _BY_PLACE.setdefault((_rule.scheme, _rule.level, _rule.category), []).append(_rule)


def rules_of(level: Level, category: str) -> Sequence[Rule]:
    """Return the rules of a level for one category."""
    return _BY_PLACE.get((level.scheme, level.level, category), ())


def limit_of(services: Services, facility: Facility, now: datetime, zone: str = "") -> Limit:
    """Return what a facility may admit now, or one zone of it: then the zone's own capacity, if it has one.

    Whoever enters a zone from outside must fit into both. Costs a reading of the log at most every ten seconds.
    """
    level = services.distancing_of_door(now)
    whole = _limit_at(level.scheme, level.level, facility, now.astimezone(KST).hour)
    if not zone or whole.closed:
        return whole
    capacity = services.zone_capacities(facility.facility_id, now).get(zone)
    if capacity is None:
        return Limit(people=None, closed=False, open_until=whole.open_until, why=Sentence("구역 정원이 없습니다."))
    why = Sentence("구역이 정한 정원 %(people)s명", people=f"{capacity:,}")
    return Limit(people=capacity, closed=False, open_until=whole.open_until, why=why)


def is_closed(db: Connection, services: Services, facility: Facility, at: datetime, now: datetime) -> bool:
    """Say whether the level that held at a moment let nobody in; asked ``now``, on the way of a scan."""
    level = services.distancing_of_door(now)
    if level.since is not None and level.since > at:
        level = distancing.at(db, at)
    return _limit_at(level.scheme, level.level, facility, at.astimezone(KST).hour).closed


@lru_cache(maxsize=4_096)  # asked four times a scan
def _limit_at(scheme: str, level: str, facility: Facility, hour: int) -> Limit:
    return limit_by(_BY_PLACE.get((scheme, level, facility.category), ()), facility, hour)


def set_distancing(services: Services, scheme: str, level: str, *, by: str, now: datetime) -> Level:
    """Let another level hold from now on, logged with the account; raise ``BadInput`` for one that rules lack."""
    if (scheme, level) not in LEVELS:
        raise BadInput("목록에 있는 단계를 고르시기 바랍니다.", field="level")
    new = Level(scheme=scheme, level=level, since=now, set_by=by)
    services.store.write(lambda db: distancing.set_level(db, new))
    services.forget_facilities()
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a level would mean for the city: how many facilities would be closed, over their limit, without one."""

    facilities: int
    closed: int
    over: int
    limited: int
    not_computed: int
    worst: list[tuple[Facility, int, int]]  # facility, people inside now, people allowed; the furthest over first
    by_category: dict[str, list[int | None]]  # people allowed in each facility; None: no limit


def preview(services: Services, level: Level, now: datetime, *, show: int = 20) -> Preview:
    """Return what would follow if the level held now."""
    with services.store.read() as db:
        known = facilities.all(db)
    counts: Counter[str] = Counter()
    over = []
    admitted: dict[str, list[int | None]] = {}
    for facility in known:
        limit = limit_by(rules_of(level, facility.category), facility, now.astimezone(KST).hour)
        counts["closed"] += limit.closed
        counts["limited"] += limit.people is not None and not limit.closed
        counts["not_computed"] += bool(limit.missing)
        admitted.setdefault(facility.category, []).append(limit.people)
        inside = 0 if limit.people is None else inside_now(services, facility, now)
        if limit.people is not None and inside > limit.people:
            over.append((facility, inside, limit.people))
    over.sort(key=lambda one: one[2] - one[1])
    return Preview(
        facilities=len(known),
        closed=counts["closed"],
        over=len(over),
        limited=counts["limited"],
        not_computed=counts["not_computed"],
        worst=over[:show],
        by_category=admitted,
    )
