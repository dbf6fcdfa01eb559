"""The only way to a name: asked with a fresh code, approved by another account with another, audited, opened once.

The codes are checked here, behind the web: a web process that was taken over names nobody new without two people.
``open`` writes the audit row before anything leaves; where the audit cannot be written, nothing does.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from entry_service.core.actors import Action, Actor
from entry_service.core.contacts import composed
from entry_service.core.drills import APPROVER, ASKER, is_drill_case, is_drill_phone
from entry_service.core.errors import BadInput, EntryError, NotAllowed, NotFound
from entry_service.core.remark_rules import holds_own_number
from entry_service.core.times import day_start, kst_day
from entry_service.store.database.engine import one_at_a_time

from . import asked
from .asked import (
    AlreadyDecided,
    AlreadyOpened,
    Asked,
    AskedPass,
    BudgetSpent,
    Disclosure,
    NotApproved,
    Opened,
    OwnRequest,
    RequestAltered,
)
from .case_sealing import Named
from .factors import FactorNew, FactorRefused
from .opening import evidence_of, named_by, was_approved
from .tables import disclosure_passes, disclosures
from .turns import Turns

if TYPE_CHECKING:
    from .vault import Vault


class Disclosures:
    """The requests of one vault."""

    def __init__(self, vault: "Vault") -> None:
        """Keep requests in the vault's database; codes, audit, case files and records are the vault's own."""
        self._vault, self._store = vault, vault.store
        self._deciding = Turns(vault.store, b"decisions")
        self._opening = Turns(vault.store, b"openings")  # two of an officer's requests share the day's budget

    def ask(self, content: Asked, passes: list[AskedPass], actor: Actor, code: str, now: datetime) -> Disclosure:
        """Keep a request for exactly these passes; it waits for another account.

        Raises
        ------
        BadInput
            ``field``: ``case_id``, ``purpose``, ``places``.
        NotAllowed, CaseClosed, FactorRefused, FactorNew, FactorWaits, AuditUnavailable
            Nothing is kept.
        """
        self._assert_role(actor, "officer")
        asked.checked(content, passes)
        self._vault.case_files.assert_open(content.case_id)
        about = {"purpose": content.purpose, "request_hash": "", "case_id": content.case_id}
        self._assert_code(actor, code, about, now)
        once = asked.merged(passes)
        people = len(set(self._vault.group([(one.day, one.pid) for one in once]).values()))
        text = asked.content_text(content, passes, actor.account_id, now)
        row = {
            "request_hash": asked.hash_of(text),
            "case_id": content.case_id,
            "content": text,
            "purpose": content.purpose,
            "people": people,
            "asked_by": actor.account_id,
            "asked_at": now,
            "decision": "",
            "remark": "",
        }
        self._audit("disclosure_asked", actor, row, now, people)
        rows = [
            {"request_hash": row["request_hash"], "day": one.day, "pid": one.pid, "evidence": one.evidence}
            for one in once
        ]

        def keep(db: Connection) -> None:
            self._vault.case_files.begin(db, content.case_id, now)
            if _found(db, row["request_hash"]) is not None:
                return  # the same of the same moment is the same request
            db.execute(insert(disclosures).values(**row))
            db.execute(insert(disclosure_passes), rows)

        self._store.write(keep)
        return self.find(row["request_hash"])

    def decide(
        self, request_hash: str, approve: bool, actor: Actor, code: str, remark: str, now: datetime
    ) -> Disclosure:
        """Approve a waiting request with a fresh code, or return it with a remark; the first decision counts.

        Raises ``NotFound``, ``NotAllowed``, ``OwnRequest``, ``AlreadyDecided``, ``CaseClosed``, ``FactorRefused``,
        ``FactorNew``, ``FactorWaits``, ``AuditUnavailable``, or ``BadInput`` (``remark``) to return without one.
        """
        self._assert_role(actor, "approver")
        with self._deciding.one():  # else the audit would tell of two decisions
            return self._decide(request_hash, approve, actor, code, remark, now)

    def _decide(
        self, request_hash: str, approve: bool, actor: Actor, code: str, remark: str, now: datetime
    ) -> Disclosure:
        row = self._row(request_hash)
        plain = composed(remark)
        if row.asked_by == actor.account_id:
            self._refuse(OwnRequest(), actor, row, now)
        if row.decision:
            raise AlreadyDecided
        if len(plain) > asked.LONGEST_REMARK or not (approve or plain):
            raise BadInput("반려 사유를 200자 안으로 입력하시기 바랍니다.", field="remark")
        if holds_own_number(plain):
            raise BadInput("반려 사유에는 전화번호나 개인안심번호를 적지 않습니다.", field="remark")
        if approve:
            self._vault.case_files.assert_open(row.case_id)
            self._assert_code(actor, code, row._asdict(), now)
        decision = "approved" if approve else "returned"
        self._audit(f"disclosure_{decision}", actor, row._asdict(), now, row.people)
        made = {"decision": decision, "decided_by": actor.account_id, "decided_at": now, "remark": plain}
        waiting = (disclosures.c.request_hash == request_hash) & (disclosures.c.decision == "")
        decided = update(disclosures).where(waiting).values(**made)
        if not self._store.write(lambda db: db.execute(decided).rowcount):
            raise AlreadyDecided
        return self.find(request_hash)

    def open(self, request_hash: str, actor: Actor, now: datetime) -> Opened:
        """Copy the contacts of an approved request into its case file, once, after the audit row is durable.

        Parameters
        ----------
        actor : Actor
            Whoever asked; nobody else opens it.

        Raises
        ------
        NotFound, NotAllowed, NotApproved, AlreadyOpened, CaseClosed, RequestAltered, BudgetSpent, AuditUnavailable
            Nothing was opened.
        """
        self._assert_role(actor, "officer")
        with self._opening.one():
            row = self._row(request_hash)
            if actor.account_id != row.asked_by:
                self._refuse(NotAllowed(), actor, row, now)
            state = asked.read_disclosure(row).state(now)
            if state == "opened":
                raise AlreadyOpened
            if state != "approved":
                raise NotApproved(state=state)
            if not was_approved(self._vault, row):
                self._refuse(RequestAltered(), actor, row, now)
            self._vault.case_files.assert_open(row.case_id)
            named, destroyed = self._named(row, actor, now)
            self._claim(row, actor, now)
            try:
                return self._disclose(row, named, destroyed, actor, now)
            except BaseException:  # nothing has left: the approval is still good
                self._release(row)
                raise

    def waiting(self) -> list[Disclosure]:
        """Return the requests that nobody decided on, the oldest first."""
        return self._list(disclosures.c.decision == "")

    def of_case(self, case_id: str) -> list[Disclosure]:
        """Return the requests of a case, the oldest first."""
        return self._list(disclosures.c.case_id == case_id)

    def of_cases(self, case_ids: list[str]) -> list[Disclosure]:
        """Return the requests of these cases, the oldest first."""
        return self._list(disclosures.c.case_id.in_(case_ids))

    def evidence(self, request_hash: str) -> list[str]:
        """Return the evidence of each record of a request; what died with its day is gone. No pass is named."""
        return evidence_of(self._vault, request_hash)

    def find(self, request_hash: str) -> Disclosure:
        """Return a request or raise ``NotFound``."""
        return asked.read_disclosure(self._row(request_hash))

    def _disclose(self, row: Row, named: list[Named], destroyed: int, actor: Actor, now: datetime) -> Opened:
        readable = [one for one in named if one.contact is not None]
        subjects, budget = sorted({one.subject for one in readable}), self._vault.budgets.contacts
        spent = self._vault.audit.rows_since("disclosure_opened", actor.account_id, day_start(kst_day(now)))
        if spent + len(subjects) > budget:
            self._refuse(BudgetSpent(left=max(budget - spent, 0)), actor, row, now)
        self._audit("disclosure_opened", actor, row._asdict(), now, len(subjects), subjects)
        came_to = {
            "asked": len(named) + destroyed,
            "readable": len(readable),
            "unreadable": len(named) - len(readable),
            "destroyed": destroyed,
            "contacts": len(subjects),
        }
        key = self._vault.case_files.key_of(row.case_id)

        def file(db: Connection) -> Opened:
            new = self._vault.case_files.add(db, key, row.request_hash, named, now)
            outcome = Opened(**came_to, new=new)
            this = update(disclosures).where(disclosures.c.request_hash == row.request_hash)
            db.execute(this.values(outcome=json.dumps({**came_to, "new": new})))
            return outcome

        return self._store.write(file)

    def _named(self, row: Row, actor: Actor, now: datetime) -> tuple[list[Named], int]:
        try:
            named, destroyed = named_by(self._vault, row)
        except RequestAltered as altered:
            return self._refuse(altered, actor, row, now)
        contacts = [one.contact for one in named if one.contact is not None]
        if is_drill_case(row.case_id) and not all(is_drill_phone(contact.phone) for contact in contacts):
            self._refuse(NotAllowed(), actor, row, now)  # a drill is no way to anybody real
        return named, destroyed

    def _claim(self, row: Row, actor: Actor, now: datetime) -> None:
        """Take the approval; of several who try at once one gets it, in whichever process."""

        def claim(db: Connection) -> int:
            one_at_a_time(db, b"disclosure|" + row.request_hash.encode())
            free = (disclosures.c.request_hash == row.request_hash) & disclosures.c.opened_at.is_(None)
            taken = update(disclosures).where(free, disclosures.c.decision == "approved")
            return db.execute(taken.values(opened_at=now, opened_by=actor.account_id)).rowcount

        if not self._store.write(claim):
            raise AlreadyOpened

    def _release(self, row: Row) -> None:
        free = update(disclosures).where(disclosures.c.request_hash == row.request_hash)
        self._store.write(lambda db: db.execute(free.values(opened_at=None, opened_by=None)))

    def _assert_role(self, actor: Actor, role: str) -> None:
        if actor.role != role:
            raise NotAllowed

    def _assert_code(self, actor: Actor, code: str, about: Mapping[str, Any], now: datetime) -> None:
        """Take a fresh code of a factor that is old enough; a wrong one is written down (waits bound how many).

        The two accounts of drills have no factor: they reach invented people only (``_named``).
        """
        if actor.account_id in (ASKER, APPROVER):
            if not is_drill_case(about["case_id"]):
                raise NotAllowed
            return
        try:
            self._vault.factors.verify_settled(actor.account_id, code, now)
        except (FactorRefused, FactorNew) as refusal:
            self._audit("refused", actor, about, now, 0, outcome=refusal.code)
            raise

    def _refuse(self, refusal: EntryError, actor: Actor, row: Row, now: datetime) -> NoReturn:
        self._audit("refused", actor, row._asdict(), now, 0, outcome=refusal.code)
        raise refusal

    def _audit(
        self,
        action: Action,
        actor: Actor,
        row: Mapping[str, Any],
        now: datetime,
        rows: int,
        subjects: list[str] | None = None,
        outcome: str = "done",
    ) -> None:
        self._vault.audit.append(
            action,
            actor,
            now=now,
            purpose=row["purpose"],
            request_hash=row["request_hash"],
            case_id=row["case_id"],
            subjects=subjects or [],
            rows=rows,
            outcome=outcome,
        )

    def _row(self, request_hash: str) -> Row:
        with self._store.read() as db:
            row = _found(db, request_hash)
        if row is None:
            raise NotFound(what="disclosure")
        return row

    def _list(self, wanted: ColumnElement[bool]) -> list[Disclosure]:
        with self._store.read() as db:
            rows = db.execute(select(disclosures).where(wanted).order_by(disclosures.c.asked_at)).all()
        return [asked.read_disclosure(row) for row in rows]


def _found(db: Connection, request_hash: str) -> Row | None:
    return db.execute(select(disclosures).where(disclosures.c.request_hash == request_hash)).first()
