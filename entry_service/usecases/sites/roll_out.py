"""Roll the entry log out: facilities, posters, devices. One function a sentence and a transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.errors import EntryError, NotFound
from entry_service.core.fields import FieldsRefused
from entry_service.core.model import Facility
from entry_service.core.posters import ALPHABET, RANDOM_BYTES, poster_id
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import devices, facilities, posters
from entry_service.store.sites.posters import Poster

LAST_EPOCH = 1023  # what two characters of a poster id hold
Random = Callable[[int], bytes]


class PosterChanged(EntryError):
    """Somebody else issued a new poster meanwhile; nothing was changed."""

    status, code = 409, "poster_changed"
    sentence = "그 사이에 새 포스터가 발급되었습니다. 지금 포스터를 확인하시기 바랍니다."


class EpochsUsed(EntryError):
    """The facility has had as many posters as an id can count."""

    status, code = 409, "epochs_used"
    sentence = "이 시설은 더 이상 새 포스터를 발급할 수 없습니다. 운영 담당자에게 문의하시기 바랍니다."


def register_facility(services: Services, facility: Facility, *, now: datetime, random: Random) -> Facility:
    """Register a facility with its first poster; an empty ``facility_id`` is drawn. Return what was kept.

    Raises
    ------
    FieldsRefused
        The ``facility_id`` or the telephone number belongs to another facility.
    """
    return services.store.write(lambda db: add_facility(db, facility, now=now, random=random))


def add_facility(db: Connection, facility: Facility, *, now: datetime, random: Random) -> Facility:
    """Register a facility with its first poster in a transaction of the caller's; as ``register_facility``."""
    named = facility if facility.facility_id else replace(facility, facility_id=_draw_facility_id(random))
    _refuse_taken_number(db, named)
    one_at_a_time(db, b"facility|" + named.facility_id.encode())
    if facilities.is_known(db, named.facility_id):
        raise FieldsRefused({"facility_id": "이미 등록된 시설 번호입니다."})
    facilities.add(db, named)
    name = poster_id(random(RANDOM_BYTES), 1)
    posters.add(db, Poster(poster_id=name, facility_id=named.facility_id, epoch=1, valid_from=now))
    return named


def change_facility(services: Services, facility: Facility) -> None:
    """Keep new facts of a facility; posters and devices stay as they are.

    Raises ``NotFound``, or ``FieldsRefused`` where another facility has the telephone number.
    """

    def write(db: Connection) -> None:
        _refuse_taken_number(db, facility)
        facilities.update_facility(db, facility)

    services.store.write(write)
    services.forget_facilities()


def issue_poster(
    services: Services, facility_id: str, *, after_epoch: int | None, now: datetime, random: Random
) -> Poster:
    """Issue the next poster of a facility and retire the current one, which is read for 48 hours more.

    ``after_epoch`` is the epoch the caller saw as current (None: there was no poster), so that a form that is sent
    twice makes one poster. Raises ``NotFound``, ``PosterChanged`` or ``EpochsUsed``.
    """

    def write(db: Connection) -> Poster:
        one_at_a_time(db, b"poster|" + facility_id.encode())
        facilities.get(db, facility_id)
        seen = posters.current(db, facility_id)
        if (seen.epoch if seen else None) != after_epoch:
            raise PosterChanged
        posters.retire(db, facility_id, now)
        earlier = posters.of_facility(db, facility_id)
        epoch = earlier[0].epoch + 1 if earlier else 1
        if epoch > LAST_EPOCH:
            raise EpochsUsed
        name = poster_id(random(RANDOM_BYTES), epoch)
        new = Poster(poster_id=name, facility_id=facility_id, epoch=epoch, valid_from=now)
        posters.add(db, new)
        return new

    return services.store.write(write)


def revoke_device(services: Services, facility_id: str, device_id: str, *, now: datetime) -> None:
    """End a device of the facility; it is refused at its next contact. ``NotFound`` where it has none such."""

    def write(db: Connection) -> None:
        own = {record.device.device_id: record.device for record in devices.all(db, facility_id)}
        if device_id not in own:
            raise NotFound(what="device")
        if own[device_id].revoked_at is None:
            devices.revoke(db, device_id, now)

    services.store.write(write)


def _refuse_taken_number(db: Connection, facility: Facility) -> None:
    one_at_a_time(db, b"call numbers")
    other = facilities.by_call_number(db, facility.call_number) if facility.call_number else None
    if other is not None and other.facility_id != facility.facility_id:
        raise FieldsRefused({"call_number": "다른 시설에서 쓰고 있는 번호입니다."})


def _draw_facility_id(random: Random) -> str:
    number = int.from_bytes(random(5), "big")
    return "F-" + "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
