"""Notices: the signed list that phones match with, and the page on which a phone shows what it found.

Everybody is given the same list. What a phone finds in it stays on the phone, so no answer here depends on it.
"""

import msgspec
from flask import Blueprint, Response, render_template, request

from entry_service.usecases.cases.notice_list import signed_list

from ..api.openapi import base64url, json_response, operation
from ..frame.access import public
from ..frame.context import now, services, settings
from ..frame.told_day import told_now

blueprint = Blueprint("notices", __name__)


class NoticeList(msgspec.Struct, frozen=True):
    """``body`` is the list as JSON text (docs/notice.md), ``signature`` Ed25519 over ``EPN1`` and that text."""

    body: str
    kid: int
    signature: str


@operation(
    blueprint,
    "GET",
    "/api/v1/notices",
    summary="The published list that phones match with, signed, the same for everybody",
    auth="none",
    answer=NoticeList,
)
def listed() -> Response:
    """Return the list; whoever has it hears 304. It is asked for anew each time, so that a stop is heard."""
    made = signed_list(services(), told_now(), now())
    response = json_response(NoticeList(made.body, made.kid, base64url(made.signature)))
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/pass/notice")
@public
def page() -> str:
    """Show the page; it works without network with the list that the phone has."""
    return render_template(
        "visitor/notice.html",
        server_time=round(now().timestamp() * 1000),
        high_minutes=settings().together_minutes,
        key=notice_key(),
    )


def notice_key() -> dict[str, object]:
    """Return the key that the list is signed with, as a page tells it to a phone."""
    key = services().public_keys[services().issuer.kid]
    return {"kid": key.kid, "alg": key.alg, "public": base64url(key.public)}
