"""The entry tickets of a phone: the last few, in one signed cookie of a day. They identify entries, not people."""

from datetime import timedelta

import msgspec
from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from entry_service.usecases.doors.poster_entry import EntryTicket

from ..frame.context import now, settings
from ..frame.security import cookie_name
from ..frame.sessions import drop_cookie, set_cookie

NAME = "ticket"
LIFETIME = timedelta(hours=24)
MOST = 4  # tickets of one phone: a child's, a parent's, the place before; more would not fit a cookie
LONGEST = 3_800  # bytes that every browser keeps of one cookie


def held() -> list[EntryTicket]:
    """Return the tickets of this phone, the one last touched first; none that is not ours, or a day old."""
    kept = request.cookies.get(cookie_name(settings(), NAME))
    try:
        tickets = msgspec.convert(_signer().loads(kept), list[EntryTicket]) if kept else []
    except (BadSignature, msgspec.ValidationError):
        return []
    return [ticket for ticket in tickets if now() - ticket.entered_at < LIFETIME]


def keep(response: Response, ticket: EntryTicket) -> None:
    """Put a ticket first, in place of the one it was before; the oldest ones that do not fit are let go."""
    _write(response, [ticket, *(one for one in held() if one.scan_id != ticket.scan_id)])


def forget(response: Response, scan_id: str) -> None:
    """Remove one ticket from this phone."""
    _write(response, [one for one in held() if one.scan_id != scan_id])


def _write(response: Response, tickets: list[EntryTicket]) -> None:
    tickets = tickets[:MOST]
    if not tickets:
        drop_cookie(response, NAME)
        return
    while len(text := _signer().dumps(msgspec.to_builtins(tickets))) > LONGEST and len(tickets) > 1:
        tickets = tickets[:-1]
    set_cookie(response, NAME, text, days=LIFETIME.days)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret, salt="entry-ticket")
