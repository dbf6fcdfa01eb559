"""The JSON API declares itself: one decorator registers a route, reads its body, writes its answer, describes it.

``operation`` is the only way to add an API route, so that ``/api/v1/openapi.json`` (OpenAPI 3.1) is complete by
construction. Bodies and answers are msgspec structs; a body may hold no unknown field (threats T03).
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from entry_service.core.errors import BadInput, EntryError, NotAllowed, NotFound, NotSignedIn, TooMany, Unavailable

from .access import public, read_access

VERSION = "1.0.0"
REF = "#/components/schemas/{name}"


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything a caller sends."""


class Problem(msgspec.Struct, frozen=True):
    """A refusal as RFC 9457 says it, with our ``code``; ``detail`` is a sentence for the person at the screen."""

    type: str
    title: str
    status: int
    detail: str
    code: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of the API as the description needs it."""

    endpoint: str
    method: str
    path: str
    summary: str
    auth: str
    body: type | None
    answer: type | str | None
    errors: tuple[type[EntryError], ...]
    status: int
    query: Mapping[str, str]


OPERATIONS: list[Operation] = []


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    auth: str,
    body: type[Body] | None = None,
    answer: type | str | None = None,
    errors: Sequence[type[EntryError]] = (),
    status: int = 200,
    limited: bool = False,
    query: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the view below as an operation of the API.

    The view gets the parts of the path and, where ``body`` is given, the decoded ``body`` as keyword arguments. It
    returns an ``answer`` struct, ``(struct, status)``, or a ``Response`` where ``answer`` is a media type.

    Parameters
    ----------
    auth : str
        See ``web/access.py``: ``"none"``, ``"device"``, ``"session:officer"`` …
    errors : sequence of EntryError classes
        Refusals beyond those that follow from ``auth``, ``body``, ``limited`` and the path.
    limited : bool
        Count the calls of each address (open routes that cost something).
    query : mapping of str to str, optional
        Required parameters after the ``?``, each with a sentence; the view reads and refuses them itself.
    """
    declared = read_access(auth)
    # Without a session or cookie there is nothing a foreign page could ride on, and JSON asks for a preflight.
    access = replace(declared, csrf=not declared.open, limited=limited)
    implied: list[type[EntryError]] = [] if declared.open else [NotSignedIn, NotAllowed]
    implied += [BadInput] if body or query else []
    implied += [TooMany] if limited else []
    implied += [NotFound] if "<" in path else []
    implied += [Unavailable] if method != "GET" else []

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        decoder = msgspec.json.Decoder(body) if body else None

        @functools.wraps(view)
        def call(**parts: Any) -> Response:
            if decoder is not None:
                parts["body"] = read_body(decoder)
            return _respond(view(**parts), status)

        call.access = access
        blueprint.add_url_rule(path, view.__name__, call, methods=[method])
        kinds = tuple(dict.fromkeys([*implied, *errors]))
        endpoint = f"{blueprint.name}.{view.__name__}"
        OPERATIONS[:] = [known for known in OPERATIONS if known.endpoint != endpoint]
        declared = (endpoint, method, path, summary, auth, body, answer, kinds, status, query or {})
        OPERATIONS.append(Operation(*declared))
        return view

    return register


def read_body(decoder: msgspec.json.Decoder) -> Any:
    """Return the JSON body of this request as the decoder's struct, or raise ``BadInput`` naming the field."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    try:
        return decoder.decode(request.get_data(cache=False))
    except msgspec.ValidationError as reason:
        raise bad_input(str(reason)) from None  # the reason may quote what was sent
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("요청 본문이 올바른 JSON이 아닙니다.") from None


def bad_input(reason: str) -> BadInput:
    """Return the refusal for a msgspec message; only names of our own fields are repeated, never what was sent."""
    where = re.search(r" - at `\$\.?([\w.\[\]]+)`$", reason)
    place = where.group(1) if where else ""
    missing = re.search(r"missing required field `(\w+)`", reason)
    if missing:
        place = f"{place}.{missing.group(1)}".strip(".")
        return BadInput("필요한 항목이 빠졌습니다.", field=place)
    if "unknown field" in reason:
        return BadInput("받을 수 없는 항목이 들어 있습니다.", field=place)
    return BadInput("항목의 값이 올바르지 않습니다.", field=place)


def json_response(content: Any, status: int = 200, media: str = "application/json") -> Response:
    """Return the content as JSON."""
    return Response(msgspec.json.encode(content), status, content_type=media)


def _respond(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    content, status = result if isinstance(result, tuple) else (result, status)
    return json_response(content, status)


def describe(title: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all operations registered so far."""
    structs = [kind for known in OPERATIONS for kind in (known.body, known.answer) if isinstance(kind, type)]
    references, components = msgspec.json.schema_components([*structs, Problem], ref_template=REF)
    schemas = dict(zip([*structs, Problem], references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for known in sorted(OPERATIONS, key=lambda known: (known.path, known.method)):
        names = re.findall(r"<(?:\w+:)?(\w+)>", known.path)
        entry = paths.setdefault(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", known.path), {})
        entry[known.method.lower()] = _describe_operation(known, names, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": "Times are ISO 8601, bytes base64url."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "device": {"type": "http", "scheme": "bearer", "description": "token of a staff device"},
                "deviceCookie": {"type": "apiKey", "in": "cookie", "name": "__Host-device"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
            },
        },
    }


def _describe_operation(known: Operation, names: list[str], schemas: dict[Any, Any]) -> dict[str, Any]:
    access = read_access(known.auth)
    security = ([{"device": []}, {"deviceCookie": []}] if access.device else []) + (
        [{"session": []}] if access.roles else []
    )
    entry: dict[str, Any] = {
        "operationId": known.endpoint.replace(".", "_"),
        "summary": known.summary,
        "security": security,
        "responses": _describe_answers(known, schemas),
    }
    if access.roles:
        entry["description"] = "Roles: " + ", ".join(sorted(access.roles))
    parameters = [{"name": name, "in": "path"} for name in names]
    parameters += [{"name": name, "in": "query", "description": says} for name, says in known.query.items()]
    if parameters:
        required = {"required": True, "schema": {"type": "string"}}
        entry["parameters"] = [{**parameter, **required} for parameter in parameters]
    if known.body:
        content = {"application/json": {"schema": schemas[known.body]}}
        entry["requestBody"] = {"required": True, "content": content}
    return entry


def _describe_answers(known: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": HTTPStatus(known.status).phrase}
    if isinstance(known.answer, str):
        done["content"] = {known.answer: {}}
    elif known.answer is not None:
        done["content"] = {"application/json": {"schema": schemas[known.answer]}}
    answers = {str(known.status): done}
    problem = {"application/problem+json": {"schema": schemas[Problem]}}
    for status in sorted({kind.status for kind in known.errors}):
        codes = ", ".join(f"`{kind.code}`" for kind in known.errors if kind.status == status)
        answers[str(status)] = {"description": codes, "content": problem}
    answers["default"] = {"description": "any other refusal", "content": problem}
    return answers


def attach(app: Flask, title: str) -> None:
    """Serve the description."""

    @public
    def openapi() -> Response:
        return json_response(describe(title))

    app.add_url_rule("/api/v1/openapi.json", "openapi", openapi)
