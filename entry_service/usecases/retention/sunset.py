"""End collection by two people, let everything go on schedule, and prove at the end that nothing is left.

Which decision holds is looked up in sunset_holds.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from entry_service.core.actors import SERVICE, Actor
from entry_service.core.errors import Unavailable
from entry_service.core.receipts import canonical, digest, file_of, sign
from entry_service.core.sunset import (
    KIND,
    LIMITS,
    NOTICE,
    VERSION,
    Plan,
    ProofNotReady,
    ProofWrong,
    check_proof,
    left_over,
    plan_of,
)
from entry_service.core.times import KST, kst_day
from entry_service.services import Services
from entry_service.store.retention import destructions, receipts, sunset
from entry_service.store.retention.receipts import WHOLE
from entry_service.store.retention.sunset import Ending
from entry_service.vault.keys import key_file
from entry_service.vault.sunset import ENDED, Decree, NotDecreed, Wish, standing
from entry_service.version import code_version

from .destroyed_days import oldest_held
from .loose_copies import copies_left
from .purge_folders import folders_left, remove_folders
from .receipts import KEY
from .sunset_holds import align, missing_decree

MOST_DAYS = 100_000
KEYS = "_keys"  # ends the name of what is no table
BROKEN = "감사 기록이 맞지 않아 종료 확인서를 만들지 않습니다. 감사 담당자에게 알리시기 바랍니다."
COPIES = "백업이나 쓰지 않는 데이터베이스 파일에 출입 기록이 남아 있습니다. 지우신 뒤 다시 하시기 바랍니다."
FORGOTTEN = "감사 기록에 이 결정이 없어 종료 확인서를 만들지 않습니다. 두 담당자가 다시 결정하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where the end stands: what was decided, what waits for a second person, what is left."""

    ending: Ending | None
    ended: bool
    plan: Plan
    waiting: Sequence[Wish]
    decrees: Sequence[Decree]
    left: dict[str, int]
    proved: bool
    missing: str  # see ``missing_decree``


def ask(services: Services, what: str, *, actor: Actor, code: str, now: datetime) -> Wish:
    """Ask for the end (``end``), for taking it back (``cancel``) or for keys to go early (``destroy_now``).

    Another account confirms within 24 hours. Taking back is possible until keys went early or the proof was made.
    Raises as ``vault.sunset.Sunset.ask`` does.
    """
    _assert_not_taken_back(services, what)
    return services.vault.sunset.ask(what, actor, code, now)


def withdraw(services: Services, request_hash: str, *, actor: Actor, now: datetime) -> None:
    """Take back what oneself asked for; raises as ``vault.sunset.Sunset.withdraw`` does."""
    services.vault.sunset.withdraw(request_hash, actor, now)


def confirm(services: Services, request_hash: str, *, actor: Actor, code: str, now: datetime) -> Decree:
    """Decide what another account asked for, and let it hold; killed in between, ``align`` does the rest."""
    with _one_at_a_time(services):
        asked = {one.request_hash: one.what for one in services.vault.sunset.waiting(now)}
        _assert_not_taken_back(services, asked.get(request_hash, ""))
        decree = services.vault.sunset.confirm(request_hash, actor, code, now)
        align(services)
    return decree


def status(services: Services, now: datetime) -> Status:
    """Return where the end stands."""
    ending = align(services)
    with services.store.read() as db:
        rows = sunset.rows_left(db)
    inside = services.vault.sunset.left()
    folders = folders_left(services.settings, kst_day(now))
    copies = [f"{one}" for one in copies_left(services.settings, _tables(rows, inside))]
    return Status(
        ending=ending,
        ended=ending is not None and now >= ending.ends_at,
        plan=planned_end(services, ending.ends_at if ending else now + NOTICE),
        waiting=services.vault.sunset.waiting(now),
        decrees=services.vault.sunset.decrees(),
        left=left_over(rows, inside, folders, copies),
        proved=bool(ending and ending.proof),
        missing=missing_decree(services, ending),
    )


def planned_end(services: Services, ends_at: datetime) -> Plan:
    """Return what would go when, if collection ended at the moment: by the newest key that is held."""
    held = services.vault.days()
    ahead = [day for day in held if day > kst_day(ends_at)]
    empty = [day for day in ahead if (counted := services.vault.count_day(day)).contacts + counted.cards == 0]
    return plan_of(ends_at, services.settings.retention_days, held, empty)


def destroy_ahead(services: Services, ending: Ending | None, now: datetime) -> None:
    """Destroy the keys of days after the end that were drawn ahead and hold nothing, once such a day is over.

    Not before: until then the end may be taken back, and the day needs its key.
    """
    if ending is None or standing(services.vault.sunset.decrees()) not in ENDED:
        return
    if ending.proof and any(services.vault.sunset.left()[name] for name in ("cards", "challenges")):
        services.vault.sunset.clear()  # of a vault that came back after the proof
    for day in services.vault.days():
        if kst_day(ending.ends_at) < day < kst_day(now):
            services.vault.sunset.destroy_empty(day, now)


def prove(services: Services, *, actor: Actor = SERVICE, now: datetime) -> bytes:
    """Return the signed proof that nothing is left, as a file; made once, the same afterwards.

    Extracts and results are of days that are gone by then, and go with them; a folder that does not say what it
    covers is removed by nobody and keeps the proof away, as a backup with rows of people and a database file do
    that nobody uses any more. Paper that nobody said was shredded is named in it.

    Raises ``ProofNotReady`` with what is left, or wrong, in ``reason``; ``AuditUnavailable``, ``Unavailable``.
    """
    with _one_at_a_time(services):
        return _prove(services, actor, now)


def _prove(services: Services, actor: Actor, now: datetime) -> bytes:
    ending = align(services)
    if ending is None or now < ending.ends_at:
        raise ProofNotReady(reason="collection")
    if ending.proof:
        return ending.proof.encode()
    if oldest_held(services) is not None:
        raise ProofNotReady(reason="days")
    if missing_decree(services, ending):
        raise ProofNotReady(FORGOTTEN, reason="decree")
    services.vault.sunset.clear()
    with services.store.read() as db:
        rows = sunset.rows_left(db)
        paper = destructions.overdue_paper(db)
        days = [(one.day, one.body) for one in reversed(receipts.of_facility(db, WHOLE, MOST_DAYS))]
    inside = services.vault.sunset.left()
    left = left_over(rows, inside)
    if left:
        raise ProofNotReady(reason=", ".join(sorted(left)))
    remove_folders(services.settings, kst_day(now))
    if folders := folders_left(services.settings, kst_day(now)):
        raise ProofNotReady(reason=", ".join(f"folder.{name}" for name in folders))
    if copies := copies_left(services.settings, _tables(rows, inside)):
        raise ProofNotReady(COPIES, reason=", ".join(f"{one}" for one in copies))
    if not services.vault.audit.verify().ok:
        raise ProofNotReady(BROKEN, reason="audit")
    services.vault.audit.append("sunset_proved", actor, now=now, rows=len(days))
    chain = services.vault.audit.verify()
    hashes = [{"day": day.isoformat(), "sha256": digest(body)} for day, body in days]
    keys = {name: many for name, many in inside.items() if name.endswith(KEYS)}
    body: dict[str, Any] = {
        "v": VERSION,
        "kind": KIND,
        "authority": services.settings.authority,
        "ended_at": _kst(ending.ends_at),
        "early": ending.early,
        "issued_at": _kst(now),
        "days": hashes,
        "days_sha256": digest("".join(one["sha256"] for one in hashes)),
        "contacts": sum(json.loads(body)["contacts"] for _day, body in days),
        "scans": sum(json.loads(body)["scans"] for _day, body in days),
        "rows": {f"log.{name}": many for name, many in rows.items()}
        | {f"vault.{name}": many for name, many in inside.items() if name not in keys},
        "keys": keys,
        "folders": 0,
        "copies": 0,
        "paper": [
            {"facility": facility_id, "days": many, "slips": slips, "oldest": oldest.isoformat()}
            for facility_id, many, slips, oldest in paper
        ],
        "limits": LIMITS,
        "audit": {"ok": chain.ok, "rows": chain.rows, "hash": chain.hash},
        "decrees": [
            {"what": one.what, "at": _kst(one.at), "sha256": one.request_hash}
            for one in services.vault.sunset.decrees()
        ],
        "software": code_version(),
    }
    try:
        check_proof(body)
    except ProofWrong as wrong:  # the chain broke while it was walked
        raise ProofNotReady(BROKEN, reason="audit") from wrong
    text = canonical(body)
    file = file_of(text, sign(text, key_file(services.settings.key_dir, KEY, may_make=True)))

    def keep(db: Connection) -> bytes:
        known = sunset.find(db)
        if known is None:
            raise ProofNotReady(reason="collection")
        if not known.proof:
            sunset.keep(db, replace(known, proof=file.decode()))
        return known.proof.encode() or file

    return services.store.write(keep)


def _tables(rows: Mapping[str, int], inside: Mapping[str, int]) -> set[str]:
    """Return the tables with rows of people; the rows of keys that are dead stay."""
    return {*rows, *(name for name in inside if not name.endswith(KEYS))}


@contextmanager
def _one_at_a_time(services: Services) -> Iterator[None]:
    """Let nobody take the end back while it is proved, nor prove it twice; raise ``Unavailable`` meanwhile."""
    with services.store.alone(b"sunset decided or proved") as alone:
        if not alone:
            raise Unavailable(reason="busy")
        yield


def _assert_not_taken_back(services: Services, what: str) -> None:
    """Refuse to take back what was proved; to decide again is right where a vault came back that forgot it."""
    with services.store.read() as db:
        known = sunset.find(db)
    if what == "cancel" and known is not None and known.proof:
        raise NotDecreed


def _kst(at: datetime) -> str:
    return at.astimezone(KST).isoformat(timespec="seconds")
