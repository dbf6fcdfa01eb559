"""End collection by two people, let everything go on schedule, and prove at the end that nothing is left.

What was decided stands in three places: the audit (with its second place), the log, and a file beside the keys,
which no backup holds. ``align`` lets the strictest hold: a backup of one that is put back undoes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from entry_service.core.actors import SERVICE, Actor
from entry_service.core.receipts import canonical, digest, file_of, sign
from entry_service.core.sunset import KIND, NOTICE, VERSION, Plan, ProofNotReady, left_over, plan_of
from entry_service.core.times import KST, kst_day
from entry_service.durable import sync_open, sync_path
from entry_service.services import Services
from entry_service.store import receipts, sunset
from entry_service.store.receipts import WHOLE
from entry_service.store.sunset import Ending
from entry_service.vault.keys import key_file
from entry_service.vault.sunset import ENDED, Decree, NotDecreed, Wish, standing
from entry_service.version import code_version

from .destroyed_days import oldest_held
from .receipts import KEY

MARKER = "sunset.json"  # in the folder of keys
MOST_DAYS = 100_000


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


def ask(services: Services, what: str, *, actor: Actor, code: str, now: datetime) -> Wish:
    """Ask for the end (``end``), for taking it back (``cancel``) or for keys to go early (``destroy_now``).

    Another account confirms within 24 hours. Taking back is possible until keys went early or the proof was made.
    Raises as ``vault.sunset.Sunset.ask`` does.
    """
    _assert_not_proved(services)
    return services.vault.sunset.ask(what, actor, code, now)


def confirm(services: Services, request_hash: str, *, actor: Actor, code: str, now: datetime) -> Decree:
    """Decide what another account asked for, and let it hold; killed in between, ``align`` does the rest."""
    _assert_not_proved(services)
    decree = services.vault.sunset.confirm(request_hash, actor, code, now)
    align(services)
    return decree


def align(services: Services) -> Ending | None:
    """Let log and file say what was decided, the strictest of the three; return the end that holds."""
    decrees = services.vault.sunset.decrees()
    with services.store.read() as db:
        kept = sunset.find(db)
    told = _decided(decrees)
    noted = _read_marker(_marker(services))
    if standing(decrees) == "cancel" and decrees[-1].at >= max(
        (one.ends_at - NOTICE for one in (kept, noted) if one is not None), default=decrees[-1].at
    ):
        holds = None
    else:
        known = [one for one in (told, kept, noted) if one is not None]
        holds = (
            Ending(
                ends_at=min(one.ends_at for one in known),
                early=any(one.early for one in known),
                proof=kept.proof if kept else "",
            )
            if known
            else None
        )
    if holds != kept:
        services.store.write(lambda db: sunset.keep(db, holds) if holds else sunset.drop(db))
        services.forget_facilities()
    _write_marker(_marker(services), holds)
    return holds


def status(services: Services, now: datetime) -> Status:
    """Return where the end stands."""
    ending = align(services)
    with services.store.read() as db:
        rows = sunset.rows_left(db)
    return Status(
        ending=ending,
        ended=ending is not None and now >= ending.ends_at,
        plan=planned_end(services, ending.ends_at if ending else now + NOTICE),
        waiting=services.vault.sunset.waiting(now),
        decrees=services.vault.sunset.decrees(),
        left=left_over(rows, services.vault.sunset.left()),
        proved=bool(ending and ending.proof),
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
    for day in services.vault.days():
        if kst_day(ending.ends_at) < day < kst_day(now):
            services.vault.sunset.destroy_empty(day, now)


def prove(services: Services, *, actor: Actor = SERVICE, now: datetime) -> bytes:
    """Return the signed proof that nothing is left, as a file; made once, the same afterwards.

    Raises ``ProofNotReady`` with what is left in ``reason``, ``AuditUnavailable``.
    """
    ending = align(services)
    if ending is None or now < ending.ends_at:
        raise ProofNotReady(reason="collection")
    if ending.proof:
        return ending.proof.encode()
    if oldest_held(services) is not None:
        raise ProofNotReady(reason="days")
    services.vault.sunset.clear()
    with services.store.read() as db:
        rows = sunset.rows_left(db)
        days = [(one.day, one.body) for one in reversed(receipts.of_facility(db, WHOLE, MOST_DAYS))]
    inside = services.vault.sunset.left()
    left = left_over(rows, inside)
    if left:
        raise ProofNotReady(reason=", ".join(sorted(left)))
    services.vault.audit.append("sunset_proved", actor, now=now, rows=len(days))
    chain = services.vault.audit.verify()
    hashes = [{"day": day.isoformat(), "sha256": digest(body)} for day, body in days]
    keys = {name: many for name, many in inside.items() if name.endswith("_keys")}
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
        "audit": {"ok": chain.ok, "rows": chain.rows, "hash": chain.hash},
        "decrees": [
            {"what": one.what, "at": _kst(one.at), "sha256": one.request_hash}
            for one in services.vault.sunset.decrees()
        ],
        "software": code_version(),
    }
    text = canonical(body)
    file = file_of(text, sign(text, key_file(services.settings.key_dir, KEY, may_make=True)))
    services.store.write(lambda db: sunset.keep(db, replace(ending, proof=file.decode())))
    return file


def _decided(decrees: Sequence[Decree]) -> Ending | None:
    """Return the end that the audit knows: from the last ``end`` on, early where that was decided after it."""
    if standing(list(decrees)) in ("", "cancel"):
        return None
    last = max(place for place, one in enumerate(decrees) if one.what == "end")
    return Ending(ends_at=decrees[last].at + NOTICE, early=decrees[-1].what == "destroy_now")


def _assert_not_proved(services: Services) -> None:
    with services.store.read() as db:
        known = sunset.find(db)
    if known is not None and known.proof:
        raise NotDecreed


def _marker(services: Services) -> Path:
    return services.settings.key_dir / MARKER


def _read_marker(path: Path) -> Ending | None:
    try:
        said = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return Ending(ends_at=datetime.fromisoformat(said["ends_at"]), early=said["early"])


def _write_marker(path: Path, holds: Ending | None) -> None:
    if holds is None:
        path.unlink(missing_ok=True)
    elif _read_marker(path) != replace(holds, proof=""):
        said = {"ends_at": holds.ends_at.isoformat(), "early": holds.early}
        draft = path.with_suffix(".new")
        with draft.open("w") as file:
            json.dump(said, file)
            sync_open(file)
        draft.replace(path)
        sync_path(path.parent)


def _kst(at: datetime) -> str:
    return at.astimezone(KST).isoformat(timespec="seconds")
