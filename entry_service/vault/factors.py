"""Second factors of accounts: codes of an authenticator application, and recovery codes; each works once.

The secret is wrapped by the key-encryption key, so that a copy of the database makes no codes; recovery codes are
kept as keyed hashes under that secret. Wrong codes are counted before anything is answered, so that parallel
guesses share them: after five an account waits, then ever twice as long, never longer than an hour.

A factor signs in from the moment it is confirmed, but asks for no contacts and approves nothing before it has been
confirmed for a while: else a web process that was taken over could enrol two accounts and be two people at once.
The row ``factor_changed`` is written here for the same reason, so that none is enrolled unseen.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError, Sentence
from entry_service.core.time_codes import SECRET_BYTES, code_of, secret_address, step_of, typed_secret
from entry_service.core.times import KST
from entry_service.store.database.engine import one_at_a_time

from .tables import factors, recovery_codes

if TYPE_CHECKING:
    from .vault import Vault

RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits, sixteen characters of base32
TRIES = 5
WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)
MOST_DOUBLINGS = 4  # an hour is reached by then
SETTLES = timedelta(hours=24)  # where no setting says otherwise
DRAFT_LASTS = timedelta(minutes=15)  # how long a secret that was shown and not confirmed stays the same
FactorState = Literal["none", "begun", "confirmed"]


class FactorRefused(EntryError):
    """A wrong or used code, or an account without a second factor: the three are not told apart."""

    status, code = 422, "factor_refused"
    sentence = "인증 코드가 맞지 않거나 이미 사용한 코드입니다. 새 코드가 나타나면 다시 입력해 주시기 바랍니다."


class FactorWaits(EntryError):
    """Too many wrong codes: the account waits, and a right code is refused as well."""

    status, code = 429, "factor_waits"
    sentence = "인증 코드를 여러 번 잘못 입력하여 잠시 잠겼습니다. 나중에 다시 시도해 주시기 바랍니다."


class FactorConfirmed(EntryError):
    """The account has its second factor; another one needs a reset first."""

    status, code = 409, "factor_confirmed"
    sentence = "2단계 인증이 이미 등록되어 있습니다. 다시 등록하려면 운영 담당자가 초기화해야 합니다."


class FactorNew(EntryError):
    """The second factor was confirmed so shortly ago that it neither asks nor approves; the code is not spent."""

    status, code = 403, "factor_new"
    sentence = (
        "2단계 인증을 등록한 지 얼마 되지 않아 연락처를 요청하거나 승인할 수 없습니다. "
        "나중에 다시 시도해 주시기 바랍니다."
    )

    @classmethod
    def until(cls, at: datetime) -> "FactorNew":
        """Return the refusal that says when the factor may ask and approve, to the minute after."""
        local = (at + timedelta(seconds=59)).astimezone(KST)
        return cls(
            Sentence(
                "2단계 인증을 새로 등록한 계정은 %(day)s %(time)s부터 연락처를 요청하거나 승인할 수 있습니다.",
                day=f"{local:%Y-%m-%d}",
                time=f"{local:%H:%M}",
            )
        )


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A secret to take over into an application: as 32 typed characters, and as the address of a QR symbol."""

    secret: str
    uri: str


class Factors:
    """The second factors in the vault's database."""

    def __init__(self, vault: "Vault", settles: timedelta = SETTLES) -> None:
        """Keep secrets wrapped by the vault's key-encryption key; ``settles``: how long a factor only signs in."""
        self._vault, self._store, self._settles = vault, vault.store, settles

    def state(self, account_id: str) -> FactorState:
        """Say whether the account has no second factor, one that was only shown, or a confirmed one."""
        with self._store.read() as db:
            row = _row(db, account_id)
        if row is None:
            return "none"
        return "confirmed" if row.confirmed_at is not None else "begun"

    def begin(self, account_id: str, login: str, now: datetime) -> NewFactor:
        """Return the secret to confirm, the same for a quarter of an hour; raise ``FactorConfirmed``."""
        drawn = secrets.token_bytes(SECRET_BYTES)
        fresh = {
            "account_id": account_id,
            "wrapped_secret": self._vault.wrap_small(_purpose(account_id), drawn),
            "begun_at": now,
            "last_step": 0,
            "failures": 0,
        }

        def keep(db: Connection) -> bytes:
            one_at_a_time(db, _purpose(account_id))
            row = _row(db, account_id)
            if row is not None and row.confirmed_at is not None:
                raise FactorConfirmed
            if row is not None and now < row.begun_at + DRAFT_LASTS:
                return row.wrapped_secret
            _remove(db, account_id)
            db.execute(insert(factors).values(**fresh))
            return fresh["wrapped_secret"]

        secret = self._vault.unwrap_small(_purpose(account_id), self._store.write(keep))
        return NewFactor(typed_secret(secret), secret_address(secret, login))

    def confirm(self, actor: Actor, code: str, now: datetime) -> list[str]:
        """Take the first right code of an account's new secret; return the recovery codes, which are shown once.

        Raises ``FactorRefused``, ``FactorWaits``, ``FactorConfirmed`` where it was confirmed before, or
        ``AuditUnavailable``: then the account has no second factor, as before.
        """
        account_id = actor.account_id
        if self.state(account_id) == "confirmed":
            raise FactorConfirmed
        drawn = [secrets.token_bytes(RECOVERY_BYTES) for _ in range(RECOVERY_CODES)]
        codes = [base64.b32encode(one).decode() for one in drawn]

        def keep(db: Connection, secret: bytes) -> None:
            mine = factors.c.account_id == account_id
            db.execute(update(factors).where(mine).values(confirmed_at=now))
            rows = [{"account_id": account_id, "code_hash": _hash(secret, one)} for one in codes]
            db.execute(insert(recovery_codes), rows)

        self._judge(account_id, code, now, confirmed=False, and_then=keep)
        try:
            self._vault.audit.append("factor_changed", actor, now=now, outcome="confirmed")
        except BaseException:  # nobody ever saw the recovery codes
            self.reset(account_id)
            raise
        return ["-".join(one[at : at + 4] for at in range(0, len(one), 4)) for one in codes]

    def verify(self, account_id: str, code: str, now: datetime) -> None:
        """Take a code of this or a neighbouring half minute, or a recovery code; neither works again.

        Raises ``FactorRefused``, also where no second factor is confirmed, or ``FactorWaits``.
        """
        self._judge(account_id, code, now, confirmed=True)

    def verify_settled(self, account_id: str, code: str, now: datetime) -> None:
        """Do the same for asking and approving; raise ``FactorNew`` where the factor was confirmed just now."""
        self._judge(account_id, code, now, confirmed=True, settled=True)

    def reset(self, account_id: str) -> None:
        """Remove the second factor and its recovery codes; the next sign-in sets up another one."""

        def remove(db: Connection) -> None:
            one_at_a_time(db, _purpose(account_id))
            _remove(db, account_id)

        self._store.write(remove)

    def recovery_left(self, account_id: str) -> int:
        """Return how many recovery codes were not used yet."""
        with self._store.read() as db:
            return len(_unused(db, account_id))

    def _judge(
        self, account_id: str, code: str, now: datetime, *, confirmed: bool, settled: bool = False, and_then=None
    ) -> None:
        typed = "".join(code.split()).replace("-", "").upper()

        def judge(db: Connection) -> EntryError | None:
            one_at_a_time(db, _purpose(account_id))
            row = _row(db, account_id)
            if row is None or (row.confirmed_at is not None) != confirmed:
                return FactorRefused()
            if settled and now < row.confirmed_at + self._settles:  # one row: a reset in between changes nothing
                return FactorNew.until(row.confirmed_at + self._settles)
            if row.locked_until is not None and now < row.locked_until:
                return FactorWaits(retry_after=int((row.locked_until - now).total_seconds()) + 1)
            secret = self._vault.unwrap_small(_purpose(account_id), row.wrapped_secret)
            mine = factors.c.account_id == account_id
            step = _step(secret, typed, now, row.last_step)
            if step is None and not _take_recovery(db, account_id, _hash(secret, typed), now):
                failures = row.failures + 1
                wait = {"locked_until": now + wait_after(failures)} if failures % TRIES == 0 else {}
                db.execute(update(factors).where(mine).values(failures=failures, **wait))
                return FactorRefused()
            free = {"failures": 0, "locked_until": None, "last_step": row.last_step if step is None else step}
            db.execute(update(factors).where(mine).values(**free))
            if and_then is not None:
                and_then(db, secret)
            return None

        refused = self._store.write(judge)  # a refusal is an answer here: raised inside, nothing would be counted
        if refused is not None:
            raise refused


def wait_after(failures: int) -> timedelta:
    """Return how long an account waits after so many wrong codes in a row."""
    return min(WAIT * 2 ** min(failures // TRIES - 1, MOST_DOUBLINGS), LONGEST_WAIT)


def _step(secret: bytes, typed: str, now: datetime, last_step: int) -> int | None:
    """Return the step of the code: this one or a neighbour, never one that was used or lies before it."""
    here, found = step_of(now), None
    for step in (here - 1, here, here + 1):
        right = hmac.compare_digest(code_of(secret, step).encode(), typed.encode("utf-8", "replace"))
        if right and step > last_step:
            found = step
    return found


def _take_recovery(db: Connection, account_id: str, given: bytes, now: datetime) -> bool:
    for known in _unused(db, account_id):
        if hmac.compare_digest(known, given):
            this = (recovery_codes.c.account_id == account_id) & (recovery_codes.c.code_hash == known)
            db.execute(update(recovery_codes).where(this).values(used_at=now))
            return True
    return False


def _unused(db: Connection, account_id: str) -> list[bytes]:
    own = (recovery_codes.c.account_id == account_id) & recovery_codes.c.used_at.is_(None)
    return list(db.execute(select(recovery_codes.c.code_hash).where(own)).scalars())


def _row(db: Connection, account_id: str) -> Row | None:
    return db.execute(select(factors).where(factors.c.account_id == account_id)).first()


def _remove(db: Connection, account_id: str) -> None:
    db.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    db.execute(delete(factors).where(factors.c.account_id == account_id))


def _purpose(account_id: str) -> bytes:
    return b"factor|" + account_id.encode()


def _hash(secret: bytes, code: str) -> bytes:
    return hmac.digest(secret, b"recovery|" + code.encode("utf-8", "replace"), "sha256")
