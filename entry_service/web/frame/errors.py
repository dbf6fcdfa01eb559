"""The one place that turns a refusal into an answer.

The API answers ``application/problem+json`` (RFC 9457) with our ``code``; a page the same sentence as HTML.
Nothing that was sent is repeated, nothing about the inside is told, and an unexpected fault is logged by its kind
and place only: messages of faults may hold what a visitor typed.
"""

import logging
import traceback
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, Response, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from entry_service.core.errors import EntryError, NotSignedIn

from ..api.openapi import json_response
from ..door.enrolment import revoked_page
from .i18n import translated

log = logging.getLogger("entry_service.web")

FACTS = ("field", "retry_after", "age", "ahead", "occupancy", "limit")  # the only facts an answer repeats
SENTENCES = {  # refusals that Flask and Werkzeug make; anything else is said by its status
    400: ("bad_request", "요청을 이해할 수 없습니다."),
    403: ("not_allowed", "이 작업을 할 권한이 없습니다."),
    404: ("not_found", "찾을 수 없습니다."),
    405: ("method_not_allowed", "이 주소에서는 할 수 없는 요청입니다."),
    413: ("too_large", "보낸 내용이 너무 큽니다."),
    414: ("too_large", "보낸 내용이 너무 큽니다."),
    415: ("wrong_media_type", "요청 본문은 JSON이어야 합니다."),
    431: ("too_large", "보낸 내용이 너무 큽니다."),
}
CSRF = ("csrf", "화면이 오래되었습니다. 새로 고친 뒤 다시 시도해 주시기 바랍니다.")
FAULT = ("fault", "서비스에 문제가 생겼습니다. 잠시 후 다시 시도해 주시기 바랍니다.")


def attach(app: Flask) -> None:
    """Answer every refusal and every fault of the application in one shape."""
    app.register_error_handler(EntryError, refuse)
    app.register_error_handler(CSRFError, lambda _: answer(400, *CSRF))
    app.register_error_handler(HTTPException, refuse_http)
    app.register_error_handler(Exception, fault)


def refuse(error: EntryError) -> Response:
    """Answer a named refusal; a page that needs a sign-in leads to it, a revoked device is told that it is one."""
    if isinstance(error, NotSignedIn) and request.method == "GET" and not wants_json():
        if g.get("device_revoked"):
            return revoked_page()
        return redirect(f"/login?{urlencode({'next': request.path})}", 303)
    facts = {name: error.facts[name] for name in FACTS if name in error.facts}
    response = answer(error.status, error.code, error.sentence, facts)
    if "retry_after" in facts:
        response.headers["Retry-After"] = str(facts["retry_after"])
    elif error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "1"
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def refuse_http(error: HTTPException) -> Response:
    """Answer what Flask or Werkzeug refused: unknown address, wrong method, too large."""
    status = error.code or 500
    if status < 400:  # a redirect of the router
        return make_response(error.get_response())
    if status >= 500:
        return fault(error)
    response = answer(status, *SENTENCES.get(status, SENTENCES[400]))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
    return response


def fault(error: Exception) -> Response:
    """Answer an unexpected fault."""
    log_fault(error)
    return answer(500, *FAULT)


def log_fault(error: Exception) -> None:
    """Log an unexpected fault by its kind and places; its message may hold what a visitor typed."""
    places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:]]
    route = request.url_rule.rule if request.url_rule else "-"
    facts = {"kind": type(error).__name__, "route": route, "where": " > ".join(places)}
    log.error("fault", extra={"facts": facts})


def wants_json() -> bool:
    """Say whether the caller is a program: the API, or someone who prefers JSON to a page."""
    if request.path.startswith(("/api/", "/kakao/")) or request.path == "/healthz":
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def answer(status: int, code: str, sentence: str, facts: dict[str, object] | None = None) -> Response:
    """Return a refusal as problem+json for programs and as a page for people."""
    detail = translated(sentence)
    g.code = code
    if wants_json():
        title = HTTPStatus(status).phrase
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
        return json_response({**problem, **(facts or {})}, status, "application/problem+json")
    page = render_template("error.html", status=status, code=code, sentence=detail)
    return make_response(page, status)
