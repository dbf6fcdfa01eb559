"""``/api/v1/openapi.json``: the OpenAPI 3.1 document of all operations, written from their declarations.

Every refusal an operation can answer is listed with its code, those of the framework included.
"""

import re
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Flask, Response
from msgspec import UNSET, UnsetType

from ..frame.access import public, read_access
from .examples import EXAMPLES
from .openapi import OPERATIONS, Operation, json_response

VERSION = "1.0.0"
PATH = "/api/v1/openapi.json"
REF = "#/components/schemas/{name}"
CONVENTIONS = (
    "Times are ISO 8601, bytes base64url. A browser that is known by its cookie sends the token of its page "
    "(`<meta name=csrf-token>`) as `X-CSRFToken` with every POST."
)
SAFE = {"GET", "HEAD"}
# What Flask refuses before a view is asked, with the sentences of web/frame/errors.py: status, code.
NO_CSRF_TOKEN, TOO_LARGE, NO_JSON = (400, "csrf"), (413, "too_large"), (415, "wrong_media_type")


class Problem(msgspec.Struct, frozen=True):
    """A refusal as RFC 9457 says it, with our ``code``; ``detail`` is a sentence for the person at the screen.

    ``field`` names what cannot be read; ``retry_after`` is in seconds; ``age`` and ``ahead`` tell in seconds how
    far the slot of a pass is from the time of its reading.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    age: int | UnsetType = UNSET
    ahead: int | UnsetType = UNSET
    occupancy: int | UnsetType = UNSET
    limit: int | UnsetType = UNSET


ITSELF = Operation("openapi", "GET", PATH, "This document", "none", None, "application/json", (), 200, {})


def describe(title: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all operations registered so far."""
    structs = [kind for known in OPERATIONS for kind in (known.body, known.answer) if isinstance(kind, type)]
    references, components = msgspec.json.schema_components([*structs, Problem], ref_template=REF)
    schemas = dict(zip([*structs, Problem], references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for known in sorted([*OPERATIONS, ITSELF], key=lambda known: (known.path, known.method)):
        names = re.findall(r"<(?:\w+:)?(\w+)>", known.path)
        entry = paths.setdefault(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", known.path), {})
        entry[known.method.lower()] = _describe_operation(known, names, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": CONVENTIONS},
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


def refusals(known: Operation) -> list[tuple[int, str]]:
    """Return (status, code) of every refusal the operation can answer, in order of status."""
    access = read_access(known.auth)
    framework = [] if known.method in SAFE or access.open else [NO_CSRF_TOKEN]
    framework += [TOO_LARGE, NO_JSON] if known.body else []
    return sorted({*framework, *((kind.status, kind.code) for kind in known.errors)})


def _describe_operation(known: Operation, names: list[str], schemas: dict[Any, Any]) -> dict[str, Any]:
    access = read_access(known.auth)
    security = [{"device": []}, {"deviceCookie": []}] if access.device else []
    security += [{"session": []}] if access.roles else []
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
        content = _with_example(schemas[known.body], known, "body")
        entry["requestBody"] = {"required": True, "content": {"application/json": content}}
    return entry


def _describe_answers(known: Operation, schemas: dict[Any, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": HTTPStatus(known.status).phrase}
    if isinstance(known.answer, str):
        done["content"] = {known.answer: {}}
    elif known.answer is not None:
        done["content"] = {"application/json": _with_example(schemas[known.answer], known, "answer")}
    answers = {str(known.status): done}
    possible = refusals(known)
    for status in sorted({status for status, _ in possible}):
        codes = [code for at, code in possible if at == status]
        answers[str(status)] = {
            "description": ", ".join(f"`{code}`" for code in codes),
            "content": {"application/problem+json": {"schema": schemas[Problem]}},
        }
    problem = {"application/problem+json": {"schema": schemas[Problem]}}
    answers["default"] = {"description": "any other refusal", "content": problem}
    return answers


def _with_example(schema: dict[str, Any], known: Operation, part: str) -> dict[str, Any]:
    example = EXAMPLES.get(known.endpoint, {}).get(part)
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def attach(app: Flask, title: str) -> None:
    """Serve the document."""

    @public
    def openapi() -> Response:
        return json_response(describe(title))

    app.add_url_rule(PATH, "openapi", openapi)
