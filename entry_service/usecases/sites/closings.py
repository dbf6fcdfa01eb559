"""Everyone out: at closing time whoever is still inside a facility, or one zone of it, has left."""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.clock_rules import is_possible
from entry_service.core.closings import Closing
from entry_service.core.errors import BadInput, EntryError
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.log import closings

from ..doors.doubting import note_closing
from ..doors.late import assert_recent_or_kept

LONGEST_ID = 64


class ClosingConflict(EntryError):
    """The closing_id was already used for another closing; the first is kept."""

    status, code, sentence = 409, "closing_conflict", "같은 번호의 다른 전원 퇴장 기록이 이미 있습니다."


def everyone_out(
    services: Services,
    facility_id: str,
    zone: str,
    *,
    closing_id: str,
    closed_at: datetime,
    closed_by: str,
    now: datetime,
) -> Closing:
    """Let everyone out who entered by ``closed_at``; the same ``closing_id`` is the same closing.

    Nobody can be sent out in the future: a device clock that runs ahead is taken back to ``now``. What is uploaded
    later from before the closing does not make anybody inside.

    Parameters
    ----------
    zone : str
        A zone_id of the facility; empty for the whole facility.
    closing_id : str
        Made once by the device or page.
    closed_by : str
        The device or account.

    Raises
    ------
    BadInput
        ``closed_at`` is further from the present than any device clock, or ``closing_id`` is no identifier.
    TooOld
        It was on a day that is destroyed; nothing is kept.
    ClosingConflict
        The closing_id belongs to another closing.
    """
    assert_recent_or_kept(services, closed_at, now, may_leave=True)
    if not is_possible(closed_at, now):
        raise BadInput("기기의 날짜와 시각을 확인하시기 바랍니다.", field="closed_at")
    if not 0 < len(closing_id) <= LONGEST_ID:
        raise BadInput(field="closing_id")
    new = Closing(
        closing_id=closing_id,
        facility_id=facility_id,
        zone=zone,
        closed_at=min(closed_at, now),
        received_at=now,
        closed_by=closed_by,
    )

    def write(db: Connection) -> Closing:
        one_at_a_time(db, b"closing|" + closing_id.encode())
        known = closings.find(db, closing_id)
        if known is None:
            closings.add(db, new)
            note_closing(db, new)
            return new
        if (known.facility_id, known.zone) != (facility_id, zone):  # the device may have been enrolled anew since
            raise ClosingConflict
        return known

    kept = services.store.write(write)
    services.occupancy.close(kept)
    return kept
