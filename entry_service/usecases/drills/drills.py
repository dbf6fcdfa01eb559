"""A drill of an outbreak, in the live system: invented people go through the real doors, officers find them.

States: ``ready`` (passes are made, staff may read them), ``running`` (a case is registered, its contacts are to be
found), ``scored`` (counted), ``cleaned`` (nothing of it is left but the counts). Killed anywhere, ``clean``
(drill_clean.py) ends it. One drill at a time: two would find each other's people.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.drills import (
    APPROVER,
    ASKER,
    drill_contact,
    steps_of,
)
from entry_service.core.errors import BadInput, EntryError, NotAllowed
from entry_service.core.model import Case, Scan
from entry_service.core.times import KST, kst_day
from entry_service.services import Services
from entry_service.store.cases import cases
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import drills
from entry_service.store.log.drills import Drill
from entry_service.vault.asked import Disclosure
from entry_service.vault.checkpoints import AuditUnavailable

from ..cases import disclose
from ..cases.register_case import register_case
from ..cases.trace import trace
from ..doors.collecting import assert_collecting
from .drill_doors import enter
from .drill_sites import drawn, made_passes, sites_for_drill

OUTBREAK = "outbreak"
READY, RUNNING, SCORED, CLEANED = "ready", "running", "scored", "cleaned"
MOST_SITES, MOST_CONTACTS = 500, 5_000
TWO_OF = {
    "asker": Actor(account_id=ASKER, role="officer"),
    "approver": Actor(account_id=APPROVER, role="approver"),
}
Random = Callable[[int], bytes]


class DrillRunning(EntryError):
    """Another drill of an outbreak has not been cleaned up yet."""

    status, code = 409, "drill_running"
    sentence = "진행 중인 훈련이 있습니다. 그 훈련을 끝내거나 정리한 뒤 다시 시작하시기 바랍니다."


class DrillNotReady(EntryError):
    """The drill is not at the step that this follows; ``state`` says where it stands."""

    status, code, sentence = 409, "drill_not_ready", "훈련이 아직 이 단계에 이르지 않았습니다."


def prepare_drill(
    services: Services,
    *,
    sites: int,
    contacts: int,
    actor: Actor,
    now: datetime,
    random: Random,
    by_staff: bool = False,
    named: Sequence[str] = (),
) -> Drill:
    """Make the passes of a drill with their contacts, spread over sites; nobody has one before the audit knows.

    Parameters
    ----------
    sites, contacts : int
        How many facilities take part, drawn at random, and how many invented contacts over all of them. Each site
        also has one index pass and one stranger, who is gone before and must not be found.
    by_staff : bool
        People carry the passes to the doors, where staff read them; else ``play_doors`` goes through all doors.
        Only sites with a device take part then.
    named : sequence of str
        The facilities that take part, all of them, in place of ``sites`` drawn ones (drill_sites.py).

    Raises ``BadInput`` (``sites``, ``contacts``, ``named``), ``DrillRunning``, ``CollectionEnded``,
    ``AuditUnavailable``: then there is no drill.
    """
    assert_collecting(services, now, now)
    with services.store.read() as db:
        known = sites_for_drill(db, named, with_device=by_staff)
    sites = len(known) if named else sites
    if not 1 <= sites <= min(len(known), MOST_SITES):
        raise BadInput("시설 수는 1곳부터 참여할 수 있는 시설 수까지 입력하시기 바랍니다.", field="sites")
    if not sites <= contacts <= MOST_CONTACTS:
        raise BadInput("접촉자 수는 시설 수부터 5,000명까지 입력하시기 바랍니다.", field="contacts")
    chosen = sorted(drawn(known, sites, random), key=lambda facility: facility.facility_id)
    day, passes = kst_day(now), made_passes(chosen, contacts, random)
    if by_staff:  # a stranger who comes when people please is none
        passes = [replace(one, door="pass", leaves=True) for one in passes if one.role != "stranger"]
    drill = Drill(
        drill_id=random(8).hex(),
        kind=OUTBREAK,
        state=READY,
        started_at=now,
        started_by=actor.account_id,
        ended_at=None,
        case_id="",
        plan={"sites": [facility.facility_id for facility in chosen], "contacts": contacts, "by_staff": by_staff},
        result={},
    )

    def keep(db: Connection) -> None:
        one_at_a_time(db, b"drills")
        if any(one.state != CLEANED for one in drills.all(db, OUTBREAK)):
            raise DrillRunning
        drills.add(db, drill, ((day, one) for one in passes))

    services.store.write(keep)
    try:
        services.vault.audit.append("drill_started", actor, now=now, rows=len(passes))
    except AuditUnavailable:
        services.store.write(lambda db: drills.drop(db, drill.drill_id))
        raise
    for one in passes:
        if one.door == "pass":  # the other doors leave the contact themselves
            services.vault.deposit(day, one.pid, drill_contact(one.person))
    return drill


def play_doors(services: Services, drill_id: str, *, now: datetime, random: Random) -> int:
    """Let everybody of a ready drill go through the doors, within the hour before now; return how many came in.

    What a door refuses is not entered elsewhere: the score of the site shows it.
    """
    drill = _at(services, drill_id, READY)
    with services.store.read() as db:
        passes = drills.passes_of(db, drill_id)
    came = enter(services, passes, now=now, random=random)
    _plan(services, drill, entered_at=now.isoformat(), played=True)
    return came


def register_drill(services: Services, drill_id: str, *, actor: Actor, now: datetime) -> Drill:
    """Register the case of a drill: the index passes were at the sites. It is traced once, and counted nowhere.

    Raises ``DrillNotReady`` where the drill is further, or nobody has come in yet.
    """
    drill = _at(services, drill_id, READY)
    if actor.role != "officer":
        raise NotAllowed
    with services.store.read() as db:
        index = [one.pid for _day, one in drills.passes_of(db, drill_id) if one.role == "index"]
        rows = [row for row in drills.rows_of(db, drill_id) if row.outcome == "accepted"]
    if not {row.pid for row in rows} & set(index):
        raise DrillNotReady(state="no_entries")
    day, entered_at = kst_day(now), min(max(row.scanned_at for row in rows), now)

    def begin(db: Connection, case: Case) -> None:
        """Name the case in the transaction that makes it: no kill leaves one that nobody looks for."""
        one_at_a_time(db, b"drills")
        known = drills.find(db, drill_id)
        if known.state != READY:  # somebody else was sooner, or ended it
            raise DrillNotReady(state=known.state)
        plan = {"entered_at": entered_at.isoformat(), **known.plan, "officer": actor.account_id}
        drills.change(db, drill_id, state=RUNNING, case_id=case.case_id, plan=plan)

    case = register_case(
        services,
        number=f"훈련-{now.astimezone(KST):%Y%m%d-%H%M%S}",
        onset=day,
        specimen_date=None,
        places=[],
        passes=index,
        now=now,
        actor=actor,
        drill=True,
        along=begin,
    ).case
    trace(services, case.case_id, now=now, actor=actor)
    _plan(services, drill, traced_at=now.isoformat())
    return find(services, drill_id)


def go_unattended(services: Services, drill_id: str, *, now: datetime) -> Disclosure:
    """Ask, approve and open by the two accounts of drills; no code, since they reach invented people only.

    The vault holds them to that: they act on cases of drills alone, and open none that names anybody else.
    """
    drill = _at(services, drill_id, RUNNING)
    traced = trace(services, drill.case_id, now=now, actor=TWO_OF["asker"])
    asked = disclose.ask(
        services,
        drill.case_id,
        places=[disclose.place_key(place) for place in traced.places],
        least=0.0,
        purpose="contact_tracing",
        code="",
        actor=TWO_OF["asker"],
        now=now,
    )
    approver = TWO_OF["approver"]
    disclose.decide(services, asked.request_hash, approve=True, code="", remark="", actor=approver, now=now)
    disclose.open_approved(services, drill.case_id, asked.request_hash, actor=TWO_OF["asker"], now=now)
    _plan(services, drill, unattended=True)
    return services.vault.disclosures.find(asked.request_hash)


def steps(services: Services, drill: Drill) -> list[Any]:
    """Return the steps on the way to the contact list, with minutes: those of people are read from their acts.

    Where staff read the passes the first step, ``prepared``, lasts until somebody has come in at all.
    """
    told = {
        name: datetime.fromisoformat(drill.plan[name])
        for name in ("entered_at", "traced_at")
        if name in drill.plan
    }
    asked = _first_opened(services, drill)
    case_at = first = None
    if by_staff(drill) and drill.state != CLEANED:
        with services.store.read() as db:
            first = first_entry(drills.rows_of(db, drill.drill_id))
    if drill.case_id and drill.state != CLEANED:
        with services.store.read() as db:
            case_at = cases.find_case(db, drill.case_id).registered_at
    moments = [
        *([("prepared", first)] if by_staff(drill) else []),
        ("entered", told.get("entered_at")),
        ("registered", case_at),
        ("traced", told.get("traced_at")),
        ("asked", asked and asked.asked_at),
        ("approved", asked and asked.decided_at if asked and asked.decision == "approved" else None),
        ("opened", asked and asked.opened_at),
    ]
    return steps_of(drill.started_at, moments)


def by_staff(drill: Drill) -> bool:
    """Say whether people carry the passes of a drill to the doors."""
    return bool(drill.plan.get("by_staff"))


def first_entry(rows: Iterable[Scan]) -> datetime | None:
    """Return when the first of a drill's accepted rows was read, None before."""
    return min((row.scanned_at for row in rows if row.outcome == "accepted"), default=None)


def find(services: Services, drill_id: str) -> Drill:
    """Return a drill or raise ``NotFound``."""
    with services.store.read() as db:
        return drills.find(db, drill_id)


def all_drills(services: Services) -> Sequence[Drill]:
    """Return every drill, the newest first."""
    with services.store.read() as db:
        return drills.all(db)


def _first_opened(services: Services, drill: Drill) -> Disclosure | None:
    """Return the request that led to the list first, else the newest that waits."""
    if not drill.case_id or drill.state == CLEANED:
        return None
    known = services.vault.disclosures.of_case(drill.case_id)
    opened = [one for one in known if one.opened_at is not None]
    return opened[0] if opened else known[-1] if known else None


def _at(services: Services, drill_id: str, state: str) -> Drill:
    drill = find(services, drill_id)
    if drill.state != state:
        raise DrillNotReady(state=drill.state)
    return drill


def _plan(services: Services, drill: Drill, **told: Any) -> None:
    def keep(db: Connection) -> None:
        known = drills.find(db, drill.drill_id)
        drills.change(db, drill.drill_id, plan={**known.plan, **told})

    services.store.write(keep)
