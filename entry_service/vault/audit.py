"""The audit: who did what with personal data, for what and how much; a chain that nothing rewrites unseen.

A row is written, and its checkpoint lies in the second place, before the act it speaks of is done. Where either
cannot be had ``append`` raises ``AuditUnavailable``, and the caller does nothing further. Call it outside of any
transaction. Rows hold no place, visit time, number, name or pass. docs/audit.md tells the whole.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlalchemy import Connection, insert, select

from entry_service.core.actors import ACTIONS, PURPOSES, Action, Actor
from entry_service.core.drills import PURPOSE, is_drill_case
from entry_service.core.errors import BadInput, Unavailable
from entry_service.store.database.engine import Store, one_at_a_time, open_store

from . import keys
from .audit_readings import AuditReadings
from .audit_rows import FIRST_HASH, Trusted, at_text, canonical, row_hash, signed_bytes, subjects_digest
from .audit_verification import Verification, Walk
from .checkpoints import AuditUnavailable, Checkpoint, SecondPlace, add_lines, checkpoint, is_fragment, read_tail
from .subjects import Subjects
from .tables import audit, audit_subjects

KEY = "audit"  # the signing key's file in the vault's key folder
OLD_KEYS = "audit.old"  # public keys of signing keys that were lost, one a line, the oldest first
WORD = re.compile(r"[a-z0-9_]{1,40}")
HASH = re.compile(r"(?:[0-9a-f]{64})?")


class Audit(AuditReadings):
    """The audit of one vault: written here, read in audit_readings.py."""

    def __init__(self, store: Store, subjects: Subjects, key_dir: Path, copy: Path) -> None:
        """Write to the vault's store and to the second place ``copy``; keys are read when they are needed."""
        self._store, self._subjects, self._key_dir = store, subjects, key_dir
        self._place = SecondPlace(copy)

    def append(
        self,
        action: Action,
        actor: Actor,
        *,
        now: datetime,
        purpose: str = "",
        request_hash: str = "",
        case_id: str = "",
        subjects: list[str] | None = None,
        rows: int = 0,
        outcome: str = "done",
    ) -> int:
        """Write a row and its checkpoint, durably, and return its number.

        Parameters
        ----------
        action, actor, now
            What, who (with the address it came from), and when; kept to the second.
        purpose : str
            One of ``core.actors.PURPOSES`` or nothing; whatever is done for the case of a drill says so instead.
        request_hash : str
            SHA-256 of the request this is about, hexadecimal.
        case_id : str
            Kept as a keyed hash only, so that the rows of a case can be counted together.
        subjects : list of str
            Normalised numbers or safety codes the row is about; kept as keyed hashes only.
        rows : int
            How many people or records.
        outcome : str
            ``done``, or a word that says more; with the action ``refused`` the code of the refusal.

        Raises
        ------
        AuditUnavailable
            The row or its checkpoint could not be made durable: nothing may be done or disclosed.
        BadInput
            A word that is not on the closed lists; such fields must not become a place for free text.
        """
        _assert_closed(action, purpose, request_hash, outcome)
        purpose = PURPOSE if is_drill_case(case_id) else purpose
        try:
            key = self._signing_key()
            keyed = self._subjects.keyed(subjects or [], now)
            case = self._subjects.keyed_case(case_id, now)
            known = self._newest_checkpoint(key)
        except OSError as failure:
            raise AuditUnavailable(reason=type(failure).__name__) from failure
        body = {
            "at": at_text(now),
            "action": action,
            "account_id": actor.account_id,
            "role": actor.role,
            "origin": actor.origin,
            "purpose": purpose,
            "request": request_hash,
            "case": case,
            "rows": rows,
            "outcome": outcome,
            "subjects": len(keyed),
            "subjects_digest": subjects_digest(keyed),
        }

        def keep(db: Connection) -> int:
            one_at_a_time(db, b"audit")
            _assert_not_rolled_back(db, known)
            last = db.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
            seq, before = (last.seq + 1, last.hash) if last else (1, FIRST_HASH)
            text = canonical({**body, "seq": seq})
            own = row_hash(before, text)
            row = {"seq": seq, "at": now - timedelta(microseconds=now.microsecond), "body": text, "hash": own}
            db.execute(insert(audit).values(**row, signature=key.sign(signed_bytes(seq, own))))
            if keyed:
                db.execute(insert(audit_subjects), [{"seq": seq, "subject": subject} for subject in keyed])
            return seq

        try:
            seq = self._store.write(keep)
            self._seal(key, now)
        except AuditUnavailable:
            raise
        except Unavailable as failure:
            raise AuditUnavailable(**failure.facts) from failure
        except OSError as failure:
            raise AuditUnavailable(reason=type(failure).__name__) from failure
        return seq

    def verify(self) -> Verification:
        """Walk the chain beside its checkpoints and name the first row that is wrong, and why."""
        return Walk(self._store, self._place, self.public_keys()).verify()

    def resume(self, now: datetime) -> Verification:
        """Go on after a restored backup or a lost second place, visibly: a signed line says so for ever.

        Rows that the second place has seen and the database has not are lost. Raises ``AuditUnavailable`` where
        the chain is wrong in another way: that is not for a command to mend.
        """
        key = self._signing_key()
        self._place.make(self.public_key())
        found = self.verify()
        if found.why == "tail_cut":
            with self._place.held() as descriptor:
                before = read_tail(descriptor, Trusted(self.public_keys())).before
                line = checkpoint(key, "resumed", found.rows, bytes.fromhex(found.hash), at_text(now), before)
                add_lines(descriptor, [line.line()])
        elif found.why == "checkpoint_missing":
            self._seal(key, now)
        elif not found.ok:
            raise AuditUnavailable(reason=found.why)
        return self.verify()

    def public_key(self) -> bytes:
        """Return the 32 bytes with which anybody can verify rows and checkpoints."""
        return self._signing_key().public_key().public_bytes_raw()

    def public_keys(self) -> list[bytes]:
        """Return the keys that have signed, the oldest first: more than one where a signing key was lost."""
        return [*read_old_keys(self._key_dir), self.public_key()]

    def renew(self) -> Verification:
        """Make a new signing key in place of one that is lost; what the old one signed stays verifiable.

        Raises ``BadInput`` where the key is not lost, ``AuditUnavailable`` where the chain is not whole: whoever
        put a key of their own in its place would then be trusted. Killed anywhere, a second call ends it.
        """
        old, known = self._place.public_key(), read_old_keys(self._key_dir)
        if (self._key_dir / KEY).exists() and old not in known:
            raise BadInput(field="key")
        known += [old] if old not in known else []
        found = Walk(self._store, self._place, known).verify()
        if not found.ok:
            raise AuditUnavailable(reason=found.why)
        keys.replace(self._key_dir / OLD_KEYS, "".join(f"{key.hex()}\n" for key in known).encode())
        keys.key_file(self._key_dir, KEY, may_make=True)
        self._place.mark(self.public_key())
        return self.verify()

    def _signing_key(self) -> ed25519.Ed25519PrivateKey:
        """Return the signing key; it and the second place are made while there is no row, and never later."""
        made = (self._key_dir / KEY).exists() and self._place.is_marked()
        empty = not made and _is_empty(self._store)
        private = keys.key_file(self._key_dir, KEY, may_make=empty)
        key = ed25519.Ed25519PrivateKey.from_private_bytes(private)
        if empty:
            self._place.make(key.public_key().public_bytes_raw())
        return key

    def _newest_checkpoint(self, key: ed25519.Ed25519PrivateKey) -> Checkpoint | None:
        """Return the newest checkpoint; raise ``AuditUnavailable`` where the second place is not what it was."""
        if why := self._place.why_not(key.public_key().public_bytes_raw()):
            raise AuditUnavailable(reason=why)
        with self._place.held() as descriptor:
            return read_tail(descriptor, Trusted(self.public_keys())).newest

    def _seal(self, key: ed25519.Ed25519PrivateKey, now: datetime) -> None:
        """Write the checkpoints that are missing, after rows that are ours: signed, and linked to the last one."""
        with self._place.held() as descriptor:
            trusted = self.public_keys()
            tail, of_rows = read_tail(descriptor, Trusted(trusted)), Trusted(trusted)
            seq, before = (tail.newest.seq, bytes.fromhex(tail.newest.hash)) if tail.newest else (0, FIRST_HASH)
            with self._store.read(snapshot=False) as db:
                rows = db.execute(select(audit).where(audit.c.seq > seq).order_by(audit.c.seq)).all()
            lines: list[bytes] = []
            signed = tail.before
            for row in rows:
                seq += 1
                linked = row.seq == seq and row.hash == row_hash(before, row.body)
                if not linked or not of_rows.signed(row.signature, signed_bytes(seq, row.hash)):
                    raise AuditUnavailable(reason="forged_row")
                made = checkpoint(key, "row", seq, row.hash, at_text(now), signed)
                lines.append(made.line())
                before, signed = row.hash, made.signature
            if lines and not all(is_fragment(one, lines[0]) for one in tail.fragments):
                raise AuditUnavailable(reason="checkpoint_edited")
            add_lines(descriptor, lines)


def read_old_keys(key_dir: Path) -> list[bytes]:
    """Return the public keys of signing keys that were lost, the oldest first."""
    kept = key_dir / OLD_KEYS
    return [bytes.fromhex(line) for line in kept.read_text().split()] if kept.exists() else []


def make_audit(url: str, key_dir: Path, copy: Path) -> None:
    """Make the signing key and the second place of a vault whose audit has no row yet; else change nothing."""
    store = open_store(url, writer=False)
    try:
        if _is_empty(store):
            private = keys.key_file(key_dir, KEY, may_make=True)
            key = ed25519.Ed25519PrivateKey.from_private_bytes(private)
            SecondPlace(copy).make(key.public_key().public_bytes_raw())
    finally:
        store.close()


def _is_empty(store: Store) -> bool:
    with store.read(snapshot=False) as db:
        return db.execute(select(audit.c.seq).limit(1)).first() is None


def _assert_not_rolled_back(db: Connection, known: Checkpoint | None) -> None:
    """Raise where the chain lacks what the second place has seen: nobody may write on over a lost tail."""
    if known is None or known.seq == 0:
        return
    there = db.execute(select(audit.c.hash).where(audit.c.seq == known.seq)).scalar()
    if there != bytes.fromhex(known.hash):
        raise AuditUnavailable(reason="rolled_back")


def _assert_closed(action: str, purpose: str, request_hash: str, outcome: str) -> None:
    for field, fits in {
        "action": action in ACTIONS,
        "purpose": not purpose or purpose in PURPOSES,
        "request": bool(HASH.fullmatch(request_hash)),
        "outcome": bool(WORD.fullmatch(outcome)),
    }.items():
        if not fits:
            raise BadInput(field=field)
