"""Ask for the contacts of a case at chosen places, have it decided, and open what was approved.

What is asked is traced anew at that moment and bound by its hash: an officer chooses places, never people.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from entry_service.core.actors import PURPOSES, Actor
from entry_service.core.errors import BadInput, NotAllowed
from entry_service.services import Services
from entry_service.vault.asked import Asked, AskedPass, AskedPlace, BudgetSpent, Disclosure, Opened

from .grounds import assert_shown
from .trace import PlaceTrace, Trace, open_case, passes_of, trace

LIKELY = (0.0, 0.1, 0.5)  # how likely together for the setting's minutes: everybody, or only from here on


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChoice:
    """One index visit to ask about; ``contacts`` maps each of ``LIKELY`` to how many have left a contact there."""

    key: str
    place: PlaceTrace
    contacts: dict[float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What would be asked: the places, how many people left contacts there, and how many records these are."""

    trace: Trace
    places: tuple[PlaceTrace, ...]
    least: float
    people: int
    records: int


def place_key(place: PlaceTrace) -> str:
    """Return what names an index visit in a form: a digest, so that no address ever holds a place and a time."""
    visit = place.index_visit
    named = f"{visit.case_id}|{visit.facility_id}|{visit.start.isoformat()}|{visit.end.isoformat()}"
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def choices(traced: Trace) -> list[PlaceChoice]:
    """Return the places of a trace with the number of people to be asked for at each."""
    return [
        PlaceChoice(
            key=place_key(place), place=place, contacts={least: _persons(place, least) for least in LIKELY}
        )
        for place in traced.places
    ]


def choose(
    services: Services, case_id: str, *, places: Sequence[str], least: float, actor: Actor, now: datetime
) -> Choice:
    """Return what a request for these places would ask, without asking.

    Raises ``NotFound``, ``CaseClosed``, ``BadInput`` (``places``), or ``NotAllowed``, after an audit row, for a
    place that is none of the case's.
    """
    return _choice(services, case_id, places, least, actor, now)[0]


def ask(
    services: Services,
    case_id: str,
    *,
    places: Sequence[str],
    least: float,
    purpose: str,
    code: str,
    actor: Actor,
    now: datetime,
) -> Disclosure:
    """Ask for the people exposed at the chosen places; another account decides.

    Parameters
    ----------
    places : sequence of str
        Keys of index visits (``place_key``).
    least : float
        One of ``LIKELY``: only those who were together for the setting's minutes so likely, and all of whom that
        cannot be said.
    purpose : str
        One of ``core.actors.PURPOSES``.
    code : str
        A fresh code of the asker's second factor.

    Raises
    ------
    NotFound, CaseClosed, NotAllowed, BadInput, BudgetSpent, FactorRefused, FactorWaits, AuditUnavailable
        Nothing was asked.
    """
    if purpose not in PURPOSES:
        services.vault.audit.append("refused", actor, now=now, case_id=case_id, outcome="purpose_unknown")
        raise NotAllowed
    chosen, passes = _choice(services, case_id, places, least, actor, now)
    if chosen.people > services.settings.reveal_budget:
        raise BudgetSpent(left=services.settings.reveal_budget)
    windows = tuple(
        AskedPlace(
            facility_id=place.facility.facility_id, start=place.index_visit.start, end=place.index_visit.end
        )
        for place in chosen.places
    )
    content = Asked(case_id=case_id, purpose=purpose, places=windows)
    return services.vault.disclosures.ask(content, passes, actor, code, now)


def decide(
    services: Services,
    request_hash: str,
    *,
    approve: bool,
    code: str,
    remark: str,
    actor: Actor,
    now: datetime,
    shown: str | None = None,
) -> Disclosure:
    """Approve a request exactly as it was asked, or return it; see ``vault.disclosures``.

    A case that the register has closed since cannot be approved: ``CaseClosed``. ``shown``: what the page told of
    the evidence (``grounds.Grounds.mark``); where that is no longer so, nothing is approved: ``GroundsChanged``.
    """
    request = services.vault.disclosures.find(request_hash)
    if approve:
        open_case(services, request.case_id, now=now, actor=actor)
        assert_shown(services, request.case_id, request_hash, shown)
    return services.vault.disclosures.decide(request_hash, approve, actor, code, remark, now)


def open_approved(
    services: Services, case_id: str, request_hash: str, *, actor: Actor, now: datetime, shown: str | None = None
) -> Opened:
    """Open an approved request of a case into its file; see ``vault.disclosures.open``, and ``decide``."""
    open_case(services, case_id, now=now, actor=actor)
    if services.vault.disclosures.find(request_hash).case_id != case_id:
        raise NotAllowed
    assert_shown(services, case_id, request_hash, shown)
    return services.vault.disclosures.open(request_hash, actor, now)


def _choice(
    services: Services, case_id: str, places: Sequence[str], least: float, actor: Actor, now: datetime
) -> tuple[Choice, list[AskedPass]]:
    if least not in LIKELY:
        raise BadInput(field="least")
    traced = trace(services, case_id, now=now, actor=actor)
    known = {place_key(place): place for place in traced.places}
    if not set(places) <= known.keys():
        services.vault.audit.append("refused", actor, now=now, case_id=case_id, outcome="place_outside_case")
        raise NotAllowed
    chosen = tuple(known[key] for key in dict.fromkeys(places) if not known[key].doubt)
    passes = _passes(passes_of(traced, chosen), least)
    if not passes:
        raise BadInput("선택한 장소에는 연락할 접촉자가 없습니다. 장소를 선택하시기 바랍니다.", field="places")
    once = sorted({(one.day, one.pid) for one in passes})
    people = len(set(services.vault.group(once).values()))
    return Choice(trace=traced, places=chosen, least=least, people=people, records=len(once)), passes


def _passes(found: list[tuple[date, bytes, list[dict[str, Any]]]], least: float) -> list[AskedPass]:
    """Return each stay that is asked for under its pass, as the vault keeps it."""
    return [
        AskedPass(day=day, pid=pid, evidence=json.dumps(stay, sort_keys=True, ensure_ascii=False))
        for day, pid, stays in found
        for stay in stays
        if _likely(stay["together"], least)
    ]


def _persons(place: PlaceTrace, least: float) -> int:
    exposed = (one for one in place.exposed if not one.held and _likely(one.together, least))
    return len({(one.day, one.ordinal) for one in exposed})


def _likely(together: float | None, least: float) -> bool:
    return together is None or together >= least
