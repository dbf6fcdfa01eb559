"""Case files: the approved contacts of a case, sealed to its own key, and what was done for each of them.

Follow-up outlives the 28 days of the log in here and nowhere else. A file is destroyed with its key a while after
its case was closed (usecases/retention/purge.py). No state is a verdict: who is a close contact an investigator
decides.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from entry_service.core.actors import Actor
from entry_service.core.errors import BadInput, NotAllowed, NotFound, Unavailable
from entry_service.core.exposure import CaseClosed
from entry_service.store.database.engine import one_at_a_time

from .asked import CASE_ID
from .case_sealing import CaseKey, FiledContact, Named, contact_of
from .filed import CONTACT_STATES, CaseContact, CaseFile, ContactState, FileCounts, StateChange
from .tables import case_contacts, case_files, contact_states, disclosure_passes, disclosures

if TYPE_CHECKING:
    from .vault import Vault

NO_KEY = ""  # nothing was filed yet
OF_A_CASE = (disclosures, disclosure_passes, contact_states, case_contacts)


class CaseFiles:
    """The case files of one vault."""

    def __init__(self, vault: "Vault") -> None:
        """Keep files in the vault's database, their keys on the vault's ring."""
        self._vault, self._store = vault, vault.store

    def find(self, case_id: str) -> CaseFile | None:
        """Return what is known of the file of a case, None where nothing was ever asked for it."""
        with self._store.read() as db:
            row = _row(db, case_id)
            held = db.execute(select(func.count()).where(case_contacts.c.case_id == case_id)).scalar_one()
        return CaseFile(**row._asdict(), contacts=held) if row is not None else None

    def contacts(self, case_id: str, actor: Actor, now: datetime) -> list[CaseContact]:
        """Return the contacts of a case in order of number, after the audit row ``contacts_read`` is durable.

        Raises ``NotAllowed``, ``KeyGone`` for a destroyed file, ``AuditUnavailable``.
        """
        return self._audited(case_id, "contacts_read", actor, now, "")

    def export(self, case_id: str, actor: Actor, now: datetime, reason: str) -> list[CaseContact]:
        """Return the same for a file or print, after the audit row ``contacts_exported`` with the reason."""
        return self._audited(case_id, "contacts_exported", actor, now, reason)

    def set_state(
        self, case_id: str, number: int, state: ContactState, actor: Actor, now: datetime
    ) -> StateChange:
        """Write down what was done for a contact; every change is a row.

        Raises ``NotAllowed``, ``NotFound``, ``CaseClosed``, ``BadInput`` (``state``), ``AuditUnavailable``.
        """
        _assert_officer(actor)
        if state not in CONTACT_STATES:
            raise BadInput(field="state")
        self.assert_open(case_id)
        this = (case_contacts.c.case_id == case_id) & (case_contacts.c.contact_number == number)
        with self._store.read() as db:
            if db.execute(select(case_contacts.c.contact_number).where(this)).first() is None:
                raise NotFound(what="contact")
        self._vault.audit.append("contact_state_set", actor, now=now, case_id=case_id, rows=1, outcome=state)
        row = {"contact_number": number, "state": state, "changed_by": actor.account_id, "changed_at": now}
        self._store.write(lambda db: db.execute(insert(contact_states).values(case_id=case_id, **row)))
        return StateChange(number=number, state=state, changed_by=actor.account_id, changed_at=now)

    def states(self, case_id: str) -> list[StateChange]:
        """Return every change of a case, the oldest first: the last of a number is its state."""
        query = (
            select(contact_states).where(contact_states.c.case_id == case_id).order_by(contact_states.c.state_id)
        )
        with self._store.read() as db:
            return [
                StateChange(
                    number=row.contact_number,
                    state=row.state,
                    changed_by=row.changed_by,
                    changed_at=row.changed_at,
                )
                for row in db.execute(query)
            ]

    def close(self, case_id: str, now: datetime) -> None:
        """End the case here: nobody can be asked for it any more, and its file waits for destruction."""

        def end(db: Connection) -> None:
            self.begin(db, case_id, now)
            mine = (case_files.c.case_id == case_id) & case_files.c.closed_at.is_(None)
            db.execute(update(case_files).where(mine).values(closed_at=now))

        self._store.write(end)

    def due(self, before: datetime, opened_before: datetime) -> list[str]:
        """Return the cases whose file is to be destroyed: closed before, or made before and never closed."""
        forgotten = case_files.c.closed_at.is_(None) & (case_files.c.made_at < opened_before)
        old = or_(case_files.c.closed_at < before, forgotten)
        query = select(case_files.c.case_id).where(case_files.c.destroyed_at.is_(None), old)
        with self._store.read() as db:
            return list(db.execute(query.order_by(case_files.c.case_id)).scalars())

    def dead(self) -> list[str]:
        """Return the cases whose key was destroyed while the file is here: a backup came back, or a kill."""
        query = select(case_files.c.case_id).where(case_files.c.destroyed_at.is_(None))
        with self._store.read() as db:
            named = db.execute(query.order_by(case_files.c.case_id)).scalars().all()
        return [case_id for case_id in named if self._vault.ring.is_dead("cases", case_id)]

    def destroy(self, case_id: str, now: datetime) -> int:
        """Destroy the key in both stores, then the rows; return how many contacts went.

        Killed anywhere it can be called again: the file stays ``due`` until the last row is gone. Raises
        ``Unavailable`` where somebody reads for so long that the removed rows are still in the journal: ask again.
        """
        _assert_name(case_id)
        self._vault.ring.destroy("cases", case_id)

        def remove(db: Connection) -> int:
            hashes = select(disclosures.c.request_hash).where(disclosures.c.case_id == case_id)
            db.execute(delete(disclosure_passes).where(disclosure_passes.c.request_hash.in_(hashes)))
            for table in (disclosures, contact_states):
                db.execute(delete(table).where(table.c.case_id == case_id))
            return db.execute(delete(case_contacts).where(case_contacts.c.case_id == case_id)).rowcount

        gone = self._store.write(remove)
        if not self._store.sweep([table.name for table in OF_A_CASE]):
            raise Unavailable(reason="busy")
        ended = update(case_files).where(case_files.c.case_id == case_id)
        self._store.write(lambda db: db.execute(ended.values(destroyed_at=now)))
        return gone

    def counts(self) -> FileCounts:
        """Return how many files and contacts there are."""
        with self._store.read() as db:
            files, closed, destroyed = db.execute(
                select(
                    func.count(), func.count(case_files.c.closed_at), func.count(case_files.c.destroyed_at)
                ).select_from(case_files)
            ).one()
            held = db.execute(select(func.count()).select_from(case_contacts)).scalar_one()
        return FileCounts(files=files, closed=closed, destroyed=destroyed, contacts=held)

    def assert_open(self, case_id: str) -> None:
        """Raise ``CaseClosed`` where the case was closed here or its file destroyed."""
        with self._store.read() as db:
            row = _row(db, case_id)
        if row is not None and (row.closed_at is not None or row.destroyed_at is not None):
            raise CaseClosed

    def begin(self, db: Connection, case_id: str, now: datetime) -> None:
        """Begin the file of a case where there is none: what was asked for it is destroyed with it."""
        _assert_name(case_id)
        one_at_a_time(db, b"case file|" + case_id.encode())
        if _row(db, case_id) is None:
            db.execute(insert(case_files).values(case_id=case_id, key_id=NO_KEY, made_at=now))

    def key_of(self, case_id: str) -> CaseKey:
        """Return the key of a case's file, drawn on first use; raise ``KeyGone`` where it was destroyed."""
        _assert_name(case_id)
        return CaseKey(case_id, self._vault.ring.draw("cases", case_id))

    def add(self, db: Connection, key: CaseKey, request_hash: str, named: list[Named], now: datetime) -> int:
        """File what a request named; whoever is in the file gets the new stays. Returns how many are new.

        Raises ``CaseClosed``.
        """
        self.begin(db, key.case_id, now)  # nobody else files for this case until the transaction ends
        if _row(db, key.case_id).closed_at is not None:
            raise CaseClosed
        db.execute(update(case_files).where(case_files.c.case_id == key.case_id).values(key_id=key.key_id))
        persons: dict[bytes, list[Named]] = {}
        for one in named:
            persons.setdefault(key.person(one), []).append(one)
        rows = db.execute(select(case_contacts).where(case_contacts.c.case_id == key.case_id)).all()
        known = {row.person: row for row in rows}
        for person in known.keys() & persons.keys():
            _add_stays(db, key, known[person], persons[person])
        first = max((row.contact_number for row in rows), default=0) + 1
        fresh = [
            {
                "case_id": key.case_id,
                "contact_number": number,
                "request_hash": request_hash,
                "person": person,
                "sealed": key.seal(number, FiledContact(contact_of(own), sorted({one.evidence for one in own}))),
            }
            for number, (person, own) in enumerate(
                ((person, own) for person, own in persons.items() if person not in known), first
            )
        ]
        if fresh:
            db.execute(insert(case_contacts), fresh)
        return len(fresh)

    def _audited(
        self,
        case_id: str,
        action: Literal["contacts_read", "contacts_exported"],
        actor: Actor,
        now: datetime,
        why: str,
    ) -> list[CaseContact]:
        _assert_officer(actor)
        with self._store.read() as db:
            file = _row(db, case_id)
            query = select(case_contacts).where(case_contacts.c.case_id == case_id)
            rows = db.execute(query.order_by(case_contacts.c.contact_number)).all()
        if file is None or (file.key_id == NO_KEY and file.destroyed_at is None):
            return []
        key = CaseKey(case_id, self._vault.ring.get("cases", case_id))
        found = [_contact(row, key.unseal(row.contact_number, row.sealed)) for row in rows]
        subjects = sorted({one.phone or one.safety_code or "" for one in found if one.readable})
        self._vault.audit.append(
            action,
            actor,
            now=now,
            case_id=case_id,
            subjects=subjects,
            rows=len(found),
            **({"outcome": why} if why else {}),
        )
        return found


def _add_stays(db: Connection, key: CaseKey, row: Row, own: list[Named]) -> None:
    """Add the stays of another request to a contact that is in the file."""
    filed = key.unseal(row.contact_number, row.sealed) or FiledContact(own[0].contact, [])
    stays = sorted({*filed.evidence, *(one.evidence for one in own)})
    if stays != filed.evidence:
        sealed = key.seal(row.contact_number, FiledContact(filed.contact, stays))
        this = (case_contacts.c.case_id == row.case_id) & (case_contacts.c.contact_number == row.contact_number)
        db.execute(update(case_contacts).where(this).values(sealed=sealed))


def _contact(row: Row, filed: FiledContact | None) -> CaseContact:
    contact = filed.contact if filed else None
    return CaseContact(
        number=row.contact_number,
        name=contact.name if contact else None,
        phone=contact.phone if contact else None,
        safety_code=contact.safety_code if contact else None,
        residence=contact.residence if contact else None,
        verified=contact.verified if contact else False,
        evidence=tuple(filed.evidence) if filed else (),
        request_hash=row.request_hash,
    )


def _row(db: Connection, case_id: str) -> Row | None:
    return db.execute(select(case_files).where(case_files.c.case_id == case_id)).first()


def _assert_officer(actor: Actor) -> None:
    if actor.role != "officer":
        raise NotAllowed


def _assert_name(case_id: str) -> None:
    """Refuse whatever could not be the name of a key file."""
    if not CASE_ID.fullmatch(case_id):
        raise BadInput(field="case_id")
