"""``POST /api/v1/tally``: how many readings a device made, by minute, so that a drill knows what was lost."""

from typing import Annotated

from flask import Blueprint
from msgspec import Meta

from entry_service.core.errors import BadInput
from entry_service.core.outages import Tally
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.drills.outage_tally import take_tally

from ..api.openapi import Body, operation
from ..frame.auth import current_device
from ..frame.context import now, services
from .acts_api import Moment

MOST_MINUTES = 3_000  # two days, and some
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Minute = Annotated[int, Meta(ge=0, le=100_000_000)]
blueprint = Blueprint("tally_api", __name__)


class Made(Body, frozen=True, forbid_unknown_fields=True):
    """Readings that the device made since ``since``: ``minutes`` are pairs of a minute since 1970 and how many.

    ``until`` is its present; ``oldest`` is when the oldest item was made that it still keeps, if any.
    """

    since: Moment
    until: Moment
    minutes: Annotated[list[tuple[Minute, Count]], Meta(max_length=MOST_MINUTES)]
    oldest: Moment | None = None


@operation(
    blueprint,
    "POST",
    "/api/v1/tally",
    summary="Say how many readings the device made; kept only for the window of a drill",
    auth="device:scan",
    body=Made,
    errors=(CollectionEnded,),
    status=204,
)
def tell(body: Made) -> None:
    """Keep what concerns a drill; an older device never calls."""
    minutes = dict(body.minutes)
    if len(minutes) < len(body.minutes):
        raise BadInput(field="minutes")
    told = Tally(since=body.since, until=body.until, oldest=body.oldest, minutes=minutes)
    take_tally(services(), current_device(), told, now=now())
