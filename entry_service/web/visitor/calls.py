"""The webhook of the telephone exchange (안심콜), and in a demonstration a telephone to try it with.

The exchange signs each report (core/signatures.py) and speaks whatever the answer says: ``message`` of a call that
is logged, ``detail`` of a refusal. The signature is judged over the bytes that came, before they are read.
"""

from datetime import datetime
from secrets import token_bytes, token_urlsafe
from typing import Annotated

import msgspec
from flask import Blueprint, g, render_template, request
from flask_babel import gettext as _
from msgspec import Meta
from werkzeug.exceptions import UnsupportedMediaType

from entry_service.core.call_numbers import show_call_number
from entry_service.core.errors import EntryError, NotFound, ScanConflict
from entry_service.core.signatures import is_signed, sign
from entry_service.store.sites import facilities
from entry_service.usecases.doors.call_in import Call, CallerUnknown, CallNumberUnknown, log_call
from entry_service.usecases.doors.collecting import CollectionEnded
from entry_service.usecases.doors.late import TooOld

from ..api.openapi import END, Body, operation
from ..frame.access import public, public_limited
from ..frame.context import now, services, settings
from ..frame.i18n import for_visitors, translated

HEADER = "X-Entry-Signature"
LONGEST_TYPED = 40
blueprint = Blueprint("calls", __name__)


class CallsOff(NotFound):
    """This service takes no calls: no secret is agreed with an exchange (``ENTRY_CALL_SECRET``)."""

    code, sentence = "calls_off", "이 서비스에서는 전화로 등록하지 않습니다."


class SignatureRefused(EntryError):
    """The report is not signed with the agreed secret, was changed, or is older than five minutes."""

    status, code, sentence = 403, "signature_refused", "서명을 확인할 수 없습니다."


class NewCall(Body, frozen=True, forbid_unknown_fields=True):
    """One call: ``caller`` as the network told it, empty where withheld; ``call_id`` is the exchange's own."""

    call_id: Annotated[str, Meta(pattern=rf"^[0-9A-Za-z._-]{{1,80}}{END}", description="once for each call")]
    facility_number: Annotated[str, Meta(max_length=LONGEST_TYPED, description="the number that was dialled")]
    caller: Annotated[str, Meta(max_length=LONGEST_TYPED)]
    called_at: Annotated[datetime, Meta(tz=True)]


class CallLogged(msgspec.Struct, frozen=True):
    """The call is in the log; ``message`` is what the caller hears. ``repeated``: the log had it before."""

    message: str
    repeated: bool


@operation(
    blueprint,
    "POST",
    "/api/v1/calls",
    summary="Report a call to the number of a facility, signed; the same call_id is the same answer",
    auth="none",
    body=NewCall,
    answer=CallLogged,
    errors=(
        *(CallsOff, SignatureRefused, CallNumberUnknown, CallerUnknown),
        *(TooOld, CollectionEnded, ScanConflict),
    ),
)
def new_call(body: NewCall) -> CallLogged:
    """Answer when contact and entry are durable."""
    return _log(body)


@blueprint.before_request
def only_signed() -> None:
    """Refuse a report before its body is read, unless it is JSON and signed."""
    if request.endpoint == f"{blueprint.name}.{new_call.__name__}":
        if request.mimetype != "application/json":
            raise UnsupportedMediaType()
        _assert_signed(request.get_data(), request.headers.get(HEADER, ""))


@blueprint.get("/simulator/call")
@public
@for_visitors
def telephone() -> str:
    """Show a telephone that calls the facilities of the demo city."""
    return _telephone("", "")


@blueprint.post("/simulator/call")
@public_limited
@for_visitors
def call() -> tuple[str, int] | str:
    """Report a call as the exchange would, and show what the caller hears."""
    _assert_demo()
    number, caller = (request.form.get(name, "")[:LONGEST_TYPED] for name in ("number", "caller"))
    report = NewCall(call_id=token_urlsafe(16), facility_number=number, caller=caller, called_at=now())
    body = msgspec.json.encode(report)
    try:
        _assert_signed(body, sign(settings().call_key, body, now()))
        heard, status = _log(msgspec.json.decode(body, type=NewCall)).message, 200
    except EntryError as refusal:
        g.code = refusal.code
        heard, status = translated(refusal.sentence), refusal.status
    return _telephone(number, caller, heard, logged=status == 200), status


def _assert_demo() -> None:
    """Hide the telephone elsewhere: it signs with the agreed secret, so it must not report a call before this."""
    if not settings().demo:
        raise NotFound()


def _assert_signed(body: bytes, header: str) -> None:
    key = settings().call_key
    if not key:
        raise CallsOff
    if not is_signed(key, body, header, now()):
        raise SignatureRefused


def _log(body: NewCall) -> CallLogged:
    call = Call(
        call_id=body.call_id,
        facility_number=body.facility_number,
        caller=body.caller,
        called_at=body.called_at,
    )
    repeated = log_call(services(), call, now=now(), random=token_bytes)
    return CallLogged(_("방문 등록이 완료되었습니다"), repeated)


def _telephone(number: str, caller: str, heard: str = "", *, logged: bool = False) -> str:
    _assert_demo()
    with services().store.read() as db:
        known = facilities.with_call_number(db)
    return render_template(
        "visitor/telephone.html",
        numbers=[(one.call_number, show_call_number(one.call_number or ""), one.name) for one in known],
        number=number,
        caller=caller,
        heard=heard,
        logged=logged,
    )
