"""The end of collection as two people decide it: asked with a code, confirmed by another account with another.

What was decided is in the audit and nowhere else here: a database that is put back cannot undo it unseen, because
the audit's second place has seen it. Keys go early by a decree alone; without one the vault's own rule holds.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import delete, func, select

from entry_service.core.actors import Action, Actor
from entry_service.core.audit_rules import AuditEntry
from entry_service.core.errors import BadInput, EntryError, NotAllowed
from entry_service.core.sunset import NOTICE
from entry_service.core.times import kst_day

from .factors import FactorNew, FactorRefused
from .tables import (
    card_days,
    cards,
    case_contacts,
    challenges,
    contact_states,
    disclosure_passes,
    disclosures,
    records,
)
from .turns import Turns

if TYPE_CHECKING:
    from .vault import Vault

What = Literal["end", "cancel", "destroy_now"]
WHATS: tuple[What, ...] = get_args(What)
ENDED: tuple[What, ...] = ("end", "destroy_now")
ROLES = ("admin", "approver")
LASTS = timedelta(hours=24)  # a wish that nobody confirmed
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MOST = 10_000  # decrees; nobody has so many
PERSONAL = (records, card_days, cards, challenges, disclosures, disclosure_passes, case_contacts, contact_states)


class OwnDecree(EntryError):
    """Whoever asked may not confirm: another account does."""

    status, code, sentence = (
        403,
        "own_decree",
        "자신이 요청한 결정은 확인할 수 없습니다. 다른 담당자가 확인합니다.",
    )


class NotDecreed(EntryError):
    """There is no such decision, it is older than 24 hours, or it does not fit what was decided before."""

    status, code = 409, "not_decreed"
    sentence = "지금 상태에서는 할 수 없는 결정이거나, 요청한 지 24시간이 지났습니다. 다시 요청하시기 바랍니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A decision that one person asked for; it waits for another."""

    request_hash: str
    what: What
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decree:
    """A decision that two people took."""

    what: What
    request_hash: str
    confirmed_by: str
    at: datetime


class Sunset:
    """The decisions about the end in one vault."""

    def __init__(self, vault: "Vault") -> None:
        """Decide in the vault's audit, with its second factors."""
        self._vault = vault
        self._deciding = Turns(vault.store, b"sunset")

    def ask(self, what: str, actor: Actor, code: str, now: datetime) -> Wish:
        """Write down what somebody wants decided; it waits for another account.

        Raises ``NotAllowed``, ``BadInput`` (``what``), ``NotDecreed``, ``FactorRefused``, ``FactorNew``,
        ``FactorWaits``, ``AuditUnavailable``.
        """
        self._assert_role(actor)
        if what not in WHATS:
            raise BadInput(field="what")
        self._assert_fits(what)
        self._assert_code(actor, code, now)
        named = hashlib.sha256(f"sunset|{what}|{actor.account_id}|{now.isoformat()}".encode()).hexdigest()
        self._audit("sunset_asked", actor, now, named, what)
        return Wish(request_hash=named, what=what, asked_by=actor.account_id, asked_at=now)

    def confirm(self, request_hash: str, actor: Actor, code: str, now: datetime) -> Decree:
        """Take the decision that another account asked for, exactly as it was asked.

        Raises ``NotAllowed``, ``OwnDecree``, ``NotDecreed``, ``FactorRefused``, ``FactorNew``,
        ``FactorWaits``, ``AuditUnavailable``.
        """
        self._assert_role(actor)
        with self._deciding.one():
            wish = next((one for one in self.waiting(now) if one.request_hash == request_hash), None)
            if wish is None:
                raise NotDecreed
            if wish.asked_by == actor.account_id:
                self._audit("refused", actor, now, request_hash, OwnDecree.code)
                raise OwnDecree
            self._assert_fits(wish.what)
            self._assert_code(actor, code, now)
            self._audit("sunset_confirmed", actor, now, request_hash, wish.what)
        return Decree(what=wish.what, request_hash=request_hash, confirmed_by=actor.account_id, at=now)

    def withdraw(self, request_hash: str, actor: Actor, now: datetime) -> None:
        """Take back what oneself asked for, while nobody confirmed it; it needs no code, because nothing follows.

        Raises ``NotDecreed``, ``NotAllowed`` for another account, ``AuditUnavailable``.
        """
        self._assert_role(actor)
        with self._deciding.one():
            wish = next((one for one in self.waiting(now) if one.request_hash == request_hash), None)
            if wish is None:
                raise NotDecreed
            if wish.asked_by != actor.account_id:
                raise NotAllowed
            self._audit("sunset_withdrawn", actor, now, request_hash, wish.what)

    def waiting(self, now: datetime) -> list[Wish]:
        """Return what was asked for in the last 24 hours and not decided or withdrawn, the oldest first.

        A wish ends with any decision after it: it was asked in a state that is no more.
        """
        decided = self._entries("sunset_confirmed", BEGINNING)
        last = max((one.seq for one in decided), default=0)
        back = {one.request: one.seq for one in reversed(self._entries("sunset_withdrawn", now - LASTS))}
        asked = [one for one in self._entries("sunset_asked", now - LASTS) if one.seq > last]
        return [
            Wish(request_hash=one.request, what=one.outcome, asked_by=one.account_id, asked_at=one.at)  # type: ignore[arg-type]
            for one in reversed(asked)
            if one.seq > back.get(one.request, 0) and one.outcome in WHATS
        ]

    def decrees(self) -> list[Decree]:
        """Return what was decided, the oldest first, straight from the audit."""
        return [
            Decree(what=one.outcome, request_hash=one.request, confirmed_by=one.account_id, at=one.at)  # type: ignore[arg-type]
            for one in reversed(self._entries("sunset_confirmed", BEGINNING))
        ]

    def destroy_key(self, day: date, now: datetime) -> None:
        """Destroy a day's key before its time, by decree; raise ``NotAllowed`` without one.

        Again is no error, also where a database came back that knows no decree: a dead key is only finished.
        Raises ``KeysUnsafe`` or ``OSError`` where a store is away.
        """
        if standing(self.decrees()) != "destroy_now" and not self._vault.ring.is_dead("days", day.isoformat()):
            raise NotAllowed
        self._vault.destroy_key(day, now)

    def destroy_empty(self, day: date, now: datetime) -> bool:
        """Destroy the key of a day that was drawn ahead and holds nothing; say whether it went.

        Only after the end, for a Korean day that came after it and is over: by ``now`` and by the audit. Raises
        ``NotAllowed`` for any other, ``KeysUnsafe`` or ``OSError`` where a store is away.
        """
        decrees = self.decrees()
        ended = [one.at for one in decrees if one.what == "end"]
        if standing(decrees) not in ENDED or not kst_day(max(ended) + NOTICE) < day < kst_day(now):
            raise NotAllowed
        counted = self._vault.count_day(day)
        if counted.contacts or counted.cards:
            return False
        self._vault.destroy_key(day, now)
        return True

    def left(self) -> dict[str, int]:
        """Return what the vault still holds of people: rows by table, and keys of days and of case files."""
        with self._vault.store.read() as db:
            rows = {
                table.name: db.execute(select(func.count()).select_from(table)).scalar_one() for table in PERSONAL
            }
        keys = {
            "day_keys": len(self._vault.days()),
            "case_keys": len(self._vault.ring.names("cases")),
        }
        return {**rows, **keys}

    def clear(self) -> None:
        """Remove what outlives every day: printed cards and one-time codes, which nobody can use any more.

        Raises ``NotAllowed`` while collection goes on.
        """
        if standing(self.decrees()) not in ENDED:
            raise NotAllowed

        def remove(db: object) -> None:
            for table in (cards, challenges):
                db.execute(delete(table))  # type: ignore[attr-defined]

        self._vault.store.write(remove)
        self._vault.store.sweep(["cards", "challenges"])

    def _assert_fits(self, what: What) -> None:
        now_standing = standing(self.decrees())
        fits = {"end": ("", "cancel"), "cancel": ("end",), "destroy_now": ("end",)}
        if now_standing not in fits[what]:
            raise NotDecreed

    def _assert_role(self, actor: Actor) -> None:
        if actor.role not in ROLES:
            raise NotAllowed

    def _assert_code(self, actor: Actor, code: str, now: datetime) -> None:
        try:
            self._vault.factors.verify_settled(actor.account_id, code, now)
        except (FactorRefused, FactorNew) as refusal:
            self._audit("refused", actor, now, "", refusal.code)
            raise

    def _audit(self, action: Action, actor: Actor, now: datetime, named: str, outcome: str) -> None:
        self._vault.audit.append(action, actor, now=now, request_hash=named, outcome=outcome)

    def _entries(self, action: str, since: datetime) -> list[AuditEntry]:
        until = datetime(9_000, 1, 1, tzinfo=UTC)
        return self._vault.audit.entries(since, until, action=action, limit=MOST)


def standing(decrees: list[Decree]) -> What | Literal[""]:
    """Return the decision that stands: the last one."""
    return decrees[-1].what if decrees else ""
