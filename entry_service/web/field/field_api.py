"""The API of the checklist: a team's stops of today, and what it notes, one answer a note.

No case, no person and no reason of the plan is in either; a note names a stop, what was done, and when.
"""

import re
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from flask import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType

from entry_service.core.disinfection import LONGEST_REMARK, Agent, FieldCheck, Obstacle, State, Surface
from entry_service.core.errors import EntryError, NotAllowed
from entry_service.usecases.plans.field_work import Told, Work, note_checks, work_newest, work_today
from entry_service.usecases.plans.plan_now import StopNow

from ..api.openapi import END, Body, bad_input, json_response, operation
from ..frame.acting import actor
from ..frame.auth import current_account
from ..frame.context import now, services, settings
from ..frame.i18n import translated

MOST_CHECKS = 200
FIELD = {"auth": "session:field"}
Moment = Annotated[datetime, Meta(tz=True)]
CheckId = Annotated[str, Meta(pattern=rf"^[0-9A-Za-z-]{{8,64}}{END}")]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
blueprint = Blueprint("field_api", __name__)


class Noted(msgspec.Struct, frozen=True):
    """The newest note about a stop, as every phone of the team shows it."""

    check_id: str
    state: State
    obstacle: str
    ended_at: datetime
    reopens: date | None


class FieldStop(msgspec.Struct, frozen=True):
    """One stop. ``name`` is empty at a visit; ``arrive`` and ``leave`` None where no time was planned."""

    stop_id: str
    order: int
    kind: Literal["disinfect", "visit"]
    name: str
    address: str
    unit_code: str | None
    lon: float
    lat: float
    arrive: datetime | None
    leave: datetime | None
    open_from: datetime | None
    open_until: datetime | None
    noted: Noted | None


class FieldPlan(msgspec.Struct, frozen=True):
    """``plan_id`` None: no officer gave this account a team today. ``agent``: planned with."""

    account_id: str
    login: str
    plan_id: str | None
    day: date | None
    team: int | None
    teams: int | None
    agent: str
    stops: list[FieldStop]
    now: datetime


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done at a stop, or why nothing was; times by the clock of the phone."""

    check_id: CheckId
    plan_id: Name
    stop_id: Name
    team: Annotated[int, Meta(ge=1, le=50)]
    state: State
    started_at: Moment
    ended_at: Moment
    agent: Agent | Literal[""] = ""
    ppm: Annotated[int, Meta(ge=1, le=200_000)] | None = None
    surfaces: Annotated[list[Surface], Meta(max_length=20)] = []
    aired_minutes: Annotated[int, Meta(ge=1, le=1_440)] | None = None
    obstacle: Obstacle | Literal[""] = ""
    remark: Annotated[str, Meta(max_length=LONGEST_REMARK)] = ""


class Checks(Body, frozen=True, forbid_unknown_fields=True):
    """Notes that wait on a phone, the oldest first: objects as of ``Check`` in docs/api.md.

    ``account_id``: who made them. ``device_now``: the present, by the clock that told the times.
    """

    checks: Annotated[list[msgspec.Raw], Meta(max_length=MOST_CHECKS)]
    account_id: Name
    device_now: Moment | None = None


class CheckResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one note: kept (``state``, ``reopens``), or ``code`` and ``detail`` of why not."""

    id: str
    state: str | UnsetType = UNSET
    obstacle: str | UnsetType = UNSET
    ended_at: datetime | UnsetType = UNSET
    received_at: datetime | UnsetType = UNSET
    reopens: date | UnsetType | None = UNSET
    code: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET


class ChecksTaken(msgspec.Struct, frozen=True):
    """One result a note, in the same order, and the present of the service."""

    results: list[CheckResult]
    now: datetime


_DECODER = msgspec.json.Decoder(Check)


@operation(
    blueprint,
    "GET",
    "/api/v1/field/plan",
    summary="The stops of the caller's team today, in order, with what was noted",
    answer=FieldPlan,
    **FIELD,
)
def field_plan() -> Response:
    """Return the way of the account's team in the plan that holds; in a demonstration of whichever day."""
    account = current_account()
    name = account.account_id
    work = work_newest(services(), name) if settings().demo else work_today(services(), name, now())
    told = FieldPlan(
        account_id=account.account_id,
        login=account.login,
        plan_id=work.now.plan.id if work else None,
        day=work.now.plan.day if work else None,
        team=work.team.team if work else None,
        teams=len(work.now.teams) if work else None,
        agent=work.now.plan.agent.agent if work else "",
        stops=_stops(work) if work else [],
        now=now(),
    )
    return json_response(told)


@operation(
    blueprint,
    "POST",
    "/api/v1/field/checks",
    summary="Keep what a team noted, also long after; the same note again is the same answer",
    body=Checks,
    answer=ChecksTaken,
    **FIELD,
)
def add_checks(body: Checks) -> ChecksTaken:
    """Answer when everything is durable; one note that cannot be read spoils no other."""
    account = current_account()
    if body.account_id != account.account_id:  # somebody else signed in on this phone meanwhile
        raise NotAllowed("이 기록은 다른 계정으로 적은 것입니다. 그 계정으로 로그인하시기 바랍니다.")
    items = [_read(raw) for raw in body.checks]
    told = [_told(item) for item in items if isinstance(item, Check)]
    kept = iter(note_checks(services(), told, actor=actor(), device_now=body.device_now, now=now()))
    outcomes = [next(kept) if isinstance(item, Check) else item for item in items]
    ids = [
        item.check_id if isinstance(item, Check) else _id_in(raw)
        for raw, item in zip(body.checks, items, strict=True)
    ]
    return ChecksTaken([_result(name, one) for name, one in zip(ids, outcomes, strict=True)], now())


def _stops(work: Work) -> list[FieldStop]:
    return [_stop(one) for one in work.team.stops]


def _stop(one: StopNow) -> FieldStop:
    check = one.check
    return FieldStop(
        stop_id=one.stop.stop_id,
        order=one.order,
        kind=one.stop.kind,
        name=one.facility.name if one.facility else one.stop.facility_id or "",
        address=one.facility.address if one.facility else "",
        unit_code=one.stop.unit_code,
        lon=one.stop.lon,
        lat=one.stop.lat,
        arrive=one.arrive,
        leave=one.leave,
        open_from=one.stop.open_from,
        open_until=one.stop.open_until,
        noted=Noted(check.check_id, check.state, check.obstacle, check.ended_at, check.reopens) if check else None,
    )


def _read(raw: msgspec.Raw) -> Check | EntryError:
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError as reason:
        return bad_input(str(reason))  # the reason may quote what was sent
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return bad_input("")


def _id_in(raw: msgspec.Raw) -> str:
    """Return the id by which the phone knows a note that cannot be read."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    name = found.get("check_id") if isinstance(found, dict) else None
    return name if isinstance(name, str) and re.fullmatch(r"[0-9A-Za-z-]{8,64}", name) else ""


def _told(check: Check) -> Told:
    facts = {name: getattr(check, name) for name in check.__struct_fields__}
    return Told(**facts | {"surfaces": tuple(dict.fromkeys(check.surfaces))})


def _result(name: str, outcome: FieldCheck | EntryError) -> CheckResult:
    if isinstance(outcome, EntryError):
        return CheckResult(id=name, code=outcome.code, detail=translated(outcome.sentence))
    return CheckResult(
        id=name,
        state=outcome.state,
        obstacle=outcome.obstacle,
        ended_at=outcome.ended_at,
        received_at=outcome.received_at,
        reopens=outcome.reopens,
    )
