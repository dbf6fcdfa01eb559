"""The JSON API declares itself: one decorator registers a route, reads its body and writes its answer.

``operation`` is the only way to add an API route, so that ``/api/v1/openapi.json`` (api_document.py) is complete
by construction. Bodies and answers are msgspec structs; a body may hold no unknown field (threats T03).
"""

import functools
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from entry_service.core.errors import BadInput, EntryError, NotAllowed, NotFound, NotSignedIn, TooMany, Unavailable

from ..frame.access import read_access

END = r"(?![\s\S])"  # of a pattern; `$` would let a line break through


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything a caller sends."""


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
        See ``web/frame/access.py``: ``"none"``, ``"device"``, ``"session:officer"`` …
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
    implied += [NotFound] if "<" in path and method == "GET" else []
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


def base64url(raw: bytes) -> str:
    """Return bytes as the API writes them: base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def json_response(content: Any, status: int = 200, media: str = "application/json") -> Response:
    """Return the content as JSON."""
    return Response(msgspec.json.encode(content), status, content_type=media)


def _respond(result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    content, status = result if isinstance(result, tuple) else (result, status)
    if content is None:  # 204
        return Response(status=status)
    return json_response(content, status)
