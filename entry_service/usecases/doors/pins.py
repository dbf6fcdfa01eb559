"""The manager's PIN of a facility: six digits that open a kiosk and admit beyond the limit.

After five wrong tries the next ones are refused for five minutes, the right one too, and the answer is the same in
every case. Tries are counted before they are judged, in one write each, so that parallel guesses all count.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection

from entry_service import passwords
from entry_service.core.errors import BadInput, EntryError
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import pins

DIGITS = 6
TRIES = 5
WAIT = timedelta(minutes=5)


class WrongPin(EntryError):
    """The PIN is wrong, none was set, or there were too many tries: never said which."""

    status, code = 403, "wrong_pin"
    sentence = "PIN이 맞지 않습니다. 여러 번 틀렸다면 5분 뒤에 다시 입력해 주시기 바랍니다."


def set_pin(services: Services, facility_id: str, pin: str, now: datetime) -> None:
    """Set or replace the PIN of a facility; ``BadInput`` unless it is six digits that are not too easy."""
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", pin):
        raise BadInput("PIN은 숫자 6자리로 입력하시기 바랍니다.", field="pin")
    steps = {int(after) - int(before) for before, after in zip(pin, pin[1:], strict=False)}
    if len(set(pin)) < 3 or steps in ({1}, {-1}):
        raise BadInput("짐작하기 쉬운 PIN입니다. 다른 숫자를 정해 주시기 바랍니다.", field="pin")
    pin_hash = passwords.hash_password(pin)

    def write(db: Connection) -> None:
        one_at_a_time(db, _subject(facility_id))
        pins.put(db, facility_id, pin_hash, now)

    services.store.write(write)


def has_pin(services: Services, facility_id: str) -> bool:
    """Say whether a PIN was set."""
    with services.store.read() as db:
        return pins.find(db, facility_id) is not None


def check_pin(services: Services, facility_id: str, pin: str, now: datetime) -> None:
    """Raise ``WrongPin`` unless this is the facility's PIN and it is not waiting."""
    pin_hash = services.store.write(lambda db: _begin_try(db, facility_id, now))
    if not passwords.verify_password(pin_hash, pin):
        raise WrongPin
    services.store.write(lambda db: _end_tries(db, facility_id, pin_hash))


def _begin_try(db: Connection, facility_id: str, now: datetime) -> str | None:
    """Count one try and return the hash to compare with; None while the facility waits or has no PIN."""
    one_at_a_time(db, _subject(facility_id))
    known = pins.find(db, facility_id)
    if known is None or (known.locked_until is not None and now < known.locked_until):
        return None
    tries = known.failures % TRIES + 1
    pins.remember_tries(db, facility_id, tries, now + WAIT if tries == TRIES else None)
    return known.pin_hash


def _end_tries(db: Connection, facility_id: str, pin_hash: str | None) -> None:
    one_at_a_time(db, _subject(facility_id))
    known = pins.find(db, facility_id)
    if known is not None and known.pin_hash == pin_hash:  # else it was changed meanwhile
        pins.remember_tries(db, facility_id, 0, None)


def _subject(facility_id: str) -> bytes:
    return b"pin|" + facility_id.encode()
