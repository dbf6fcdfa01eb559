"""What a visitor holds out at a door, by its form: the pass's QR, a printed card, or the pass's typed code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from entry_service.core.cards import is_card
from entry_service.core.errors import EntryError
from entry_service.core.model import Confidence, Device, Source
from entry_service.core.passes import authenticate, read_pass
from entry_service.core.profiles import CARD, assert_may
from entry_service.core.short_codes import read_typed
from entry_service.core.times import kst_day
from entry_service.services import Services

from . import cards, typed_code

LONGEST_TYPED = 40  # characters of a typed code with whatever was typed around it; a pass is longer
OVER_CAP = "over_cap"  # the flag of a contact that comes more often than one person does


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """Whose it is: the pass of the day, and how sure a reading is that its visitor was here.

    ``verified`` says whether the number behind it was: the door is told, the log does not keep it.
    """

    pid: bytes
    verified: bool
    confidence: Confidence
    source: Source = "staff_scan"
    doubts: tuple[str, ...] = ()


def read_presented(
    services: Services,
    device: Device,
    text: str,
    at: datetime,
    *,
    now: datetime,
    random: Callable[[int], bytes],
) -> Presented:
    """Return whose text this is, judged at the moment it was read or typed.

    Raises
    ------
    PassRefused
        It does not open the door; a card that is unknown or revoked is one of these too.
    NotAllowed
        The device may not take cards.
    TooMany
        Too many wrong typed codes of this device.
    """
    if is_card(text):
        assert_may(device, CARD)
        pid, over_cap = cards.present(services, text, kst_day(at), now, random)
        doubts = (OVER_CAP,) if over_cap else ()
        return Presented(pid=pid, verified=False, confidence="low", source="card", doubts=doubts)
    if len(text) <= LONGEST_TYPED and read_typed(text) is not None:
        typed = typed_code.resolve(services, text, at, device_id=device.device_id, now=now)
        return Presented(pid=typed.pid, verified=typed.verified, confidence="medium")
    header = read_pass(text, at=at, keys=services.public_keys, cache=services.pass_cache).header
    return Presented(pid=header.pid, verified=header.verified, confidence="high")


def shown_at(services: Services, text: str) -> datetime | None:
    """Return when the code itself was shown, if it is an authentic pass: it tells that to half a minute."""
    try:
        reading = authenticate(text, keys=services.public_keys, cache=services.pass_cache)
    except EntryError:
        return None
    return reading.slot_start + timedelta(seconds=reading.header.slot_seconds / 2)


def pid_shown(services: Services, text: str) -> bytes | None:
    """Return whose pass a text is, whenever it was shown; None where it is no authentic pass."""
    try:
        return authenticate(text, keys=services.public_keys, cache=services.pass_cache).header.pid
    except EntryError:
        return None


def pid_of(refusal: EntryError) -> bytes | None:
    """Return whose code was refused, where it was authentic: the log keeps it, an answer never tells it."""
    reading = getattr(refusal, "reading", None)
    header = getattr(reading, "header", reading)
    return getattr(header, "pid", None)
