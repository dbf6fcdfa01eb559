"""A private site asks to take part, an administrator decides, its manager makes the account.

The request has an address of its own: 80 random bits, of which only the hash is kept. Whoever holds it sees how
far the request has come and, for two weeks after the approval, makes the one account of the site's manager.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.errors import EntryError, NotFound, TooMany
from entry_service.core.fields import FieldsRefused
from entry_service.core.invitations import SECRET_BYTES, read_secret, secret_text
from entry_service.core.model import Facility
from entry_service.core.site_requests import (
    INVITED,
    NONCE,
    REFUSED_KEPT,
    WAITS,
    Asked,
    SiteRequest,
    open_contact,
    read_reason,
    seal_contact,
)
from entry_service.services import Services
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import site_requests
from entry_service.store.sites.accounts import Account

from .keep_accounts import add_account
from .request_keys import destroy_served_keys, opening_keys, sealing_key
from .roll_out import add_facility

MOST_A_DAY = 300  # of all requests together: a city's private sites ask over weeks
MOST_WAITING = 3_000
KNOWN = "이미 신청하였거나 등록된 사업자등록번호입니다. 신청한 적이 없으면 담당 기관에 문의하시기 바랍니다."
FLOOD = "오늘은 신청이 많아 더 받지 못합니다. 내일 다시 신청하시기 바랍니다."
Random = Callable[[int], bytes]


class RequestDecided(EntryError):
    """Somebody decided meanwhile; nothing was changed."""

    status, code, sentence = 409, "request_decided", "이미 처리된 신청입니다."


class InvitationOver(EntryError):
    """The manager's account was made already, or the two weeks are over."""

    status, code = 410, "request_invitation_over"
    sentence = "관리자 계정을 이미 만들었거나 만들 수 있는 기간이 지났습니다. 담당 기관에 문의하시기 바랍니다."


def ask(services: Services, asked: Asked, *, now: datetime, random: Random) -> str:
    """Keep a request and return the secret of its address.

    Raises ``FieldsRefused`` for a number that waits or was approved already, ``TooMany`` for a flood.
    """
    secret, request_id = secret_text(random(SECRET_BYTES)), f"R-{random(6).hex()}"
    key = sealing_key(services.settings.key_dir, now, random(4))
    new = SiteRequest(
        request_id=request_id,
        token_hash=_hash(secret),
        business_number=asked.business_number,
        name=asked.name,
        category=asked.category,
        address=asked.address,
        contact=seal_contact(key, request_id, asked.telephone, random(NONCE)),
        asked_at=now,
    )

    def write(db: Connection) -> None:
        one_at_a_time(db, b"site requests")
        site_requests.forget(db, now)
        if site_requests.is_known(db, asked.business_number):
            raise FieldsRefused({"business_number": KNOWN})
        since = now - timedelta(days=1)
        if site_requests.count_since(db, since) >= MOST_A_DAY or site_requests.count_waiting(db) >= MOST_WAITING:
            raise TooMany(FLOOD, retry_after=86_400)
        site_requests.add(db, new)

    services.store.write(write)
    return secret


def look(services: Services, secret: str, now: datetime) -> SiteRequest:
    """Return the request whose address was opened; raise ``NotFound`` also for one that is to be forgotten."""
    with services.store.read() as db:
        request = site_requests.by_token(db, _hash(read_secret(secret) or ""))
    left = request.state == "waiting" and now - request.asked_at > WAITS
    if left or (request.state == "refused" and _age(request, now) > REFUSED_KEPT):
        raise NotFound(what="request")
    return request


def contact_of(services: Services, request: SiteRequest) -> str | None:
    """Return the telephone number of a request, None once it is destroyed or where its key is gone."""
    if request.contact is None:
        return None
    for key in opening_keys(services.settings.key_dir, request.asked_at):
        with suppress(InvalidTag):  # sealed by another key of its month
            return open_contact(key, request.request_id, request.contact)
    return None


def refuse(services: Services, request_id: str, reason: str, *, by: str, now: datetime) -> SiteRequest:
    """Refuse a request with a reason that its site reads; raise ``BadInput`` or ``RequestDecided``."""
    told = read_reason(reason)

    def write(db: Connection) -> SiteRequest:
        waiting = _waiting(db, request_id)
        decided = replace(waiting, state="refused", decided_at=now, decided_by=by, reason=told)
        site_requests.decide(db, decided)
        return decided

    return services.store.write(write)


def approve(
    services: Services, request_id: str, facility: Facility, *, by: str, now: datetime, random: Random
) -> Facility:
    """Register the site with its first poster and invite its manager, both or neither.

    Raises ``FieldsRefused`` for a ``facility_id`` that is taken, or ``RequestDecided``.
    """

    def write(db: Connection) -> Facility:
        waiting = _waiting(db, request_id)
        kept = add_facility(db, facility, now=now, random=random)
        approved = replace(waiting, state="approved", decided_at=now, decided_by=by, facility_id=kept.facility_id)
        site_requests.decide(db, approved)
        return kept

    return services.store.write(write)


def is_invited(request: SiteRequest, now: datetime) -> bool:
    """Say whether the manager's account can be made now."""
    return request.state == "approved" and request.manager_at is None and _age(request, now) < INVITED


def make_manager(
    services: Services,
    secret: str,
    *,
    login: str,
    password: str,
    shortest: int,
    origin: str,
    now: datetime,
    random: Random,
) -> Account:
    """Make the manager's account of an approved site, once; written down as the act of whoever approved.

    Raises ``InvitationOver``, or ``FieldsRefused`` for login or password: then it can be tried again.
    """
    request = look(services, secret, now)

    def claim(db: Connection) -> SiteRequest:
        one_at_a_time(db, b"site request|" + request.request_id.encode())
        fresh = site_requests.get(db, request.request_id)
        if not is_invited(fresh, now):
            raise InvitationOver
        site_requests.claim(db, request.request_id, now)
        return fresh

    invited = services.store.write(claim)
    try:
        return add_account(
            services,
            login=login,
            role="manager",
            facility_id=invited.facility_id,
            password=password,
            shortest=shortest,
            by=Actor(account_id=invited.decided_by or "", role="admin", origin=origin),
            now=now,
            random=random,
        )
    except EntryError:
        services.store.write(lambda db: site_requests.claim(db, request.request_id, None))
        raise


def forget_requests(services: Services, now: datetime) -> None:
    """Destroy what has served: contacts and their keys, refused requests, requests that nobody decided."""
    services.store.write(lambda db: site_requests.forget(db, now))
    destroy_served_keys(services.settings.key_dir, now)


def _waiting(db: Connection, request_id: str) -> SiteRequest:
    one_at_a_time(db, b"site request|" + request_id.encode())
    request = site_requests.get(db, request_id)
    if request.state != "waiting":
        raise RequestDecided
    return request


def _age(request: SiteRequest, now: datetime) -> timedelta:
    return now - request.decided_at if request.decided_at else timedelta()


def _hash(secret: str) -> bytes:
    return sha256(b"site request|" + secret.encode()).digest()
