"""Say whose pass a typed code is: the way in when a camera fails. Judged by the service alone, at ``at``."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from entry_service.core import short_codes as codes
from entry_service.core.errors import PassExpired, PassMalformed
from entry_service.core.times import day_number, day_start, kst_day
from entry_service.services import Services
from entry_service.store.log import short_codes
from entry_service.store.log.short_codes import ShortCode

NO_SUCH_CODE = "입력한 코드와 맞는 출입증이 없습니다. 휴대전화의 코드를 다시 확인해 주시기 바랍니다."
OVER = "유효시간이 지난 코드입니다. 휴대전화에 지금 보이는 코드를 입력해 주시기 바랍니다."
NEAR_MIDNIGHT = timedelta(minutes=6)  # three slots of two minutes: the longest a code outlives its day
SAID_TO_BE_OVER = 40  # slots back for which a code is called expired rather than wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedPass:
    """The pass a typed code belongs to."""

    pid: bytes
    verified: bool


def resolve(
    services: Services, text: str, at: datetime, *, device_id: str = "", now: datetime | None = None
) -> TypedPass:
    """Return whose code this is, if its slot is open at ``at`` with the tolerance of the QR code.

    Parameters
    ----------
    text : str
        Ten characters however they were typed: spaces, dashes, lower case, I L O U.
    at : datetime
        When it was typed (aware); a queued code is judged by that moment, not by its arrival.
    device_id : str
        Who asks: wrong codes are counted by device.
    now : datetime, optional
        The present, by which guesses are counted; default ``at``.

    Raises
    ------
    PassMalformed
        Not ten such characters, no such handle on that day, or a wrong check: the three are not told apart.
    PassExpired
        A right code whose slot is over; ``reading`` is its ``TypedPass``.
    TooMany
        Too many wrong codes of this device; 25 bits must not be guessed.
    """
    present = at if now is None else now
    services.typed_guesses.ask(device_id, present)
    typed = codes.read_typed(text)
    if typed is None:
        raise PassMalformed(NO_SUCH_CODE, part="text")  # no guess: it could not have been right
    for known in _known(services, typed[0], at):
        age = _slots_over(services, known, typed[1], at)
        if age is None:
            continue
        owner = TypedPass(pid=known.pid, verified=known.verified)
        if age > 0:
            raise PassExpired(OVER, reading=owner, age=age * known.slot_seconds)
        return owner
    services.typed_guesses.wrong(device_id, present)
    raise PassMalformed(NO_SUCH_CODE, part="check")


def _known(services: Services, handle: str, at: datetime) -> list[ShortCode]:
    """Return the passes with this handle on the day of ``at``, or on the other day just beside midnight."""
    days = sorted({kst_day(at - NEAR_MIDNIGHT), kst_day(at), kst_day(at + NEAR_MIDNIGHT)})
    with services.store.read() as db:
        found = [short_codes.find(db, day, handle) for day in days]
    return [one for one in found if one is not None]


def _slots_over(services: Services, known: ShortCode, check: str, at: datetime) -> int | None:
    """Return for how many slots the code has been over: 0 while accepted, None where it is no code of this pass.

    Every slot is computed and compared whatever the others gave: the time it takes says nothing.
    """
    key = codes.phone_key(services.short_code_key, day_number(known.day), known.pid)
    accepted = codes.open_slots((at - day_start(known.day)).total_seconds(), known.slot_seconds)
    last = -(-86_400 // known.slot_seconds) - 1  # a pass has no slots outside its day
    over = None
    for slot in range(max(accepted.start - SAID_TO_BE_OVER, 0), min(accepted.stop - 1, last) + 1):
        if codes.same(codes.check_letters(key, slot), check):
            over = max(accepted.start - slot, 0)
    return over
